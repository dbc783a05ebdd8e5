#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "node/protocol/ui/Objects.h"

namespace gimlet::console
{

/// Say something; to the one who is meant by /to, if nobody is named.
struct Say
{
	std::string content;
	std::optional<PeerId> to;

	friend bool operator==(const Say&, const Say&) = default;
};

/// What is said from now on goes to this peer; empty: to everybody.
struct TalkWith
{
	std::optional<PeerId> peer;

	friend bool operator==(const TalkWith&, const TalkWith&) = default;
};

struct ShowPeers
{
	friend bool operator==(const ShowPeers&, const ShowPeers&) = default;
};

/// What is known of the network, and what that means for links.
struct ShowNetwork
{
	friend bool operator==(const ShowNetwork&, const ShowNetwork&) = default;
};

/// Shows the code of the link with a peer, or, with a code that the other side has told, compares it.
struct Verify
{
	PeerId peer;
	std::string code;

	friend bool operator==(const Verify&, const Verify&) = default;
};

/// Takes a verification back.
struct Forget
{
	PeerId peer;

	friend bool operator==(const Forget&, const Forget&) = default;
};

/// The codes differ: ends the link.
struct Refuse
{
	PeerId peer;

	friend bool operator==(const Refuse&, const Refuse&) = default;
};

struct ShowHelp
{
	friend bool operator==(const ShowHelp&, const ShowHelp&) = default;
};

struct Quit
{
	friend bool operator==(const Quit&, const Quit&) = default;
};

/// An empty line.
struct Nothing
{
	friend bool operator==(const Nothing&, const Nothing&) = default;
};

/// The line cannot be followed; a sentence says why.
struct Mistake
{
	std::string message;

	friend bool operator==(const Mistake&, const Mistake&) = default;
};

using Command = std::variant<Nothing, Say, TalkWith, ShowPeers, ShowNetwork, Verify, Forget, Refuse, ShowHelp,
	Quit, Mistake>;

/// What a typed line asks for. A line that begins with a slash is a command; "//" is a text with one slash.
Command parseCommand(std::string_view line, const std::vector<ui::PeerView>& peers);

/// What /help shows.
std::vector<std::string> helpLines();

}
