#pragma once

#include <memory>
#include <string>

#include "node/api/Context.h"
#include "node/api/Discovery.h"
#include "node/protocol/http1/ResponseReader.h"
#include "plugins/discovery/http-echo/EchoUrl.h"

namespace gimlet::http_echo
{

/// Asks an HTTP service for the public address of this host, at start, after network changes and now and
/// then.
///
/// It tells nothing about ports, so it finds no candidate: the answer is reported for information only, as
/// the first version did by register_public_ip. A service that cannot be reached leaves it degraded.
class HttpEchoDiscovery final : public Discovery, private StreamHandler
{
public:
	explicit HttpEchoDiscovery(Context& context);
	~HttpEchoDiscovery() override;

	void configure(const Settings& settings, Problems& problems) override;
	void reconfigure(const Settings& settings) override;
	void start() override;
	void stop() override;
	void portOpened(Port& port) override;
	void portClosed(Port&) override {}
	bool onDatagram(ByteView datagram, const Path& path, TimePoint now) override;
	void refresh() override;

private:
	void onStreamOpen() override;
	void onStreamData(ByteView bytes) override;
	void onStreamClosed(const std::string& error) override;

	void take(const Settings& settings);
	void ask();
	void finish();
	void succeed(const std::string& address);
	void fail(const std::string& why);

	Context& _context;
	EchoUrl _url;
	std::string _caFile;
	std::chrono::milliseconds _interval{};
	std::chrono::milliseconds _retry{};
	std::unique_ptr<http1::ResponseReader> _reader;
	std::unique_ptr<Stream> _stream;
	Timer _timer;
	TimePoint _lastAsked{};
};

}
