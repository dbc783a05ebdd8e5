#include "plugins/signaling/rendezvous/TokenSource.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace gimlet::rendezvous_client
{

namespace
{

/// isToken refuses what is longer; one byte more is read to notice it.
constexpr std::size_t MAX_FILE = 16 * 1024;

std::string trimmed(const std::string& text)
{
	constexpr const char* SPACE = " \t\r\n";
	const auto first = text.find_first_not_of(SPACE);
	return first == std::string::npos ? std::string{}
									  : text.substr(first, text.find_last_not_of(SPACE) - first + 1);
}

}

void TokenSource::get(Done done)
{
	if (!_keys.command.empty())
	{
		_command = std::make_unique<CommandRunner>(_loop, _keys.command, COMMAND_TIMEOUT,
			[this, done = std::move(done)](const CommandRunner::Result& result)
			{
				if (result.error.empty())
					finish(result.output, _keys.prefix + "token_command printed", done);
				else
					done({}, _keys.prefix + "token_command " + result.error);
			});
		return;
	}
	if (_keys.file.empty())
	{
		done(_keys.token, {});
		return;
	}
	std::ifstream file(_keys.file, std::ios::binary);
	if (!file)
	{
		done({}, fmt::format(
					 "{}token_file {} cannot be read: {}", _keys.prefix, _keys.file, std::strerror(errno)));
		return;
	}
	std::string text(MAX_FILE + 1, '\0');
	file.read(text.data(), static_cast<std::streamsize>(text.size()));
	text.resize(static_cast<std::size_t>(file.gcount()));
	finish(text, fmt::format("{}token_file {} holds", _keys.prefix, _keys.file), done);
}

void TokenSource::finish(const std::string& text, const std::string& origin, const Done& done) const
{
	const auto token = trimmed(text);
	if (isToken(token))
		done(token, {});
	else
		done({}, origin + (token.empty() ? " nothing" : " no token: one word of printable ASCII is right"));
}

}
