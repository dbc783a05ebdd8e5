// The part of NodeCore that deals with channels: who hears of those that peers open, and by whom ours go.
#include "node/api/Log.h"
#include "node/core/NodeCore.h"
#include "node/core/PeerText.h"

namespace gimlet::core
{

Channel* NodeCore::openChannel(const PeerId& peer, const ChannelOptions& options, ChannelObserver& observer)
{
	auto* record = find(peer);
	if (!record || !record->transport || !linked(record->info.link))
		return nullptr;
	return record->transport->openChannel(peer, options, observer);
}

void NodeCore::serveChannels(const std::string& label, ChannelService* service)
{
	if (service)
		_services[label] = service;
	else
		_services.erase(label);
}

ChannelObserver* NodeCore::channelOffered(Transport& from, const PeerId& peer, Channel& channel)
{
	const auto* record = find(peer);
	if (!record || record->transport != &from)
		return nullptr;
	const auto service = _services.find(channel.options().label);
	if (service != _services.end())
		return service->second->channelOffered(peer, channel);
	logDebug(_logger, "{} opened a channel that nobody here serves: {}", label(record->info),
		printable(channel.options().label, 64));
	return nullptr;
}

}
