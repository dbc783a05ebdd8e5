#include "plugins/signaling/lan/SignalReceiver.h"

namespace gimlet::lan
{

SignalReceiver::Result SignalReceiver::onFragment(const Fragment& fragment)
{
	const auto all = static_cast<std::uint16_t>((1U << fragment.count) - 1U);
	// The sender did not hear that it has come, or gave it up meanwhile.
	if (fragment.sequence <= _delivered)
		return {.received = all};
	// It sends one at a time: what is older is given up, what is newer makes an end of what is here.
	if (fragment.sequence < _sequence)
		return {};
	if (fragment.sequence != _sequence || fragment.count != _count)
	{
		_sequence = fragment.sequence;
		_count = fragment.count;
		_received = 0;
		_parts.assign(fragment.count, {});
	}
	_received = static_cast<std::uint16_t>(_received | 1U << fragment.index);
	_parts[fragment.index] = asText(fragment.bytes);
	if (_received != all)
		return {.received = _received};
	_delivered = fragment.sequence;
	std::string signal;
	for (const auto& part : _parts)
		signal += part;
	_parts.clear();
	return {.received = all, .signal = std::move(signal)};
}

}
