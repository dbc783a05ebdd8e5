#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "node/api/Stream.h"
#include "tests/support/FakeRendezvous.h"

namespace gimlet::test
{

/// Streams without sockets, each with a fake rendezvous or relay at its end. Nothing moves until carry().
class ScriptedStreams final : public StreamConnector
{
public:
	struct End
	{
		StreamTarget target;
		StreamHandler* handler = nullptr; ///< null once the stream is destroyed
		Buffer sent;                      ///< and not yet read by the server
		std::size_t writes = 0;           ///< calls of Stream::send
		bool deaf = false;                ///< the server reads nothing
		bool opened = false;
		Endpoint local; ///< invalid: not known
		FakeRendezvous server;

		bool isRelay() const
		{
			return server.request.find("/ws/relay") != std::string::npos;
		}

		void say(std::string_view text)
		{
			handler->onStreamData(server.say(text));
		}

		void sayBytes(std::string_view bytes)
		{
			handler->onStreamData(server.sayBytes(bytes));
		}

		void fail(const std::string& error)
		{
			handler->onStreamClosed(error);
		}
	};

	std::unique_ptr<Stream> connect(const StreamTarget& target, StreamHandler& handler) override
	{
		auto end = std::make_shared<End>();
		end->target = target;
		end->handler = &handler;
		end->server.refusal = refusal;
		ends.push_back(end);
		return std::make_unique<ScriptedStream>(std::move(end));
	}

	/// Opens what waits to be, unless nobody is there, and carries bytes until all are silent.
	void carry()
	{
		for (bool moved = true; moved;)
		{
			moved = false;
			for (std::size_t i = 0; i < ends.size(); ++i)
				moved = carry(*ends[i]) || moved;
		}
	}

	/// The streams that are open or being opened.
	std::deque<std::shared_ptr<End>> living() const
	{
		auto result = ends;
		std::erase_if(result, [](const auto& end) { return end->handler == nullptr; });
		return result;
	}

	std::deque<std::shared_ptr<End>> ends; ///< of all streams, the newest last
	bool away = false;                     ///< no stream opens
	std::string refusal;                   ///< what further upgrades are answered; "" for 101

private:
	class ScriptedStream final : public Stream
	{
	public:
		explicit ScriptedStream(std::shared_ptr<End> end) : _end(std::move(end)) {}
		~ScriptedStream() override
		{
			_end->handler = nullptr;
		}
		void send(ByteView bytes) override
		{
			++_end->writes;
			_end->sent.insert(_end->sent.end(), bytes.begin(), bytes.end());
		}
		std::size_t bufferedAmount() const override
		{
			return _end->sent.size();
		}
		Endpoint remote() const override
		{
			return Endpoint::loopback(AF_INET, _end->target.port);
		}
		Endpoint local() const override
		{
			return _end->local;
		}

	private:
		std::shared_ptr<End> _end;
	};

	bool carry(End& end) const
	{
		if (end.handler && !end.opened && !away)
		{
			end.opened = true;
			end.handler->onStreamOpen();
			return true;
		}
		if (end.sent.empty() || end.deaf)
			return false;
		const auto answer = end.server.receive(std::exchange(end.sent, {}));
		if (!answer.empty() && end.handler)
			end.handler->onStreamData(answer);
		return true;
	}
};

}
