#pragma once

#include <algorithm>
#include <vector>

#include "node/api/Node.h"

namespace gimlet::core
{

/// A list of observers that may change while they are being told something.
class NodeObservers
{
public:
	void add(NodeObserver& observer)
	{
		_observers.push_back(&observer);
	}

	void remove(NodeObserver& observer)
	{
		std::erase(_observers, &observer);
	}

	/// Calls everyone who is on the list now and still is when it is their turn.
	template <typename Call>
	void tell(Call call)
	{
		const auto present = _observers;
		for (auto* observer : present)
			if (std::find(_observers.begin(), _observers.end(), observer) != _observers.end())
				call(*observer);
	}

private:
	std::vector<NodeObserver*> _observers;
};

}
