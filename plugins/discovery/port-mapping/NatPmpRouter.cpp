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

	void askAddress()
	{
		sendpublicaddressrequest(&_state);
		_asked = NATPMP_RESPTYPE_PUBLICADDRESS;
	}

	void askMapping(const Job& job)
	{
		sendnewportmappingrequest(&_state, NATPMP_PROTOCOL_UDP, job.internalPort, job.externalPort,
			static_cast<std::uint32_t>(job.lifetime.count()));
		_asked = NATPMP_RESPTYPE_UDPPORTMAPPING;
	}

	/// RFC 6886, section 3.4: a mapping is deleted with lifetime 0 and external port 0.
	void askDeletion(const Job& job)
	{
		sendnewportmappingrequest(&_state, NATPMP_PROTOCOL_UDP, job.internalPort, 0, 0);
		_asked = NATPMP_RESPTYPE_UDPPORTMAPPING;
	}

	/// The answer to what was asked last, or a negative number as the library has them.
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
			// A question that was repeated may be answered twice, and the library takes any answer for this
			// one.
			if (result == 0 && response.type != _asked)
			{
				_state.has_pending_request = 1;
				result = NATPMP_TRYAGAIN;
			}
		}
		return result;
	}

private:
	natpmp_t _state{};
	std::uint16_t _asked = 0;
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
		return result;
	};
	if (!conversation.isOpen())
		return fail(NATPMP_ERR_NOGATEWAYSUPPORT);
	if (job.kind == Job::Kind::Unmap)
	{
		// The end of the node is what a deletion is for.
		static const std::atomic<bool> never{false};
		conversation.askDeletion(job);
		const int error = conversation.answer(response, never);
		return error == 0 ? result : fail(error);
	}
	// The address first: a mapping is of no use without, and would be left behind.
	conversation.askAddress();
	if (const int error = conversation.answer(response, ended); error != 0)
		return fail(error);
	const auto address = response.pnu.publicaddress.addr;
	conversation.askMapping(job);
	if (const int error = conversation.answer(response, ended); error != 0)
	{
		// What is not answered may have been done all the same.
		if (!job.renewal)
			conversation.askDeletion(job);
		return fail(error);
	}
	result.external = Endpoint::fromBytes(
		{reinterpret_cast<const std::uint8_t*>(&address), 4}, response.pnu.newportmapping.mappedpublicport);
	result.lifetime = std::chrono::seconds{response.pnu.newportmapping.lifetime};
	return result;
}

}
