#pragma once

#include <optional>

#include "node/api/Time.h"

namespace gimlet::udp_punch
{

/// Learns whether the NAT ends mappings at a certain age, however busy they are (FIELD: some carriers' do
/// after 48 to 75 s). Two ends at about the same age, one after the other, are the rule; what came sooner or
/// later was a restart of the NAT or a change of the network.
class MappingLifetime
{
public:
	/// A new mapping has come to be: the port was opened.
	void began(TimePoint now)
	{
		_began = now;
	}

	/// The mapping was found to have become another one. Several may find that, so what comes soon after
	/// does not count.
	void ended(TimePoint now);

	/// The network is another one: nothing is known.
	void forget()
	{
		_lastAge.reset();
		_lifetime.reset();
	}

	/// How long mappings live; empty while unknown.
	const std::optional<Duration>& lifetime() const
	{
		return _lifetime;
	}

	/// When to leave the present mapping for a fresh one; NEVER if there is no need.
	TimePoint leaveAt() const;

private:
	TimePoint _began{};
	std::optional<Duration> _lastAge;
	std::optional<Duration> _lifetime;
};

}
