#pragma once

#include "node/api/EventLoop.h"
#include "node/api/Resolver.h"
#include "node/api/Stream.h"

namespace gimlet::core
{

/// Makes TCP and TLS connections on the loop (see LoopStream). Loop and resolver must outlive the connector
/// and its streams. Loop thread only.
class LoopStreamConnector final : public StreamConnector
{
public:
	LoopStreamConnector(EventLoop& loop, Resolver& resolver);
	~LoopStreamConnector() override;

	[[nodiscard]] std::unique_ptr<Stream> connect(
		const StreamTarget& target, StreamHandler& handler) override;

private:
	EventLoop& _loop;
	Resolver& _resolver;
};

}
