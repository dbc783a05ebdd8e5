#include "plugins/discovery/stun/MappedAddress.h"

namespace gimlet::stun_discovery
{

std::optional<Endpoint> mappedAddress(const stun::MessageView& answer, int family)
{
	if (answer.messageClass() != stun::MessageClass::SuccessResponse ||
		answer.fingerprint() == stun::Check::Invalid)
		return std::nullopt;
	auto mapped = answer.xorAddress();
	if (!mapped)
		mapped = answer.address();
	if (!mapped || mapped->family() != family || mapped->port() == 0 || !mapped->isUnicast())
		return std::nullopt;
	return mapped;
}

}
