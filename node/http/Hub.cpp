#include "node/http/Hub.h"

#include <utility>

#include "node/api/ExceptionText.h"
#include "node/api/Log.h"
#include "node/protocol/websocket/Handshake.h"

namespace gimlet::http
{

using websocket::CloseCode;

Hub::Hub(EventLoop& loop, Deadlines& deadlines, const HostOptions& options, Metrics& metrics,
	Poco::Logger& logger, std::span<std::uint8_t> scratch) :
	_loop(loop),
	_deadlines(deadlines),
	_options(options),
	_metrics(metrics),
	_logger(logger),
	_scratch(scratch)
{
}

Hub::~Hub()
{
	stop();
}

void Hub::adopt(std::shared_ptr<Channel> channel, Accepted accepted, ByteView rest)
{
	const auto answer = websocket::acceptText(accepted.key);
	auto peer = std::make_shared<WebSocketPeer>(*this, std::move(channel), std::move(accepted));
	_peers.emplace(peer.get(), peer);
	peer->start(answer, rest);
}

void Hub::closeRoute(const std::shared_ptr<Route>& route)
{
	// Handlers may close others while they are told, so the list is made first.
	std::vector<std::shared_ptr<WebSocketPeer>> affected;
	for (const auto& [key, peer] : _peers)
	{
		if (peer->route() == route)
			affected.push_back(peer);
	}
	for (const auto& peer : affected)
		peer->endNow(CloseCode::GOING_AWAY, "the server goes away");
}

void Hub::stop()
{
	std::vector<std::shared_ptr<WebSocketPeer>> affected;
	for (const auto& [key, peer] : _peers)
		affected.push_back(peer);
	for (const auto& peer : affected)
		peer->endNow(CloseCode::GOING_AWAY, "the server goes away");
	affected.clear();
	_peers.clear();
	sweep();
}

void Hub::settleLater(WebSocketPeer& peer)
{
	_unsettled.push_back(peer.weak_from_this());
	later();
}

void Hub::flushWhenUncorked(WebSocketPeer& peer)
{
	_corked.push_back(peer.shared_from_this());
}

void Hub::uncork() noexcept
{
	if (--_corks > 0)
		return;
	// A flush calls no handler, so that nothing is sent, and added here, meanwhile.
	for (const auto& peer : _corked)
	{
		try
		{
			peer->flushNow();
		}
		catch (...)
		{
			// It goes out with what is sent next; the others must not wait for that.
			logError(_logger, "a WebSocket could not be written: " + currentExceptionText());
		}
	}
	_corked.clear();
}

void Hub::remove(WebSocketPeer& peer)
{
	const auto found = _peers.find(&peer);
	if (found == _peers.end())
		return;
	_removed.push_back(std::move(found->second));
	_peers.erase(found);
	later();
}

void Hub::bury(std::unique_ptr<WebSocketHandler> handler)
{
	if (_depth == 0)
		return handler.reset();
	_buried.push_back(std::move(handler));
	later();
}

void Hub::later()
{
	if (!std::exchange(_sweeping, true))
		_sweep = _loop.after(Duration::zero(), [this] { sweep(); });
}

void Hub::sweep()
{
	_sweeping = false;
	for (const auto& weak : std::exchange(_unsettled, {}))
	{
		if (const auto peer = weak.lock())
			peer->settle();
	}
	// Destructors of handlers may call anything, so that they run on lists that nobody adds to.
	std::exchange(_buried, {}).clear();
	std::exchange(_removed, {}).clear();
}

}
