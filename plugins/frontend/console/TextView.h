#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/protocol/ui/Objects.h"

namespace gimlet::console
{

/// Turns the objects of the node into lines for a terminal. Pure; whatever came from the network is made
/// safe.
class TextView
{
public:
	/// Gives a time of day, "14:03".
	using FormatTime = std::function<std::string(WallTime)>;

	explicit TextView(FormatTime formatTime);

	/// The lines that tell of an object; often none.
	/// @param own Whether it is a message that was typed here: nobody wants to read it twice.
	std::vector<std::string> show(const ui::ToPage& object, bool own = false);

	/// What /peers shows.
	std::vector<std::string> showPeers() const;

	/// What /network shows.
	std::vector<std::string> showNetwork() const;

	/// What /verify shows: the code of the link with a peer and what to do with it.
	std::vector<std::string> showCode(const PeerId& peer) const;

	/// How a peer is called: by its name and as much of its id as tells it from others.
	std::string label(const PeerId& peer) const;

	std::vector<ui::PeerView> peers() const;

private:
	using Lines = std::vector<std::string>;

	Lines lines(const ui::InitInfo& info);
	Lines lines(const ui::StatusUpdate& update);
	Lines lines(const ui::PeerUpdate& update);
	Lines lines(const ui::PeerForgotten& forgotten);
	Lines lines(const ui::MessageReceived& message);
	Lines lines(const ui::MessageSent& message);
	Lines lines(const ui::DeliveryUpdate& update);
	Lines lines(const ui::SignalingStatus& signaling);
	Lines lines(const ui::PluginUpdate& update);
	Lines lines(const ui::NetworkStatus& network);
	Lines lines(const ui::Notice& notice);
	Lines lines(const ui::Verification& verification);
	Lines lines(const ui::Error& error);
	template <typename T>
	Lines lines(const T&)
	{
		return {};
	}

	Lines message(const std::string& time, const std::string& who, const std::string& content) const;

	FormatTime _formatTime;
	std::map<PeerId, ui::PeerView> _peers;
	ui::NetworkStatus _network;
	/// The last status shown of each peer.
	std::map<PeerId, std::string> _shown;
	/// Those who never confirm, told once each.
	std::set<PeerId> _unconfirming;

	/// A message of ours whose fate may still be told.
	struct Said
	{
		std::string id;
		std::string excerpt;
		std::set<PeerId> waits; ///< for whom it was said to be queued
	};

	Said* said(const std::string& id);

	/// The latest, bounded.
	std::deque<Said> _said;
};

}
