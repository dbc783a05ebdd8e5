#pragma once

#include <set>
#include <string>
#include <utility>

#include "node/protocol/ui/Objects.h"

namespace gimlet::console
{

/// What was sent here and has no final fate yet. The node's outbox bounds it.
class Outstanding
{
public:
	/// A message that was sent here was accepted.
	void sent(const ui::MessageSent& message)
	{
		for (const auto& peer : message.to)
			_waiting.emplace(message.id, peer);
	}

	/// Takes what is told of deliveries, of any message.
	void update(const ui::DeliveryUpdate& update)
	{
		const auto state = update.delivery.state;
		if (state == Delivery::Delivered || state == Delivery::Unconfirmed || state == Delivery::Failed)
			_waiting.erase({update.id, update.delivery.peer});
	}

	bool empty() const
	{
		return _waiting.empty();
	}

	std::size_t size() const
	{
		return _waiting.size();
	}

private:
	std::set<std::pair<std::string, PeerId>> _waiting;
};

}
