#pragma once

#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <vector>

#include "node/api/Channel.h"
#include "node/api/Peer.h"
#include "node/api/Transport.h"
#include "plugins/transport/udp-punch/link/ChatCodec.h"

namespace gimlet::udp_punch
{

/// Chat on data channels: between two of ours one channel of JSON objects with acknowledgement by id; with
/// anybody else bare text. Lives as long as one association. Loop thread only.
class ChatChannel final : public ChannelObserver
{
public:
	/// Whom it tells, from inside the calls made to it.
	class Host
	{
	public:
		virtual ~Host() = default;

		/// Messages can be sent.
		virtual void chatReady() = 0;
		virtual void chatReceived(const ChatMessage& message) = 0;
		virtual void chatAcknowledged(const std::string& id) = 0;
		virtual void chatControl(const chat::Control& control) = 0;
		/// After Congested.
		virtual void chatWritable() = 0;
	};

	struct Counters
	{
		std::uint64_t sent = 0;
		std::uint64_t received = 0;
		std::uint64_t malformed = 0; ///< no JSON object of ours, not UTF-8, binary, or too large
	};

	explicit ChatChannel(Host& host) : _host(host) {}

	/// The options of the channel that one of the two opens. @param ours Whether the peer speaks PROTOCOL.
	static ChannelOptions optionsFor(bool ours);

	/// Whether a channel that a peer opened is for chat.
	static bool isChat(const ChannelOptions& options);

	/// A channel for it, opened by either side; before its opened().
	void add(Channel& channel);

	/// The association is gone, with its channels.
	void reset();

	/// A message that is on its way in this association already is not sent twice.
	SendResult send(const ChatMessage& message);

	/// An object of another type; dropped when there is no channel of ours.
	void sendControl(const std::string& json);

	bool ready() const;

	/// Whether the peer acknowledges.
	bool acknowledges() const;

	/// What one encoded message may have now.
	std::size_t maxMessage() const;

	const Counters& counters() const
	{
		return _counters;
	}

	void opened(Channel& channel) override;
	void messageBegin(Channel& channel, MessageKind kind) override;
	void messagePart(Channel& channel, ByteView bytes) override;
	void messageEnd(Channel& channel) override;
	void messageAborted(Channel& channel) override;
	void drained(Channel& channel) override;
	void closed(Channel& channel, const std::string& reason) override;

private:
	struct Line
	{
		Channel* channel = nullptr;
		bool ours = false; ///< speaks PROTOCOL
		bool open = false;
		bool skipping = false; ///< the present message is binary or too large
		std::string incoming;
	};

	Line* find(const Channel& channel);
	const Line* outgoing() const;
	void received(Line& line);
	void acknowledge(const std::string& id);
	void sendAcknowledgements();

	Host& _host;
	std::vector<Line> _lines;
	std::set<std::string> _onTheWay;
	std::deque<std::string> _owed; ///< acknowledgements that found the channel congested
	Counters _counters;
};

}
