#pragma once

#include <memory>
#include <optional>
#include <string>

#include "node/api/Descriptor.h"
#include "node/api/EventLoop.h"
#include "node/api/Resolver.h"
#include "node/api/Stream.h"
#include "node/core/net/Dialer.h"
#include "node/core/net/HttpProxy.h"
#include "node/core/net/SendQueue.h"
#include "node/core/net/TlsMachine.h"

namespace gimlet::core
{

/// A Stream on the loop: dials, asks the proxy, shakes hands, then carries bytes.
///
///     Dialing ──> Proxy (if any) ──> Tls (if any) ──> Open ──> Closed
///
/// What is sent is collected during a round of the loop and written once. The destructor writes what the
/// kernel takes of it at once, and TLS's goodbye. Loop thread only.
class LoopStream final : public Stream
{
public:
	LoopStream(EventLoop& loop, Resolver& resolver, StreamTarget target, StreamHandler& handler);
	~LoopStream() override;

	void send(ByteView bytes) override;
	std::size_t bufferedAmount() const override;
	Endpoint remote() const override;
	Endpoint local() const override;

private:
	enum class Phase
	{
		Dialing,
		Proxy,
		Tls,
		Open,
		Closed,
	};

	void begin();
	void onConnected(Descriptor socket, const Endpoint& remote, const std::string& error);
	void afterProxy();
	void open();
	void onEvents(unsigned events);
	bool readSome();
	void process(ByteView bytes);
	void processProxy(ByteView bytes);
	void processTls(ByteView bytes);
	void onEnd();
	void write();
	bool fillOutput();
	void updateWatch();
	void onTimeout();
	void failSoon(std::string error);
	void finish(const std::string& error);

	EventLoop& _loop;
	Resolver& _resolver;
	const StreamTarget _target;
	const std::string _name; ///< of the target, for messages
	StreamHandler& _handler;
	Phase _phase = Phase::Dialing;
	std::optional<HttpProxy> _proxy;
	std::unique_ptr<Dialer> _dialer;
	Descriptor _socket;
	Watch _watch;
	unsigned _events = 0;
	Endpoint _remote;
	std::string _proxyAnswer;
	std::unique_ptr<TlsMachine> _tls;
	SendQueue _plain;  ///< of the user, not yet encrypted; unused without TLS
	SendQueue _output; ///< for the kernel
	bool _drainAwaited = false;
	Timer _deadline;
	Timer _later;
	/// Expires when a handler has destroyed this stream in a callback.
	std::shared_ptr<const bool> _alive = std::make_shared<const bool>(true);
};

}
