#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plugins/transport/udp-punch/sctp/EngineImpl.h"
#include "tests/unit/udp-punch/sctp/Pair.h"

struct socket;

namespace gimlet::test
{

/// A bare usrsctp association that says what it likes: somebody else's implementation, or somebody hostile.
class RawPeer final : public sctp::EngineClient
{
public:
	struct Options
	{
		std::uint16_t streams = 65535;
		bool reconfiguration = true; ///< RFC 6525
		bool interleaving = true;    ///< RFC 8260
	};

	struct Message
	{
		std::uint16_t stream = 0;
		std::uint32_t ppid = 0;
		std::string bytes;
	};

	RawPeer(sctp::Engine& engine, ManualLoop& loop, OneWay& out, const Options& options);
	RawPeer(const RawPeer&) = delete;
	RawPeer& operator=(const RawPeer&) = delete;
	/// Aborts.
	~RawPeer() override;

	void connect();
	void onPacket(ByteView packet);
	void send(std::uint16_t stream, std::uint32_t ppid, ByteView message);
	/// Resets a stream outwards.
	void reset(std::uint16_t stream);
	/// Sends an ABORT.
	void abort();

	/// Streams that usrsctp has.
	std::uint16_t outgoing() const;
	std::uint16_t incoming() const;

	std::vector<Message> messages; ///< complete ones
	std::size_t notifications = 0;

	void output(std::span<std::uint8_t> packet, bool direct) override;
	void wake() override {}
	void timersRan() override {}
	bool requesting() override
	{
		return false;
	}

private:
	void read();
	void set(int name, const void* value, std::size_t size);

	sctp::Engine& _engine;
	ManualLoop& _loop;
	OneWay& _out;
	struct socket* _socket = nullptr;
	std::uintptr_t _id = 0;
	std::vector<Message> _present; ///< begun and not ended
};

}
