#pragma once

#include <functional>
#include <memory>
#include <string>

#include "node/api/EventLoop.h"
#include "plugins/signaling/rendezvous/ClientSettings.h"
#include "plugins/signaling/rendezvous/CommandRunner.h"

namespace gimlet::rendezvous_client
{

/// Where the bearer token of a connection comes from: the configuration, a file or a command. Loop thread
/// only; destroying it ends what is under way, without a callback.
class TokenSource
{
public:
	/// @param token "" if none is wanted, or if there was an error, a sentence.
	using Done = std::function<void(const std::string& token, const std::string& error)>;

	static constexpr std::chrono::seconds COMMAND_TIMEOUT{20};

	TokenSource(EventLoop& loop, TokenKeys keys) : _loop(loop), _keys(std::move(keys)) {}

	/// Gets the token anew. @param done May come inside this call, and may destroy the source.
	void get(Done done);

private:
	void finish(const std::string& text, const std::string& origin, const Done& done) const;

	EventLoop& _loop;
	const TokenKeys _keys;
	std::unique_ptr<CommandRunner> _command;
};

}
