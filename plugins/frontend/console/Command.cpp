#include "plugins/frontend/console/Command.h"

#include <fmt/format.h>

#include <algorithm>

#include "plugins/frontend/console/SafeText.h"

namespace gimlet::console
{

namespace
{

/// A shorter beginning of an id is taken for no id.
constexpr std::size_t SHORTEST_ID = 4;

constexpr std::string_view SPACE = " \t";

std::string_view trimmed(std::string_view text)
{
	const auto begin = text.find_first_not_of(SPACE);
	if (begin == std::string_view::npos)
		return {};
	return text.substr(begin, text.find_last_not_of(SPACE) - begin + 1);
}

char lower(char character)
{
	return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character;
}

bool startsWithIgnoringCase(std::string_view text, std::string_view beginning)
{
	return text.size() >= beginning.size() &&
		   std::equal(beginning.begin(), beginning.end(), text.begin(),
			   [](char left, char right) { return lower(left) == lower(right); });
}

/// Whether a text begins with a name as a whole word.
bool beginsWithName(std::string_view text, std::string_view name)
{
	return !name.empty() && startsWithIgnoringCase(text, name) &&
		   (text.size() == name.size() || SPACE.find(text[name.size()]) != std::string_view::npos);
}

/// Whom the beginning of a text means, and how long that beginning is.
struct Addressee
{
	std::vector<PeerId> peers;
	std::size_t length = 0;
};

/// Names may contain spaces, so the longest that fits is meant. Several peers may have the same.
Addressee byName(std::string_view text, const std::vector<ui::PeerView>& peers)
{
	Addressee result;
	for (const auto& peer : peers)
	{
		if (!beginsWithName(text, peer.name) || peer.name.size() < result.length)
			continue;
		if (peer.name.size() > result.length)
			result = {{}, peer.name.size()};
		result.peers.push_back(peer.id);
	}
	return result;
}

Addressee byId(std::string_view text, const std::vector<ui::PeerView>& peers)
{
	const auto word = text.substr(0, text.find_first_of(SPACE));
	Addressee result{{}, word.size()};
	if (word.size() >= SHORTEST_ID)
		for (const auto& peer : peers)
			if (startsWithIgnoringCase(peer.id, word))
				result.peers.push_back(peer.id);
	return result;
}

Command parseTo(std::string_view text, const std::vector<ui::PeerView>& peers)
{
	if (text.empty())
		return Mistake{"/to needs a name or the beginning of an id; /peers lists them"};
	auto addressee = byName(text, peers);
	if (addressee.peers.empty())
		addressee = byId(text, peers);
	if (addressee.peers.empty())
		return Mistake{fmt::format("there is no peer {}; /peers lists them", excerpt(text))};
	if (addressee.peers.size() > 1)
		return Mistake{fmt::format("{} peers are called so; use the beginning of the id, as /peers lists it",
			addressee.peers.size())};
	const auto content = trimmed(text.substr(addressee.length));
	if (content.empty())
		return TalkWith{addressee.peers.front()};
	return Say{std::string{content}, addressee.peers.front()};
}

}

Command parseCommand(std::string_view line, const std::vector<ui::PeerView>& peers)
{
	if (trimmed(line).empty())
		return Nothing{};
	if (line.front() != '/')
		return Say{std::string{line}, std::nullopt};
	if (line.starts_with("//"))
		return Say{std::string{line.substr(1)}, std::nullopt};
	const auto end = line.find_first_of(SPACE);
	const auto word = line.substr(0, end);
	const auto rest = end == std::string_view::npos ? std::string_view{} : trimmed(line.substr(end));
	if (word == "/to")
		return parseTo(rest, peers);
	if (word == "/all")
		return rest.empty() ? Command{TalkWith{}}
							: Command{Mistake{"/all stands alone; type the text on a line of its own"}};
	if (word == "/peers")
		return ShowPeers{};
	if (word == "/help" || word == "/?")
		return ShowHelp{};
	if (word == "/quit" || word == "/exit")
		return Quit{};
	return Mistake{fmt::format(
		"there is no command {}; /help lists them, and // begins a text with a slash", excerpt(word))};
}

std::vector<std::string> helpLines()
{
	return {
		"TEXT              say it, to everybody or to whom /to named",
		"/to NAME|ID TEXT  say it to one peer alone",
		"/to NAME|ID       from now on talk with this peer; /all with everybody again",
		"/peers            who is there, and how the links are",
		"/quit             end this node (or Ctrl-D)",
		"//TEXT            a text that begins with a slash",
	};
}

}
