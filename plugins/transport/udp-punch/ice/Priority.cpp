#include "plugins/transport/udp-punch/ice/Priority.h"

#include <algorithm>

namespace gimlet::udp_punch::ice
{

std::uint32_t typePreference(CandidateType type)
{
	switch (type)
	{
	case CandidateType::Host:
		return 126;
	case CandidateType::PeerReflexive:
		return 110;
	case CandidateType::ServerReflexive:
		return 100;
	case CandidateType::Relayed:
		break;
	}
	return 0;
}

std::uint32_t candidatePriority(CandidateType type, std::uint16_t localPreference)
{
	constexpr std::uint32_t COMPONENT = 1;
	return typePreference(type) << 24U | std::uint32_t{localPreference} << 8U | (256U - COMPONENT);
}

std::uint64_t pairPriority(std::uint32_t controlling, std::uint32_t controlled)
{
	const std::uint64_t least = std::min(controlling, controlled);
	const std::uint64_t most = std::max(controlling, controlled);
	return (least << 32U) + 2U * most + (controlling > controlled ? 1U : 0U);
}

}
