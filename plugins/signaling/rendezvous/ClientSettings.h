#pragma once

#include <chrono>
#include <string>

#include "node/api/Settings.h"
#include "plugins/signaling/rendezvous/RendezvousUrl.h"

namespace gimlet::rendezvous_client
{

/// Where a token comes from: at most one of the three is set.
struct TokenKeys
{
	std::string token{};
	std::string file{};
	std::string command{};
	std::string prefix{}; ///< of the keys' names, for messages: "iam_" in iam_token_file

	bool any() const
	{
		return !token.empty() || !file.empty() || !command.empty();
	}

	friend bool operator==(const TokenKeys&, const TokenKeys&) = default;
};

/// The plugin's section, understood.
struct ClientSettings
{
	RendezvousUrl url;
	std::string room;
	/// For the rendezvous.
	TokenKeys token;
	/// For the gate of a cloud that stands before the rendezvous: Cloud Run's, which asks for an identity
	/// token.
	TokenKeys iamToken{.prefix = "iam_"};
	std::string caFile;
	std::string proxy; ///< "" for the environment's, "none" for none
	bool relay = true;
	std::chrono::milliseconds pingInterval{25'000};
	std::chrono::milliseconds pingTimeout{25'000};

	bool hasToken() const
	{
		return token.any() || iamToken.any();
	}

	friend bool operator==(const ClientSettings&, const ClientSettings&) = default;
};

/// Reads the section; what is wrong between its values goes to problems.
ClientSettings readSettings(const Settings& settings, Problems& problems);

/// Whether a text can be sent as a bearer token: not empty, no white space, no control characters, ASCII.
bool isToken(const std::string& text);

}
