#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/protocol/stun/Digest.h"
#include "node/protocol/stun/MessageBuilder.h"
#include "node/protocol/stun/MessageView.h"
#include "plugins/discovery/turn/ChannelData.h"

namespace gimlet::test
{

/// A TURN server of few lines, which answers requests as a test wants it to: long-term credentials as RFC
/// 8489, section 9.2.4, one allocation, permissions and channels.
class ScriptedServer
{
public:
	std::string user = "anna";
	std::string password = "secret";
	std::string realm = "example.org";
	std::string nonce = "nonce-1";
	bool authenticates = true;
	bool signs = true;
	std::uint32_t lifetime = 600;
	std::vector<Endpoint> relayed{Endpoint::parse("198.51.100.7:50000").value()};
	Endpoint mapped = Endpoint::parse("203.0.113.9:40000").value();
	/// Error codes in place of the success of a method.
	std::map<std::uint16_t, std::uint16_t> refuses;
	Endpoint alternate; ///< for 300

	// What it has seen and keeps.
	std::map<std::uint16_t, int> requests; ///< by method
	std::optional<std::uint32_t> lastLifetime;
	std::set<std::string> permitted; ///< addresses
	std::map<std::uint16_t, Endpoint> channels;

	/// The answer to a request; empty to what is none.
	Buffer answer(ByteView bytes)
	{
		using namespace stun;
		const auto request = MessageView::parse(bytes);
		if (!request || request->messageClass() != MessageClass::Request)
			return {};
		++requests[request->method()];
		if (authenticates)
			if (const auto code = challenge(*request))
				return error(*request, *code);
		if (const auto refusal = refuses.find(request->method()); refusal != refuses.end())
			return error(*request, refusal->second);
		return success(*request);
	}

	/// A Data indication of a peer.
	static Buffer indication(const Endpoint& peer, std::string_view data)
	{
		Buffer buffer(data.size() + 100);
		const auto bytes =
			stun::MessageBuilder(buffer, stun::MessageClass::Indication, stun::method::DATA, ID)
				.xorAddress(peer, stun::attribute::XOR_PEER_ADDRESS)
				.text(stun::attribute::DATA, data)
				.finish();
		return {bytes.begin(), bytes.end()};
	}

	/// The same on a channel.
	static Buffer onChannel(std::uint16_t number, std::string_view data)
	{
		Buffer buffer(data.size() + 8);
		buffer.resize(turn::writeChannelData(buffer, number, asBytes(data), false));
		return buffer;
	}

	std::array<std::uint8_t, 16> key() const
	{
		return stun::longTermKeyMd5(user, realm, password);
	}

private:
	static constexpr stun::TransactionId ID{'s', 'c', 'r', 'i', 'p', 't', 'e', 'd', 0, 0, 0, 1};

	std::optional<std::uint16_t> challenge(const stun::MessageView& request) const
	{
		using namespace stun;
		if (!request.has(attribute::MESSAGE_INTEGRITY))
			return error::UNAUTHENTICATED;
		if (request.text(attribute::NONCE) != nonce)
			return error::STALE_NONCE;
		if (request.text(attribute::USERNAME) != user || request.text(attribute::REALM) != realm ||
			request.integrity(key()) != Check::Valid)
			return error::UNAUTHENTICATED;
		return std::nullopt;
	}

	Buffer error(const stun::MessageView& request, std::uint16_t code) const
	{
		using namespace stun;
		std::array<std::uint8_t, 512> buffer{};
		MessageBuilder builder(
			buffer, MessageClass::ErrorResponse, request.method(), request.transactionId());
		builder.errorCode(code, "as the test wants");
		if (code == error::TRY_ALTERNATE)
			builder.address(alternate, attribute::ALTERNATE_SERVER);
		if (code == error::UNAUTHENTICATED || code == error::STALE_NONCE)
			builder.text(attribute::REALM, realm).text(attribute::NONCE, nonce);
		else if (authenticates && signs)
			builder.integrity(key());
		const auto bytes = builder.finish();
		return {bytes.begin(), bytes.end()};
	}

	Buffer success(const stun::MessageView& request)
	{
		using namespace stun;
		std::array<std::uint8_t, 512> buffer{};
		MessageBuilder builder(
			buffer, MessageClass::SuccessResponse, request.method(), request.transactionId());
		const auto peer = request.xorAddress(attribute::XOR_PEER_ADDRESS);
		switch (request.method())
		{
		case method::ALLOCATE:
			for (const auto& address : relayed)
				builder.xorAddress(address, attribute::XOR_RELAYED_ADDRESS);
			builder.xorAddress(mapped).number32(attribute::LIFETIME, lifetime);
			break;
		case method::REFRESH:
			lastLifetime = request.number32(attribute::LIFETIME);
			builder.number32(attribute::LIFETIME, lifetime);
			break;
		case method::CREATE_PERMISSION:
			permitted.insert(peer->addressString());
			break;
		default:
			channels[static_cast<std::uint16_t>(*request.number32(attribute::CHANNEL_NUMBER) >> 16U)] = *peer;
		}
		if (authenticates && signs)
			builder.integrity(key());
		const auto bytes = builder.finish();
		return {bytes.begin(), bytes.end()};
	}
};

}
