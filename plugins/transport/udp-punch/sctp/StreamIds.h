#pragma once

#include <cstdint>
#include <optional>
#include <set>

namespace gimlet::udp_punch::sctp
{

/// Which stream ids are ours to open channels on (RFC 8832, section 6: the DTLS client takes even ones, the
/// server odd ones). The lowest free one is given, so that few streams are needed. A pure machine.
class StreamIds
{
public:
	explicit StreamIds(bool even) : _parity(even ? 0 : 1), _next(_parity) {}

	/// Whether we, and not the peer, may open a channel on it.
	bool isOurs(std::uint16_t id) const
	{
		return (id & 1U) == _parity;
	}

	/// Takes the lowest free id of ours. @param limit Ids are below this. @return Nothing if all are taken.
	std::optional<std::uint16_t> take(std::uint32_t limit)
	{
		if (!_released.empty() && *_released.begin() < limit)
			return _released.extract(_released.begin()).value();
		if (_next >= limit || _next > LARGEST)
			return std::nullopt;
		const auto id = static_cast<std::uint16_t>(_next);
		_next += 2;
		return id;
	}

	/// Gives an id back that was taken.
	void release(std::uint16_t id)
	{
		if (isOurs(id))
			_released.insert(id);
	}

	/// The peer believes that our half is its own (aiortc goes by the ICE role): from now on we take the
	/// other.
	void yield()
	{
		_parity ^= 1U;
		_next = _parity;
		_released.clear();
	}

private:
	static constexpr std::uint32_t LARGEST = 65534; ///< RFC 8832, section 6: 65,535 is illegal

	std::uint32_t _parity;
	std::uint32_t _next;
	std::set<std::uint16_t> _released;
};

}
