#pragma once

#include <Poco/Logger.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "node/api/Descriptor.h"
#include "node/api/EventLoop.h"
#include "node/core/net/NetworkState.h"
#include "node/core/net/Settling.h"
#include "node/core/net/SleepDetector.h"

namespace gimlet::core
{

/// Notices that the network of this machine has become another one: an address came or went, the way to the
/// Internet is another, the cable was drawn; and that the machine has slept.
///
/// The kernel tells of changes by rtnetlink. What it tells is a hint only: when it has been quiet for a
/// moment, the network is looked at, and compared with what it was, so that containers that come and go,
/// routes that are announced anew, and radios that look around are no news. Where there is no rtnetlink (a
/// sandbox), the network is looked at every few seconds. Loop thread only.
class NetworkWatch
{
public:
	struct Options
	{
		Duration quiet = std::chrono::milliseconds{250};
		Duration longest = std::chrono::seconds{1};
		/// Without rtnetlink: how often to look, which takes some 50 us.
		Duration poll = std::chrono::seconds{3};
		SleepDetector::Options sleep{};
		/// Off: as if the system had none.
		bool netlink = true;
		/// Outlives the watch. Null counts for nobody.
		prometheus::Registry* metrics = nullptr;
	};

	struct Listener
	{
		/// @param what "the addresses of this machine have changed", "this machine has slept".
		std::function<void(const std::string& what)> changed;
		std::function<void(const NetworkFact& fact)> fact;
	};

	/// Tells the facts at once. Never throws: what it cannot have it does without, and says so.
	NetworkWatch(EventLoop& loop, Poco::Logger& logger, Options options, Listener listener);
	NetworkWatch(const NetworkWatch&) = delete;
	NetworkWatch& operator=(const NetworkWatch&) = delete;
	~NetworkWatch();

	/// The process was stopped and goes on (SIGCONT).
	void continued();

	/// Whether changes are noticed by looking now and then, for want of rtnetlink.
	bool polling() const
	{
		return !_socket;
	}

private:
	bool open(std::string& error);
	void pollInstead(const std::string& why);
	void read();
	void hint();
	void armSettling();
	std::optional<NetworkState> state() const;
	void look();
	void lookAgainLater();
	void beat();
	void noticeSleep(bool slept);
	void count(const char* reason);

	EventLoop& _loop;
	Poco::Logger& _logger;
	Options _options;
	Listener _listener;
	std::unique_ptr<prometheus::Registry> _ownMetrics;
	prometheus::Family<prometheus::Counter>& _changes;
	prometheus::Gauge& _polled;
	bool _readable = false; ///< whether rtnetlink answers questions; it may tell no news all the same
	Descriptor _socket;     ///< none while polling
	Watch _watch;
	Settling _settling;
	SleepDetector _sleep;
	Timer _settled;
	Timer _heartbeat;
	Timer _poll;
	NetworkState _state;
};

}
