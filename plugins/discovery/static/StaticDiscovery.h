#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/api/Context.h"
#include "node/api/Discovery.h"

namespace gimlet::fixed
{

/// A public address as somebody configured it: "203.0.113.7:40001", or without a port, which then is the
/// port's own (a router that forwards, a machine that has the address).
struct PublicAddress
{
	Endpoint endpoint;   ///< port 0: the port's own
	std::string written; ///< as configured, for messages
};

/// Reads "203.0.113.7", "203.0.113.7:40001", "2001:db8::1" or "[2001:db8::1]:40001".
/// @return Empty if it is none of these, or an address that nobody can be reached under.
std::optional<PublicAddress> parsePublicAddress(const std::string& text);

/// Reports configured addresses as server-reflexive candidates: what a STUN server would have said.
class StaticDiscovery final : public Discovery
{
public:
	explicit StaticDiscovery(Context& context);
	~StaticDiscovery() override;

	void configure(const Settings& settings, Problems& problems) override;
	void reconfigure(const Settings& settings) override;
	void start() override {}
	void stop() override;
	void portOpened(Port& port) override;
	void portClosed(Port& port) override;
	bool onDatagram(ByteView datagram, const Path& path, TimePoint now) override;

private:
	Context& _context;
	std::vector<PublicAddress> _addresses;
	std::vector<Port*> _ports;
};

}
