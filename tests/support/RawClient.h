#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "node/api/Descriptor.h"
#include "node/api/Endpoint.h"
#include "node/protocol/websocket/Session.h"

namespace gimlet::test
{

/// A TCP or TLS client that sends exactly what the test wants and blocks until it has what the test waits
/// for. Everything that fails or lasts longer than a failed test should throws std::runtime_error.
class RawClient
{
public:
	struct Options
	{
		bool tls = false;
		int receiveBuffer = 0; ///< SO_RCVBUF, for slow readers; 0 keeps the system's
		int maxVersion = 0;    ///< TLS1_2_VERSION, for one; 0 is the newest
	};

	explicit RawClient(const Endpoint& server) : RawClient(server, Options{}) {}
	RawClient(const Endpoint& server, const Options& options);

	void send(std::string_view bytes);

	/// Sends until the server takes no more, or the given number of bytes. @return How many were taken.
	std::size_t sendUntilStuck(std::string_view bytes);

	/// Bytes received and not consumed yet, after waiting for at least one more. Empty at the end.
	std::string receiveSome();

	/// Everything up to the end of the connection; a reset counts as an end.
	std::string receiveAll();

	/// Whether nothing comes for so long.
	bool isSilent(std::chrono::milliseconds duration);

	/// No more will be sent.
	void finishSending();

	/// Ends the connection with a reset, at once.
	void reset();

	int descriptor() const
	{
		return _socket.value();
	}

	struct Response
	{
		int status = 0;
		std::map<std::string, std::string> headers; ///< names in lower case
		std::string body;
	};

	/// The next response; its body by Content-Length. @param hasBody False for HEAD.
	Response receiveResponse(bool hasBody = true);

	/// Sends a GET with these further header lines and returns the response.
	Response get(
		const std::string& target, const std::string& headers = "", const std::string& method = "GET");

	std::string host; ///< what get() says in Host; the server's address by default

private:
	ssize_t readOnce(char* into, std::size_t size);

	struct FreeTls
	{
		void operator()(SSL_CTX* context) const
		{
			SSL_CTX_free(context);
		}
		void operator()(SSL* ssl) const
		{
			SSL_free(ssl);
		}
	};

	void startTls(int maxVersion);

	Descriptor _socket;
	std::unique_ptr<SSL_CTX, FreeTls> _context;
	std::unique_ptr<SSL, FreeTls> _ssl;
	std::string _received;
};

/// A WebSocket client on a RawClient.
class RawWebSocket
{
public:
	/// Connects and sends the request. @param headers Further header lines.
	RawWebSocket(const Endpoint& server, const std::string& target, const std::string& headers = "",
		const RawClient::Options& options = {});

	/// The server's answer was 101. Otherwise see refusal().
	bool accepted() const
	{
		return _accepted;
	}

	const RawClient::Response& refusal() const
	{
		return _refusal;
	}

	void sendText(std::string_view text);
	void sendBinary(ByteView bytes);
	void ping();
	void close(std::uint16_t code, std::string_view reason = {});

	/// Bytes of the wire as they are.
	void sendRaw(ByteView bytes);

	/// The next event. @throws std::runtime_error when the connection ends without one.
	websocket::Event next();

	/// The next event's text; fails on any other event.
	std::string nextText();

	/// The code of the close frame that comes next; 1006 when the connection just ends.
	std::uint16_t nextClose();

	RawClient& client()
	{
		return _client;
	}

private:
	void flush();

	RawClient _client;
	websocket::FramePool _frames{websocket::Role::Client};
	websocket::Session _session{_frames, 16 * 1024 * 1024};
	RawClient::Response _refusal;
	bool _accepted = false;
};

}
