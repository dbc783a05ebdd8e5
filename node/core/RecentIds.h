#pragma once

#include <deque>
#include <string>
#include <unordered_set>

namespace gimlet::core
{

/// The last so many ids that were seen, to tell a repetition from something new.
class RecentIds
{
public:
	explicit RecentIds(std::size_t capacity) : _capacity(capacity) {}

	/// Remembers an id, forgetting the oldest beyond capacity. @return False if it was known already.
	bool insert(const std::string& id)
	{
		if (!_known.insert(id).second)
			return false;
		_order.push_back(id);
		if (_order.size() > _capacity)
		{
			_known.erase(_order.front());
			_order.pop_front();
		}
		return true;
	}

	bool contains(const std::string& id) const
	{
		return _known.contains(id);
	}

private:
	std::size_t _capacity;
	std::deque<std::string> _order;
	std::unordered_set<std::string> _known;
};

}
