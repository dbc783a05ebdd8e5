#pragma once

#include <memory>

#include "node/api/Stream.h"
#include "plugins/discovery/turn/Carrier.h"
#include "plugins/discovery/turn/StreamSplitter.h"

namespace gimlet::turn
{

/// TURN over TCP or TLS, for networks that let no UDP out. Peers are reached by UDP all the same, from the
/// server on (RFC 8656, section 3.1).
class StreamCarrier final : public Carrier, private StreamHandler
{
public:
	/// Begins to connect.
	StreamCarrier(StreamConnector& streams, const StreamTarget& target, User& user);

	std::span<std::uint8_t> space() override;
	void commit(std::size_t size) override;

private:
	void onStreamOpen() override;
	void onStreamData(ByteView bytes) override;
	void onStreamClosed(const std::string& error) override;

	User& _user;
	StreamSplitter _splitter;
	Buffer _space; ///< for one message, while open
	Endpoint _server;
	std::unique_ptr<Stream> _stream;
};

}
