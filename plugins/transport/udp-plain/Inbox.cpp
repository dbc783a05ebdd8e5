#include "plugins/transport/udp-plain/Inbox.h"

#include <algorithm>
#include <utility>

#include "plugins/transport/udp-plain/Timing.h"

namespace gimlet::udp_plain
{

Inbox::Result Inbox::accept(ChatMessage message, std::string after)
{
	Result result;
	if (message.id.empty())
		result.messages.push_back(std::move(message));
	else if (hasShown(message.id))
	{
		result.duplicate = true;
		result.acknowledge.push_back(message.id);
	}
	else if (!after.empty() && !hasShown(after))
		hold(std::move(message), std::move(after));
	else
	{
		show(std::move(message), result);
		releaseAfter(result);
	}
	return result;
}

void Inbox::show(ChatMessage message, Result& result)
{
	std::erase_if(_held, [&](const Held& held) { return held.message.id == message.id; });
	_shown.insert(message.id);
	_order.push_back(message.id);
	if (_order.size() > REMEMBERED_IDS)
	{
		_shown.erase(_order.front());
		_order.pop_front();
	}
	result.acknowledge.push_back(message.id);
	result.messages.push_back(std::move(message));
}

void Inbox::releaseAfter(Result& result)
{
	const auto ready = [&](const Held& held) { return hasShown(held.after); };
	for (auto next = std::find_if(_held.begin(), _held.end(), ready); next != _held.end();
		 next = std::find_if(_held.begin(), _held.end(), ready))
	{
		auto message = std::move(next->message);
		_held.erase(next);
		show(std::move(message), result);
	}
}

void Inbox::hold(ChatMessage message, std::string after)
{
	const auto known = std::find_if(
		_held.begin(), _held.end(), [&](const Held& held) { return held.message.id == message.id; });
	if (known != _held.end())
	{
		// A sender that gave up in between may name another predecessor now.
		known->after = std::move(after);
		return;
	}
	if (_held.size() < WINDOW)
		_held.push_back({std::move(message), std::move(after)});
}

}
