#include "plugins/signaling/rendezvous/ClientSettings.h"

#include <Poco/Exception.h>
#include <Poco/URI.h>

#include <algorithm>

#include "node/protocol/rendezvous/Names.h"

namespace gimlet::rendezvous_client
{

namespace
{

bool isProxy(const std::string& text)
try
{
	if (text.empty() || text == "none")
		return true;
	const Poco::URI uri(text);
	return uri.getScheme() == "http" && !uri.getHost().empty();
}
catch (const Poco::Exception&)
{
	return false;
}

}

ClientSettings readSettings(const Settings& settings, Problems& problems)
{
	const auto complain = [&](const std::string& key, const std::string& message)
	{ problems.add(settings.section(), key, message); };

	ClientSettings result;
	std::string error;
	if (auto url = RendezvousUrl::parse(settings.text("url"), error))
		result.url = std::move(*url);
	else
		complain("url", error);
	result.room = settings.text("room");
	if (!rendezvous::isRoom(result.room))
		complain("room", "is not a room; 1 to 64 of A-Z a-z 0-9 . _ - are right");
	auto& token = result.token;
	token.token = settings.text("token");
	if (!token.token.empty() && !isToken(token.token))
		complain("token", "holds a character that a token cannot have, or is longer than 8192");
	token.file = settings.text("token_file");
	token.command = settings.text("token_command");
	if (!token.file.empty() && !token.token.empty())
		complain("token_file", "is set beside token; one of them is right");
	if (!token.command.empty() && (!token.token.empty() || !token.file.empty()))
		complain("token_command", "is set beside token or token_file; one of them is right");
	result.iamToken.file = settings.text("iam_token_file");
	result.iamToken.command = settings.text("iam_token_command");
	if (!result.iamToken.file.empty() && !result.iamToken.command.empty())
		complain("iam_token_command", "is set beside iam_token_file; one of them is right");
	result.caFile = settings.text("ca_file");
	result.proxy = settings.text("proxy");
	if (!isProxy(result.proxy))
		complain("proxy", "is not an HTTP proxy; http://host:port or none is right");
	result.relay = settings.boolean("relay");
	result.pingInterval = settings.seconds("ping_interval");
	result.pingTimeout = settings.seconds("ping_timeout");
	return result;
}

bool isToken(const std::string& text)
{
	constexpr std::size_t LONGEST = 8192;
	return !text.empty() && text.size() <= LONGEST &&
		   std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

}
