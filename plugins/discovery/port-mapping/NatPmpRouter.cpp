// NAT-PMP (RFC 6886), by libnatpmp.
#include <natpmp.h>
#include <poll.h>

#include <chrono>
#include <cstring>
#include <optional>

#include "plugins/discovery/port-mapping/Routers.h"

namespace gimlet::port_mapping
{

namespace
{

/// The library waits 250 ms, then twice as long each time, for more than a minute. A router on the own
/// network answers in some ms.
constexpr std::chrono::milliseconds PATIENCE{2'000};

/// The library's conversation with a router.
class Conversation
{
public:
	explicit Conversation(const Endpoint& gateway)
	{
		in_addr_t address = 0;
		std::memcpy(&address, gateway.address().data(), sizeof address);
		_open = initnatpmp(&_state, 1, address) == 0;
	}
	Conversation(const Conversation&) = delete;
	Conversation& operator=(const Conversation&) = delete;
	~Conversation()
	{
		if (_open)
			closenatpmp(&_state);
	}

	bool isOpen() const
	{
		return _open;
	}

	natpmp_t* state()
	{
		return &_state;
	}

	/// The answer to what was sent last, or a negative number as the library has them.
	int answer(natpmpresp_t& response, const std::atomic<bool>& ended)
	{
		const auto end = std::chrono::steady_clock::now() + PATIENCE;
		int result = NATPMP_TRYAGAIN;
		while (result == NATPMP_TRYAGAIN)
		{
			const auto left = end - std::chrono::steady_clock::now();
			if (ended || left <= left.zero())
				return NATPMP_ERR_NOGATEWAYSUPPORT;
			timeval wait{};
			getnatpmprequesttimeout(&_state, &wait);
			const auto asked = wait.tv_sec * 1'000 + wait.tv_usec / 1'000 + 1;
			constexpr long SHORT = 100; // so that an end is noticed
			pollfd watched{.fd = _state.s, .events = POLLIN, .revents = 0};
			poll(&watched, 1, static_cast<int>(asked < 0 ? 0 : asked < SHORT ? asked : SHORT));
			result = readnatpmpresponseorretry(&_state, &response);
		}
		return result;
	}

private:
	natpmp_t _state{};
	bool _open = false;
};

std::string reason(int error)
{
	switch (error)
	{
	case NATPMP_ERR_NOGATEWAYSUPPORT:
	case NATPMP_ERR_RECVFROM:
	case NATPMP_ERR_SENDERR:
		return "no answer";
	case NATPMP_ERR_UNSUPPORTEDVERSION:
	case NATPMP_ERR_UNSUPPORTEDOPCODE:
		return "not spoken by the router";
	case NATPMP_ERR_NOTAUTHORIZED:
		return "refuses: not authorized";
	case NATPMP_ERR_NETWORKFAILURE:
		return "refuses: the router has no address outside";
	case NATPMP_ERR_OUTOFRESOURCES:
		return "refuses: no resources";
	default:
		return "error " + std::to_string(error);
	}
}

}

JobResult doNatPmp(const Job& job, const std::atomic<bool>& ended)
{
	JobResult result;
	result.number = job.number;
	Conversation conversation{job.gateway};
	natpmpresp_t response{};
	const auto fail = [&](int error)
	{
		result.error = reason(error);
		result.silent = error == NATPMP_ERR_NOGATEWAYSUPPORT;
		return result;
	};
	if (!conversation.isOpen())
		return fail(NATPMP_ERR_NOGATEWAYSUPPORT);
	const bool map = job.kind == Job::Kind::Map;
	// RFC 6886, section 3.4: a mapping is deleted with lifetime 0 and external port 0.
	sendnewportmappingrequest(conversation.state(), NATPMP_PROTOCOL_UDP, job.internalPort,
		map ? job.externalPort : std::uint16_t{0}, static_cast<std::uint32_t>(job.lifetime.count()));
	// The end of the node is what a deletion is for.
	static const std::atomic<bool> never{false};
	if (const int error = conversation.answer(response, map ? ended : never); error != 0)
		return fail(error);
	if (!map)
		return result;
	const auto port = response.pnu.newportmapping.mappedpublicport;
	result.lifetime = std::chrono::seconds{response.pnu.newportmapping.lifetime};
	sendpublicaddressrequest(conversation.state());
	if (const int error = conversation.answer(response, ended); error != 0)
		return fail(error);
	const auto& address = response.pnu.publicaddress.addr;
	result.external = Endpoint::fromBytes({reinterpret_cast<const std::uint8_t*>(&address), 4}, port);
	return result;
}

}
