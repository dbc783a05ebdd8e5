#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "node/api/Endpoint.h"
#include "node/api/EventLoop.h"

struct ares_addrinfo;
struct ares_channeldata;

namespace gimlet::core
{

/// One c-ares channel on the loop: its sockets are watched, its retransmissions are a timer of the loop.
///
/// c-ares cannot cancel one question of a channel, so each Resolver::Query has a channel of its own.
/// Destroying it closes its sockets at once, whatever the servers do. A new channel also reads resolv.conf
/// anew, which changes when a laptop changes networks. Loop thread only.
class CaresChannel
{
public:
	/// @param status What c-ares says (ARES_SUCCESS, ARES_ENOTFOUND, ...).
	/// @param endpoints In the order of RFC 6724; empty unless successful.
	/// It may come inside lookup() and must not destroy the channel.
	using Answer = std::function<void(int status, std::vector<Endpoint> endpoints)>;

	/// @param servers Name servers; empty means those of the system.
	/// @throws std::runtime_error when c-ares cannot be initialised.
	CaresChannel(EventLoop& loop, std::span<const Endpoint> servers);
	CaresChannel(const CaresChannel&) = delete;
	CaresChannel& operator=(const CaresChannel&) = delete;
	~CaresChannel();

	/// Asks the name servers, under the search domains of the system.
	/// @param family AF_INET or AF_INET6.
	void lookup(const std::string& host, std::uint16_t port, int family, Answer answer);

private:
	struct Pending
	{
		CaresChannel* channel = nullptr;
		std::uint16_t port = 0;
		Answer answer;
	};

	static void onSocketState(void* self, int socket, int readable, int writable);
	static void onAnswer(void* pending, int status, int timeouts, ares_addrinfo* result);

	void watch(int socket, unsigned events);
	void process(int readable, int writable);
	void schedule();

	EventLoop& _loop;
	ares_channeldata* _channel = nullptr;
	std::vector<std::unique_ptr<Pending>> _pending;
	std::map<int, Watch> _watches;
	Timer _timer;
	bool _closing = false;
};

}
