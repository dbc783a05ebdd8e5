#include "plugins/frontend/console/Command.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

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

/// Finds the one peer that the beginning of a text means, and tells what follows, or else why there is none.
struct Meant
{
	PeerId peer{};
	std::string_view rest{};
	std::string mistake{};
};

Meant peerIn(std::string_view command, std::string_view text, const std::vector<ui::PeerView>& peers)
{
	if (text.empty())
		return {
			.mistake = fmt::format("{} needs a name or the beginning of an id; /peers lists them", command)};
	auto addressee = byName(text, peers);
	if (addressee.peers.empty())
		addressee = byId(text, peers);
	if (addressee.peers.empty())
		return {.mistake = fmt::format("there is no peer {}; /peers lists them", excerpt(text))};
	if (addressee.peers.size() > 1)
		return {
			.mistake = fmt::format("{} peers are called so; use the beginning of the id, as /peers lists it",
				addressee.peers.size())};
	return {.peer = addressee.peers.front(), .rest = trimmed(text.substr(addressee.length))};
}

Command parseWithPeer(std::string_view word, std::string_view text, const std::vector<ui::PeerView>& peers)
{
	auto meant = peerIn(word, text, peers);
	if (!meant.mistake.empty())
		return Mistake{std::move(meant.mistake)};
	if (word == "/verify")
		return Verify{std::move(meant.peer), std::string{meant.rest}};
	if (word == "/forget")
		return Forget{std::move(meant.peer)};
	if (word == "/refuse")
		return Refuse{std::move(meant.peer)};
	if (meant.rest.empty())
		return TalkWith{std::move(meant.peer)};
	return Say{std::string{meant.rest}, std::move(meant.peer)};
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
	if (word == "/to" || word == "/verify" || word == "/forget" || word == "/refuse")
		return parseWithPeer(word, rest, peers);
	if (word == "/all")
		return rest.empty() ? Command{TalkWith{}}
							: Command{Mistake{"/all stands alone; type the text on a line of its own"}};
	if (word == "/peers")
		return ShowPeers{};
	if (word == "/network")
		return ShowNetwork{};
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
		"/network          what this network lets through, and what that means for links",
		"/verify NAME|ID   show the code to compare with this peer, by phone or in person",
		"/verify NAME CODE the peer has read this code to you: verified if it is the same here",
		"/refuse NAME|ID   the codes differ: end the link, and refuse the peer until /forget",
		"/forget NAME|ID   take that back; of a refused peer, forget the identity it had before",
		"/quit             end this node (or Ctrl-D)",
		"//TEXT            a text that begins with a slash",
	};
}

}
