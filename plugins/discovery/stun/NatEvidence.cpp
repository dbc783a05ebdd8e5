#include "plugins/discovery/stun/NatEvidence.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace gimlet::stun_discovery
{

namespace
{

using namespace std::chrono_literals;

/// Kept of questions and answers; a run asks a dozen.
constexpr std::size_t MOST_SAMPLES = 32;
constexpr std::size_t MOST_CONTACTS = 128;
constexpr std::size_t MOST_ADDRESSES = 16;

/// An old question without an answer and a new one to the same server are two.
constexpr Duration RETRANSMISSIONS = 40s;

/// Answers to questions within so long can be compared. A mapping that ends between them would look like
/// one that depends on the destination.
constexpr Duration COMPARABLE = 5s;

/// What is sent in one go leaves within this.
constexpr Duration TOGETHER = 100ms;

/// A filter's entry may live for so long after the last datagram: RFC 4787 recommends 5 minutes and more
/// for REQ-5, and few NATs have more.
constexpr Duration FILTER_MEMORY = 10min;

/// Steps beyond this are no sequence that could be guessed on.
constexpr int LARGEST_STEP = 16;

/// Two servers show one step, and that must do where there are no more: of random ports it is so small once
/// in 8,000 times.
constexpr int SURE_STEP = 4;

/// Two ports so far apart were not given out one after the other, unless others took a thousand between two
/// datagrams that left together.
constexpr int FAR_APART = 1000;

template <typename Predicate>
std::ptrdiff_t count(const std::vector<int>& values, Predicate predicate)
{
	return std::count_if(values.begin(), values.end(), predicate);
}

}

bool isOutside(const Endpoint& server)
{
	return !server.isPrivate() && !server.isLoopback() && !server.isLinkLocal();
}

/// Servers on this side of the NAT count only while there are no others.
bool NatEvidence::counts(const Endpoint& destination) const
{
	return isOutside(destination) == _outside;
}

/// The one that was asked longest ago makes room.
NatEvidence::Contact& NatEvidence::meet(const Endpoint& destination)
{
	if (_contacts.size() >= MOST_CONTACTS && !_contacts.contains(destination))
		_contacts.erase(std::min_element(_contacts.begin(), _contacts.end(),
			[](const auto& one, const auto& other) { return one.second.asked < other.second.asked; }));
	return _contacts[destination];
}

void NatEvidence::asked(const Endpoint& destination, TimePoint now, bool afterStray)
{
	auto& contact = meet(destination);
	contact.asked = now;
	contact.pending = true;
	const auto pending = std::find_if(_samples.rbegin(), _samples.rend(),
		[&](const Sample& sample) { return sample.destination == destination; });
	if (pending != _samples.rend() && !pending->mapped && now - pending->asked < RETRANSMISSIONS)
	{
		++pending->times;
		return;
	}
	makeRoom();
	_samples.push_back({.destination = destination, .asked = now, .comparable = !afterStray});
}

/// It is a mapping of the same sequence, and not one of the port that this is about.
void NatEvidence::sampled(const Endpoint& server, const Endpoint& mapped, TimePoint asked, unsigned times)
{
	if (!counts(server) || !_mapped || !_mapped->sameAddress(mapped))
		return;
	makeRoom();
	const auto later = std::find_if(
		_samples.begin(), _samples.end(), [asked](const Sample& sample) { return sample.asked > asked; });
	_samples.insert(later, {.destination = server,
							   .asked = asked,
							   .times = times,
							   .comparable = false,
							   .mapped = mapped,
							   .fresh = true});
}

/// What shows no new mapping goes first, then what other sockets saw: a sequence shows in what was asked in
/// one go, and that is not asked again.
void NatEvidence::makeRoom()
{
	if (_samples.size() < MOST_SAMPLES)
		return;
	auto least =
		std::find_if(_samples.begin(), _samples.end(), [](const Sample& sample) { return !sample.fresh; });
	if (least == _samples.end())
		least = std::find_if(
			_samples.begin(), _samples.end(), [](const Sample& sample) { return !sample.comparable; });
	_samples.erase(least == _samples.end() ? _samples.begin() : least);
}

void NatEvidence::answered(const Endpoint& destination, const Endpoint& mapped, TimePoint now)
{
	if (isOutside(destination) && !_outside)
	{
		_outside = true;
		forgetInside();
	}
	if (!counts(destination))
		return;
	const auto address = mapped.withPort(0);
	if (std::exchange(_mayHaveMoved, false) && !_addresses.empty() && !_addresses.contains(address))
		forget();
	if (_addresses.size() < MOST_ADDRESSES)
		_addresses.insert(address);
	_mapped = mapped;
	auto& contact = meet(destination);
	const bool fresh = std::none_of(_contacts.begin(), _contacts.end(),
		[&](const auto& entry)
		{ return entry.first.sameAddress(destination) && entry.second.mapped == mapped; });
	contact.mapped = mapped;
	contact.pending = false;
	const auto sample = std::find_if(_samples.rbegin(), _samples.rend(),
		[&](const Sample& candidate) { return candidate.destination == destination && !candidate.mapped; });
	if (sample == _samples.rend())
		return;
	sample->mapped = mapped;
	sample->fresh = fresh;
	if (sample->times == 1)
		_slowest = std::max(_slowest, now - sample->asked);
	if (sample->comparable)
		compare(*sample);
}

void NatEvidence::compare(const Sample& newest)
{
	for (const auto& other : _samples)
	{
		if (!other.mapped || !other.comparable || !counts(other.destination) ||
			std::chrono::abs(other.asked - newest.asked) > COMPARABLE)
			continue;
		if (*other.mapped != *newest.mapped && other.destination != newest.destination)
			_mapping = MappingBehaviour::AddressDependent;
		else if (!other.destination.sameAddress(newest.destination))
			_mapping = std::max(_mapping, MappingBehaviour::EndpointIndependent);
	}
}

void NatEvidence::filtered(FilteringBehaviour seen)
{
	_filtering = std::max(_filtering, seen);
}

void NatEvidence::filteredAtMostByAddress()
{
	if (_filtering == FilteringBehaviour::Unknown)
		_filtering = FilteringBehaviour::AddressDependent;
}

void NatEvidence::hairpinned(bool seen)
{
	_hairpin = seen && _hairpin.value_or(true);
}

void NatEvidence::forget()
{
	std::erase_if(_samples, [](const Sample& sample) { return sample.mapped.has_value(); });
	std::erase_if(_contacts, [](const auto& entry) { return !entry.second.pending; });
	_addresses.clear();
	_slowest = {};
	_mapping = MappingBehaviour::Unknown;
	_filtering = FilteringBehaviour::Unknown;
	_hairpin.reset();
}

void NatEvidence::forgetInside()
{
	std::erase_if(_samples, [](const Sample& sample) { return !isOutside(sample.destination); });
	forget();
}

std::optional<Endpoint> NatEvidence::mappedFor(const Endpoint& destination) const
{
	const auto found = _contacts.find(destination);
	return found == _contacts.end() ? std::nullopt : found->second.mapped;
}

TimePoint NatEvidence::lastAskedAddress(const Endpoint& destination) const
{
	auto last = TimePoint::min();
	for (const auto& [contacted, contact] : _contacts)
		if (contacted.sameAddress(destination))
			last = std::max(last, contact.asked);
	return last;
}

bool NatEvidence::mayBeLetIn(const Endpoint& mapping, const Endpoint& remoteAddress, TimePoint now) const
{
	return std::any_of(_contacts.begin(), _contacts.end(),
		[&](const auto& entry)
		{ return entry.first.sameAddress(remoteAddress) && mayBeLetInExactly(mapping, entry.first, now); });
}

bool NatEvidence::mayBeLetInExactly(const Endpoint& mapping, const Endpoint& remote, TimePoint now) const
{
	const auto found = _contacts.find(remote);
	if (found == _contacts.end() || now - found->second.asked >= FILTER_MEMORY)
		return false;
	const auto& contact = found->second;
	return contact.pending || !contact.mapped || *contact.mapped == mapping;
}

NatBehaviour NatEvidence::verdict() const
{
	NatBehaviour verdict{.mapping = _mapping, .filtering = _filtering, .hairpin = _hairpin};
	if (!_mapped)
		return verdict;
	verdict.address = _mapped->withPort(0);
	if (_mapping == MappingBehaviour::AddressDependent)
	{
		verdict.ports = freshPorts();
		verdict.assignment = assignment(verdict.ports, verdict.step);
	}
	else if (_localPort != 0 && _mapped->port() == _localPort)
		verdict.assignment = PortAssignment::Preserving;
	return verdict;
}

std::vector<std::uint16_t> NatEvidence::freshPorts() const
{
	std::vector<std::uint16_t> ports;
	for (const auto& sample : _samples)
		if (sample.mapped && sample.fresh && counts(sample.destination))
			ports.push_back(sample.mapped->port());
	if (ports.size() > NatBehaviour::MAX_PORTS)
		ports.erase(ports.begin(), ports.end() - NatBehaviour::MAX_PORTS);
	return ports;
}

NatEvidence::Steps NatEvidence::steps() const
{
	Steps steps;
	const Sample* before = nullptr;
	for (const auto& sample : _samples)
	{
		if (!counts(sample.destination))
			continue;
		if (!sample.mapped || sample.times > 1)
			before = nullptr; // it may have made a mapping here, or not
		else if (sample.fresh)
		{
			if (before != nullptr && before->mapped->sameAddress(*sample.mapped))
			{
				const int step = int{sample.mapped->port()} - int{before->mapped->port()};
				(sample.asked - before->asked <= TOGETHER ? steps.close : steps.apart).push_back(step);
			}
			before = &sample;
		}
	}
	return steps;
}

/// A sequence is what most steps agree on: a stranger's mapping may lie between two of ours, and the sequence
/// begin again at its end. Steps over a time count only if they fit, for many may lie between.
PortAssignment NatEvidence::assignment(const std::vector<std::uint16_t>& ports, int& step) const
{
	if (_localPort != 0 && !ports.empty() &&
		std::all_of(ports.begin(), ports.end(), [this](std::uint16_t port) { return port == _localPort; }))
		return PortAssignment::Preserving;
	const auto seen = steps();
	for (const int candidate : seen.close)
	{
		const auto same = [candidate](int other) { return other == candidate; };
		const auto agree = count(seen.close, same);
		const auto agreeApart = count(seen.apart, same);
		const auto disagree = static_cast<std::ptrdiff_t>(seen.close.size()) - agree;
		const bool sure = agree + agreeApart >= 2 || (std::abs(candidate) <= SURE_STEP && disagree == 0);
		if (candidate != 0 && std::abs(candidate) <= LARGEST_STEP && sure && disagree < agree)
		{
			step = candidate;
			return PortAssignment::Sequential;
		}
	}
	const bool far =
		std::any_of(seen.close.begin(), seen.close.end(), [](int one) { return std::abs(one) > FAR_APART; });
	return seen.close.size() >= 2 || far ? PortAssignment::Random : PortAssignment::Unknown;
}

}
