#pragma once

#include <Poco/Logger.h>

#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "node/http/Deadlines.h"
#include "node/http/Metrics.h"
#include "node/http/WebSocketPeer.h"

namespace gimlet::http
{

/// All WebSockets of a host, on one loop. Loop thread only.
class Hub
{
public:
	/// All of these must outlive the hub. @param scratch To read into.
	Hub(EventLoop& loop, Deadlines& deadlines, const HostOptions& options, Metrics& metrics,
		Poco::Logger& logger, std::span<std::uint8_t> scratch);
	Hub(const Hub&) = delete;
	Hub& operator=(const Hub&) = delete;
	~Hub();

	/// Takes over a connection whose request was accepted: answers 101 and opens the handler.
	/// @param rest Bytes that came behind the request.
	void adopt(std::shared_ptr<Channel> channel, Accepted accepted, ByteView rest);

	/// Closes the WebSockets of a route with 1001 and tells their handlers, before it returns.
	void closeRoute(const std::shared_ptr<Route>& route);

	/// Closes every WebSocket with 1001 and lets go of them.
	void stop();

	std::size_t size() const
	{
		return _peers.size();
	}

	// For its peers.

	/// Calls WebSocketPeer::settle in a later round.
	void settleLater(WebSocketPeer& peer);

	/// While one exists, what peers send waits, and goes out when the last of them ends: many messages of a
	/// round by one call of the kernel.
	class Cork
	{
	public:
		explicit Cork(Hub& hub) : _hub(hub)
		{
			++_hub._corks;
		}
		Cork(const Cork&) = delete;
		Cork& operator=(const Cork&) = delete;
		~Cork()
		{
			_hub.uncork();
		}

	private:
		Hub& _hub;
	};

	bool corked() const
	{
		return _corks > 0;
	}

	/// Calls WebSocketPeer::flushNow when the last cork ends.
	void flushWhenUncorked(WebSocketPeer& peer);

	/// Lets go of a peer, after the present callback.
	void remove(WebSocketPeer& peer);

	/// Destroys a handler: at once, or, when some handler is running, which may be this one, after that. So
	/// whoever destroys a mount has no handler left when that returns.
	void bury(std::unique_ptr<WebSocketHandler> handler);

	/// Calls something of a handler.
	template <typename Call>
	void enter(Call&& call)
	{
		struct Depth
		{
			int& value;
			explicit Depth(int& counter) : value(counter)
			{
				++value;
			}
			~Depth()
			{
				--value;
			}
		} depth{_depth};
		call();
	}

	EventLoop& loop()
	{
		return _loop;
	}
	Deadlines& deadlines()
	{
		return _deadlines;
	}
	const HostOptions& options() const
	{
		return _options;
	}
	Metrics& metrics()
	{
		return _metrics;
	}
	Poco::Logger& logger()
	{
		return _logger;
	}
	websocket::FramePool& frames()
	{
		return _frames;
	}
	std::span<std::uint8_t> scratch()
	{
		return _scratch;
	}

private:
	void later();
	void sweep();
	void uncork() noexcept;

	EventLoop& _loop;
	Deadlines& _deadlines;
	const HostOptions& _options;
	Metrics& _metrics;
	Poco::Logger& _logger;
	std::span<std::uint8_t> _scratch;
	websocket::FramePool _frames{websocket::Role::Server};
	std::unordered_map<WebSocketPeer*, std::shared_ptr<WebSocketPeer>> _peers;
	std::vector<std::weak_ptr<WebSocketPeer>> _unsettled;
	std::vector<std::shared_ptr<WebSocketPeer>> _corked;
	std::vector<std::shared_ptr<WebSocketPeer>> _removed;
	std::vector<std::unique_ptr<WebSocketHandler>> _buried;
	/// Runs sweep() in the next round; a timer rather than a posted task, since it dies with the hub.
	Timer _sweep;
	bool _sweeping = false;
	int _depth = 0; ///< handlers' calls in progress
	int _corks = 0;
};

}
