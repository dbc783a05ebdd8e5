#pragma once

#include <string>
#include <vector>

#include "plugins/transport/udp-punch/description/Description.h"

namespace gimlet::interop
{

/// An ICE agent of libnice on loopback, driven by whoever calls turn().
class NicePeer
{
public:
	explicit NicePeer(bool controlling);
	~NicePeer();

	NicePeer(const NicePeer&) = delete;
	NicePeer& operator=(const NicePeer&) = delete;

	void turn();

	/// After gathering is done.
	udp_punch::IceCredentials credentials() const;
	std::vector<udp_punch::CandidateLine> lines() const;

	void setRemote(const udp_punch::IceCredentials& credentials);
	void addRemote(const udp_punch::CandidateLine& line);
	void remoteDone();

	/// libnice has a pair selected and calls itself ready.
	bool ready() const;
	void say(const std::string& text);
	void restart();

	bool gathered = false;
	std::vector<std::string> heard;

private:
	struct Handles;
	Handles* _handles;
};

}
