#include "node/core/net/LoopStreamConnector.h"

#include "node/core/net/LoopStream.h"

namespace gimlet::core
{

LoopStreamConnector::LoopStreamConnector(EventLoop& loop, Resolver& resolver) :
	_loop(loop), _resolver(resolver)
{
}

LoopStreamConnector::~LoopStreamConnector() = default;

std::unique_ptr<Stream> LoopStreamConnector::connect(const StreamTarget& target, StreamHandler& handler)
{
	return std::make_unique<LoopStream>(_loop, _resolver, target, handler);
}

}
