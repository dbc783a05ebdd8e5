#include "tests/sim/net/Link.h"

#include <algorithm>

namespace gimlet::sim
{

bool Link::dropped(const Packet& packet, const char* why)
{
	_log.note(_agenda.now(), _name, why, packet);
	return true;
}

void Link::send(PacketPtr packet)
{
	const auto size = packet->size();
	if (!settings.plugged && dropped(*packet, "unplugged"))
		return;
	if (size > settings.mtu && dropped(*packet, "too large"))
		return;
	if (settings.rate > 0)
	{
		const auto now = _agenda.now();
		_idleFrom = std::max(_idleFrom, now);
		const auto queued =
			std::chrono::duration<double>(_idleFrom - now).count() * double(settings.rate) / 8;
		if (queued + double(size) > double(settings.queue) && dropped(*packet, "queue full"))
			return;
		_idleFrom += std::chrono::nanoseconds{size * 8 * 1'000'000'000U / settings.rate};
	}
	if (_random.chance(settings.loss) && dropped(*packet, "lost"))
		return;
	_bytesCarried += size;
	if (_random.chance(settings.duplication))
		carry(std::make_shared<Packet>(*packet));
	carry(std::move(packet));
}

void Link::carry(PacketPtr packet)
{
	const auto start = settings.rate > 0 ? _idleFrom : _agenda.now();
	auto arrival = start + settings.delay;
	if (settings.jitter > Duration::zero())
		arrival += Duration{static_cast<Duration::rep>(_random.unit() * double(settings.jitter.count()))};
	if (_random.chance(settings.reordering))
		arrival += settings.reorderDelay;
	else
		arrival = _lastArrival = std::max(arrival, _lastArrival);
	_agenda.at(arrival, [this, moving = std::move(packet)]() mutable { _deliver(std::move(moving)); });
}

}
