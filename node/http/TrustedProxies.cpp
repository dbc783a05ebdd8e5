#include "node/http/TrustedProxies.h"

#include <algorithm>
#include <charconv>

#include "node/protocol/http1/Text.h"

namespace gimlet::http
{

namespace
{

bool samePrefix(ByteView left, ByteView right, unsigned bits)
{
	const auto whole = bits / 8;
	if (!std::equal(left.begin(), left.begin() + whole, right.begin()))
		return false;
	const auto rest = bits % 8;
	return rest == 0 || (left[whole] ^ right[whole]) >> (8 - rest) == 0;
}

}

bool TrustedProxies::add(std::string_view text)
{
	const auto slash = text.find('/');
	const auto address = Endpoint::parseAddress(text.substr(0, slash), 0);
	if (!address)
		return false;
	const auto longest = static_cast<unsigned>(address->address().size() * 8);
	unsigned bits = longest;
	if (slash != std::string_view::npos)
	{
		const auto digits = text.substr(slash + 1);
		const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
		if (digits.empty() || parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size() ||
			bits > longest)
			return false;
	}
	_networks.push_back({*address, bits});
	return true;
}

bool TrustedProxies::contains(const Endpoint& address) const
{
	return std::any_of(_networks.begin(), _networks.end(),
		[&](const Network& network)
		{
			return network.address.family() == address.family() &&
				   samePrefix(network.address.address(), address.address(), network.bits);
		});
}

Endpoint TrustedProxies::caller(const Endpoint& peer, std::string_view forwardedFor) const
{
	if (forwardedFor.empty() || !contains(peer))
		return peer;
	const auto comma = forwardedFor.rfind(',');
	const auto last =
		http1::trimmed(comma == std::string_view::npos ? forwardedFor : forwardedFor.substr(comma + 1));
	if (const auto address = Endpoint::parseAddress(last, 0))
		return *address;
	return Endpoint::parse(last).value_or(peer);
}

}
