#pragma once

#include <deque>
#include <functional>
#include <string>
#include <unordered_set>

namespace gimlet::core
{

/// The last so many ids that were seen, to tell a repetition from something new.
///
/// Ids come from the network and may be long, so that only 64 bits of each are kept: a window of 1,024 takes
/// about 50 KiB, whoever fills it. Two ids that are taken for one by chance are one case in 10^16; a peer
/// that looks for such ids loses messages of its own.
class RecentIds
{
public:
	explicit RecentIds(std::size_t capacity) : _capacity(capacity) {}

	/// Remembers an id, forgetting the oldest beyond capacity. @return False if it was known already.
	bool insert(const std::string& id)
	{
		const auto digest = std::hash<std::string>{}(id);
		if (!_known.insert(digest).second)
			return false;
		_order.push_back(digest);
		if (_order.size() > _capacity)
		{
			_known.erase(_order.front());
			_order.pop_front();
		}
		return true;
	}

	bool contains(const std::string& id) const
	{
		return _known.contains(std::hash<std::string>{}(id));
	}

private:
	std::size_t _capacity;
	std::deque<std::size_t> _order;
	std::unordered_set<std::size_t> _known;
};

}
