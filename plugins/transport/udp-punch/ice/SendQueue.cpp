#include "plugins/transport/udp-punch/ice/SendQueue.h"

#include <algorithm>

namespace gimlet::udp_punch::ice
{

SendQueue::Item* SendQueue::push(const Path& path)
{
	if (_begin == _end)
		_begin = _end = 0;
	if (_end >= Timing::MAX_OUTGOING)
		return nullptr;
	if (_end == _items.size())
		_items.emplace_back();
	auto& item = _items[_end++];
	item.path = path;
	item.hops = 0;
	return &item;
}

const SendQueue::Item* SendQueue::pop()
{
	return _begin == _end ? nullptr : &_items[_begin++];
}

void SendQueue::removePort(const Port& port)
{
	const auto begin = _items.begin() + static_cast<std::ptrdiff_t>(_begin);
	const auto end = _items.begin() + static_cast<std::ptrdiff_t>(_end);
	const auto kept = std::remove_if(begin, end, [&](const Item& item) { return item.path.port == &port; });
	_end = static_cast<std::size_t>(kept - _items.begin());
}

}
