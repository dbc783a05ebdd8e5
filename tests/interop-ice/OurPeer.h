#pragma once

#include <string>
#include <vector>

#include "plugins/transport/udp-punch/ice/Agent.h"

namespace gimlet::interop
{

/// An ICE agent of ours on a real socket on loopback, driven by whoever calls turn().
class OurPeer : public Port
{
public:
	explicit OurPeer(udp_punch::ice::Role role);
	~OurPeer() override;

	OurPeer(const OurPeer&) = delete;
	OurPeer& operator=(const OurPeer&) = delete;

	PortKind kind() const override
	{
		return PortKind::Udp;
	}
	Endpoint localEndpoint() const override
	{
		return _local;
	}
	bool supports(int family) const override
	{
		return family == AF_INET;
	}
	bool send(ByteView datagram, const Endpoint& remote) override;

	/// Receives, lets timers run out and sends; waits for a datagram no longer than a few milliseconds.
	void turn();

	/// Something that is not STUN, by the selected pair.
	void say(const std::string& text);

	udp_punch::ice::Agent& agent()
	{
		return _agent;
	}

	void restart();

	std::vector<udp_punch::ice::Event> events;
	std::vector<std::string> heard;
	std::vector<bool> probes;
	std::vector<udp_punch::CandidateLine> lines;

private:
	void drain();

	int _descriptor = -1;
	Endpoint _local;
	udp_punch::ice::Agent _agent;
};

}
