#include "plugins/transport/udp-punch/mtu/PathMtuSearch.h"

#include <algorithm>
#include <utility>

namespace gimlet::udp_punch
{

namespace
{

constexpr Duration AGAIN = std::chrono::seconds{1};

/// MTUs less the headers of IPv6 and UDP (48 bytes) or IPv4 and UDP (28).
constexpr std::array<std::size_t, 11> SIZES{
	1232,  // 1,280 with IPv6: the least it allows
	1372,  // 1,400, many tunnels and carriers; IPv4
	1392,  // 1,420, WireGuard's default; IPv4
	1452,  // 1,500 with IPv6
	1464,  // 1,492, PPPoE; IPv4
	1472,  // 1,500, Ethernet; IPv4
	4000,  // in between: few networks, but a step for those below 9,000
	8872,  // 8,900, jumbo frames in clouds' tunnels; IPv4
	8972,  // 9,000, jumbo frames; IPv4
	16000, // a DTLS record holds 16,384 (RFC 6347, section 4.1)
	65000, // loopback
};

}

const std::array<std::size_t, 11>& PathMtuSearch::defaultSizes()
{
	return SIZES;
}

PathMtuSearch::PathMtuSearch(Configuration configuration) :
	_configuration(std::move(configuration)),
	_sizes(_configuration.sizes),
	_size(_configuration.base),
	_told(_size),
	_best(_size)
{
	std::erase_if(_sizes,
		[this](std::size_t size) { return size <= _configuration.base || size > _configuration.largest; });
	std::sort(_sizes.begin(), _sizes.end());
	_sizes.erase(std::unique(_sizes.begin(), _sizes.end()), _sizes.end());
}

void PathMtuSearch::start(TimePoint now)
{
	_running = true;
	_underWay = 0;
	_proving = 0;
	_size = _best = _configuration.base;
	_retry = _configuration.retry;
	_believeAt = now;
	climb(now);
}

void PathMtuSearch::stop()
{
	_running = false;
	_underWay = 0;
}

std::optional<std::size_t> PathMtuSearch::pollProbe(TimePoint now)
{
	if (now < nextDeadline())
		return std::nullopt;
	if (_proving == 0 && _size > _configuration.base && now >= _confirmAt)
		_proving = _size;
	if (_proving != 0)
		return ask(_proving);
	if (complete())
		climb(now); // the raise timer ran out
	return complete() ? std::nullopt : std::optional{ask(_sizes[_next])};
}

std::size_t PathMtuSearch::ask(std::size_t size)
{
	++_counters.probes;
	return _underWay = size;
}

void PathMtuSearch::onAnswer(bool answered, TimePoint now)
{
	const auto probed = std::exchange(_underWay, 0);
	if (!_running || probed == 0)
		return;
	++(answered ? _counters.answers : _counters.failures);
	if (answered)
	{
		_failed = 0;
		_confirmAt = now + _configuration.confirm;
		_size = std::max(_size, probed);
		_best = std::max(_best, _size);
		_proving = probed >= _proving ? 0 : _proving;
		if (!complete() && probed >= _sizes[_next])
			climb(now);
		return;
	}
	if (++_failed < _configuration.failures)
		return;
	_failed = 0;
	if (probed != _proving)
		return finish(now);
	++_counters.blackHoles;
	_proving = 0;
	_size = _configuration.base;
	_retry = _configuration.retry;
	climb(now);
}

void PathMtuSearch::notSent(TimePoint now)
{
	if (std::exchange(_underWay, 0) == 0)
		return;
	--_counters.probes;
	_searchAt = std::max(_searchAt, now + AGAIN);
	_confirmAt = std::max(_confirmAt, now + AGAIN);
}

void PathMtuSearch::onStall(TimePoint now)
{
	if (!_running || _size == _configuration.base || now < _believeAt)
		return;
	_believeAt = now + _configuration.stall;
	_confirmAt = now;
	_failed = 0;
	_proving = std::exchange(_size, _configuration.base);
}

TimePoint PathMtuSearch::nextDeadline() const
{
	if (!_running || _underWay != 0)
		return TimePoint::max();
	if (_proving != 0)
		return _confirmAt;
	return _size > _configuration.base ? std::min(_searchAt, _confirmAt) : _searchAt;
}

std::optional<std::size_t> PathMtuSearch::pollChange()
{
	if (_told == _size)
		return std::nullopt;
	_told = _size;
	return _size;
}

/// Tries the size above the present one, if there is one.
void PathMtuSearch::climb(TimePoint now)
{
	_failed = 0;
	_searchAt = now;
	_next = static_cast<std::size_t>(std::upper_bound(_sizes.begin(), _sizes.end(), _size) - _sizes.begin());
	if (complete())
		finish(now);
}

void PathMtuSearch::finish(TimePoint now)
{
	const bool end = _sizes.empty() || _size >= _sizes.back();
	const bool lost = _size < _best;
	_next = _sizes.size();
	_searchAt = end ? TimePoint::max() : now + (lost ? _retry : _configuration.raise);
	if (lost)
		_retry = std::min(2 * _retry, _configuration.raise);
}

}
