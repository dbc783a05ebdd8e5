#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "node/api/Http.h"

namespace gimlet::test
{

/// A WebSocket whose other side is the test.
class FakeWebSocket final : public WebSocketConnection
{
public:
	std::vector<std::string> texts;
	std::optional<std::uint16_t> closed;
	unsigned pings = 0;
	bool paused = false;
	std::size_t buffered = 0; ///< what bufferedAmount() says

	void sendText(std::string_view text) override
	{
		if (!closed)
			texts.emplace_back(text);
	}
	void sendBinary(ByteView bytes) override
	{
		sendText(asText(bytes));
	}
	void close(std::uint16_t code, std::string_view) override
	{
		closed = code;
	}
	void ping() override
	{
		++pings;
	}
	void pauseReading() override
	{
		paused = true;
	}
	void resumeReading() override
	{
		paused = false;
	}
	std::size_t bufferedAmount() const override
	{
		return buffered;
	}
	Endpoint remote() const override
	{
		return Endpoint::loopback(AF_INET, 50000);
	}
};

/// A listener that nobody reaches but the test. It remembers what was mounted and lets the test connect.
class FakeHttpHost final : public HttpHost
{
public:
	/// A connection that was accepted; ends when destroyed.
	struct Client
	{
		std::unique_ptr<FakeWebSocket> socket;
		std::unique_ptr<WebSocketHandler> handler;

		Client(std::unique_ptr<FakeWebSocket> fakeSocket, std::unique_ptr<WebSocketHandler> accepted) :
			socket(std::move(fakeSocket)), handler(std::move(accepted))
		{
			WebSocketBinder::bind(*handler, socket.get());
			handler->onOpen(*socket);
		}
		Client(Client&&) = default;
		Client& operator=(Client&&) = delete;
		~Client()
		{
			if (handler)
				end();
		}

		void end(std::uint16_t code = 1001)
		{
			handler->onClose(code, "");
			WebSocketBinder::bind(*handler, nullptr);
			handler.reset();
		}
	};

	Endpoint address = Endpoint::loopback(AF_INET, 8080);
	std::string schemeName = "http";
	Guard guard;
	std::map<std::string, std::string> folders;
	std::map<std::string, std::pair<WebSocketOptions, Acceptor>> sockets;
	std::map<std::string, Handler> handlers;

	/// Connects to a mounted path.
	Client connect(const std::string& path, const HttpRequest& request = {})
	{
		auto accepted = sockets.at(path).second(request);
		return {std::make_unique<FakeWebSocket>(),
			std::get<std::unique_ptr<WebSocketHandler>>(std::move(accepted))};
	}

	std::unique_ptr<Mount> get(const std::string& pattern, Access, Handler handler) override
	{
		handlers[pattern] = std::move(handler);
		return std::make_unique<Entry<decltype(handlers)>>(handlers, pattern);
	}
	std::unique_ptr<Mount> files(const std::string& prefix, const std::string& folder, Access) override
	{
		folders[prefix] = folder;
		return std::make_unique<Entry<decltype(folders)>>(folders, prefix);
	}
	std::unique_ptr<Mount> webSocket(
		const std::string& pattern, const WebSocketOptions& options, Acceptor acceptor) override
	{
		sockets[pattern] = {options, std::move(acceptor)};
		return std::make_unique<Entry<decltype(sockets)>>(sockets, pattern);
	}
	void setGuard(const Guard& newGuard) override
	{
		guard = newGuard;
	}
	Endpoint listening() const override
	{
		return address;
	}
	bool onLoopback() const override
	{
		return address.isLoopback();
	}
	std::string scheme() const override
	{
		return schemeName;
	}

private:
	template <typename Map>
	struct Entry final : Mount
	{
		Entry(Map& mounted, std::string path) : map(mounted), name(std::move(path)) {}
		~Entry() override
		{
			map.erase(name);
		}

		Map& map;
		std::string name;
	};
};

}
