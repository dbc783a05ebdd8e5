#include "plugins/transport/udp-plain/CandidateSignal.h"

#include <algorithm>

#include "node/protocol/json/Json.h"
#include "plugins/transport/udp-plain/Routes.h"
#include "plugins/transport/udp-plain/Timing.h"

namespace gimlet::udp_plain
{

namespace
{

/// "[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:65535" has 53.
constexpr std::size_t MAX_ADDRESS_TEXT = 64;

/// What a sender may list; of more than that nothing is read.
constexpr std::size_t MAX_LISTED = 256;

constexpr std::size_t MAX_HOST_CANDIDATES = 8;

int rank(const Endpoint& endpoint)
{
	if (endpoint.isV6())
		return 2;
	return endpoint.isPrivate() ? 0 : 1;
}

}

std::string encode(const CandidateSignal& signal)
{
	json::Writer out;
	out.beginObject();
	out.key("candidates").beginArray();
	for (const auto& candidate : signal.candidates)
		out.value(candidate.toString());
	out.endArray();
	if (signal.again)
		out.key("again").value(true);
	out.endObject();
	return out.take();
}

std::optional<CandidateSignal> decodeCandidateSignal(std::string_view text)
{
	std::string error;
	const auto object = json::Object::parse(text, error);
	if (!object)
		return std::nullopt;
	const auto elements = object->elements("candidates", MAX_LISTED);
	if (!elements)
		return std::nullopt;
	CandidateSignal signal{.again = object->boolean("again").value_or(false)};
	for (const auto& element : *elements)
	{
		const auto address = element.text(MAX_ADDRESS_TEXT);
		const auto endpoint = address ? Endpoint::parse(*address) : std::nullopt;
		if (endpoint && signal.candidates.size() < MAX_NAMED_ROUTES)
			signal.candidates.push_back(*endpoint);
	}
	return signal;
}

std::vector<Endpoint> hostCandidates(const Endpoint& bound, const std::vector<Endpoint>& interfaces)
{
	std::vector<Endpoint> result;
	for (const auto& address : bound.isUnspecified() ? interfaces : std::vector<Endpoint>{bound})
	{
		const auto candidate = address.withPort(bound.port());
		if (mayTarget(candidate, false) && (candidate.isV4() || bound.isV6()))
			result.push_back(candidate);
	}
	std::stable_sort(result.begin(), result.end(),
		[](const Endpoint& left, const Endpoint& right) { return rank(left) < rank(right); });
	if (result.size() > MAX_HOST_CANDIDATES)
		result.resize(MAX_HOST_CANDIDATES);
	return result;
}

}
