#pragma once

#include <chrono>
#include <string>

#include "node/api/Settings.h"
#include "plugins/signaling/rendezvous/RendezvousUrl.h"

namespace gimlet::rendezvous_client
{

/// The plugin's section, understood.
struct ClientSettings
{
	RendezvousUrl url;
	std::string room;
	std::string token;
	std::string tokenFile;
	std::string tokenCommand;
	std::string caFile;
	std::string proxy; ///< "" for the environment's, "none" for none
	std::chrono::milliseconds pingInterval{25'000};
	std::chrono::milliseconds pingTimeout{25'000};

	bool hasToken() const
	{
		return !token.empty() || !tokenFile.empty() || !tokenCommand.empty();
	}

	friend bool operator==(const ClientSettings&, const ClientSettings&) = default;
};

/// Reads the section; what is wrong between its values goes to problems.
ClientSettings readSettings(const Settings& settings, Problems& problems);

/// Whether a text can be sent as a bearer token: not empty, no white space, no control characters, ASCII.
bool isToken(const std::string& text);

}
