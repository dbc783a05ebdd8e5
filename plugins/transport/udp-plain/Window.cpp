#include "plugins/transport/udp-plain/Window.h"

#include <algorithm>

#include "node/protocol/chat/Datagram.h"
#include "plugins/transport/udp-plain/Timing.h"

namespace gimlet::udp_plain
{

namespace
{

/// A message that was sent so often without an answer is a reason to look at the path.
constexpr unsigned TROUBLING = 3;

}

std::string Window::push(const PeerId& from, const ChatMessage& message, TimePoint now)
{
	if (contains(message.id))
		return {};
	const std::string after = _entries.empty() ? std::string{} : _entries.back().id;
	auto datagram = chat::encodeText(from, message, after);
	const bool tooLong = datagram.size() > chat::MAX_SENT;
	if (_turnedAway || _entries.size() >= WINDOW || tooLong)
	{
		_needsEmpty = _turnedAway ? _needsEmpty : tooLong;
		_turnedAway = true;
		return {};
	}
	_entries.push_back(
		{.id = message.id, .datagram = datagram, .due = now + firstWait(), .wait = firstWait()});
	return datagram;
}

bool Window::acknowledge(const std::string& id)
{
	return std::erase_if(_entries, [&](const Entry& entry) { return entry.id == id; }) != 0;
}

std::vector<std::string> Window::retransmit(TimePoint now)
{
	std::vector<std::string> datagrams;
	for (auto& entry : _entries)
	{
		if (entry.due > now)
			continue;
		entry.wait = std::min<Duration>(entry.wait * 2, LAST_RETRANSMISSION);
		entry.due = now + entry.wait;
		++entry.sent;
		datagrams.push_back(entry.datagram);
	}
	return datagrams;
}

void Window::resume(TimePoint now)
{
	for (auto& entry : _entries)
	{
		entry.due = now;
		entry.wait = firstWait() / 2;
		entry.sent = 0;
	}
}

void Window::clear()
{
	_entries.clear();
	_turnedAway = false;
	_needsEmpty = false;
}

bool Window::contains(const std::string& id) const
{
	return std::any_of(_entries.begin(), _entries.end(), [&](const Entry& entry) { return entry.id == id; });
}

bool Window::takeRoom()
{
	const bool room = _needsEmpty ? _entries.empty() : _entries.size() < WINDOW;
	if (!_turnedAway || !room)
		return false;
	_turnedAway = false;
	_needsEmpty = false;
	return true;
}

bool Window::troubled() const
{
	return std::any_of(
		_entries.begin(), _entries.end(), [](const Entry& entry) { return entry.sent >= TROUBLING; });
}

TimePoint Window::nextDeadline() const
{
	TimePoint earliest = NEVER;
	for (const auto& entry : _entries)
		earliest = std::min(earliest, entry.due);
	return earliest;
}

Duration Window::firstWait() const
{
	return std::clamp<Duration>(_roundTrip * 2, FIRST_RETRANSMISSION, LAST_RETRANSMISSION);
}

}
