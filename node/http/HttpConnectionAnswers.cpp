// The part of HttpConnection that answers: from a request that is whole to the end of its answer.
#include "node/http/HttpConnection.h"

#include <algorithm>
#include <utility>

#include "node/api/ExceptionText.h"
#include "node/api/Log.h"
#include "node/protocol/http1/HeaderValues.h"
#include "node/protocol/http1/Text.h"

namespace gimlet::http
{

namespace
{

/// Bytes a second; a client that takes a long answer more slowly is given up, also when it never stops.
constexpr std::size_t LOWEST_RATE = 16 * 1024;

bool hasBody(const http1::RequestHead& head)
{
	const auto length = head.header("content-length");
	return head.headers.contains("transfer-encoding") ||
		   length.find_first_not_of('0') != std::string_view::npos;
}

bool wantsToStay(const http1::RequestHead& head)
{
	const auto connection = head.header("connection");
	return head.version == "HTTP/1.1" ? !http1::hasToken(connection, "close")
									  : http1::hasToken(connection, "keep-alive");
}

}

void HttpConnection::serve(const http1::RequestHead& head)
{
	_head = head.method == "HEAD";
	_keepAlive = wantsToStay(head) && !_scarce && _services.options.keepAlive.count() > 0;
	_phase = Phase::Waiting;
	if (hasBody(head))
	{
		const bool get = head.method == "GET" || _head;
		return refuse(
			get ? 413 : 405, get ? "No request here takes a body." : "Method not allowed: use GET.");
	}
	// Without the query, which may hold a token.
	logDebug(_services.logger, "{} {} from {}", head.method, head.target.substr(0, head.target.find('?')),
		_channel->remote().addressString());
	const auto self = shared_from_this();
	auto outcome = _services.dispatcher.dispatch(head, {_channel->remote(), _channel->secure(), _scarce});
	if (auto* response = std::get_if<Response>(&outcome))
		return respond(*response);
	if (auto* accepted = std::get_if<Accepted>(&outcome))
	{
		_watch.cancel();
		_services.deadlines.set(*this, NEVER);
		_phase = Phase::Closed;
		_services.owner.upgraded(*this, std::move(_channel), std::move(*accepted), asBytes(_input));
		return _services.owner.closed(*this);
	}
	work(std::get<Deferred>(std::move(outcome)));
}

void HttpConnection::work(Deferred deferred)
{
	waitFor(Phase::Waiting, 0, _services.options.requestTimeout);
	auto task = [make = std::move(deferred.work), &loop = _services.loop, weak = weak_from_this()]
	{
		auto response = std::make_shared<Response>();
		std::string failure;
		try
		{
			*response = make();
		}
		catch (...)
		{
			failure = currentExceptionText();
			*response = textResponse(500, "Internal error.");
		}
		loop.post(
			[weak, response, failure = std::move(failure)]
			{
				const auto connection = weak.lock();
				if (!connection)
					return;
				if (!failure.empty())
					logError(connection->_services.logger, "an answer failed: " + failure);
				connection->answered(std::move(*response));
			});
	};
	if (!_services.workers.run(std::move(task)))
	{
		_services.metrics.refused("busy");
		refuse(503, "Busy: try again in a moment.");
	}
}

void HttpConnection::answered(Response response)
{
	if (_phase != Phase::Waiting)
		return;
	respond(response);
	resume();
}

void HttpConnection::refuse(int status, const std::string& text)
{
	auto response = textResponse(status, text);
	if (status == 405)
		response.reply.headers["Allow"] = "GET, HEAD";
	response.close = true;
	respond(response);
}

void HttpConnection::respond(const Response& response)
{
	_keepAlive = _keepAlive && !response.close && !_ended;
	try
	{
		_writer.begin(response, _keepAlive, !_head);
	}
	catch (const std::invalid_argument& error)
	{
		logError(_services.logger, error.what());
		return refuse(500, "Internal error.");
	}
	_services.metrics.answered(response.reply.status);
	const auto patience = _services.options.requestTimeout;
	waitFor(Phase::Writing, 0, patience);
	_writeBy = _services.loop.now() + patience + std::chrono::seconds{_writer.left() / LOWEST_RATE};
	write();
}

void HttpConnection::write()
{
	const auto before = _writer.left();
	const auto status = _writer.write(*_channel);
	if (_writer.left() < before)
		_services.deadlines.set(
			*this, std::min(_services.loop.now() + Duration{_services.options.requestTimeout}, _writeBy));
	switch (status)
	{
	case Channel::Status::Done:
		return finishAnswer();
	case Channel::Status::WantsWrite:
		return _watch.update(EventLoop::WRITABLE);
	case Channel::Status::WantsRead:
		return _watch.update(EventLoop::READABLE);
	case Channel::Status::Closed:
	case Channel::Status::Failed:
		return close();
	}
}

void HttpConnection::finishAnswer()
{
	if (!_keepAlive)
	{
		_channel->shutdown();
		waitFor(Phase::Draining, EventLoop::READABLE, DRAIN_TIME);
		return drain();
	}
	const auto& options = _services.options;
	waitFor(Phase::Reading, EventLoop::READABLE, _input.empty() ? options.keepAlive : options.requestTimeout);
}

void HttpConnection::drain()
{
	while (_drained < DRAIN_BYTES)
	{
		const auto result = _channel->read(_services.scratch);
		if (result.status == Channel::Status::WantsRead || result.status == Channel::Status::WantsWrite)
			return;
		if (result.status != Channel::Status::Done)
			break;
		_drained += result.length;
	}
	close();
}

}
