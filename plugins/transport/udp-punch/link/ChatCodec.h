#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "node/api/Peer.h"

/// What two nodes say on their chat channel (docs/PROTOCOL.md): one JSON object a message. Pure.
namespace gimlet::udp_punch::chat
{

/// The channel's protocol (RFC 8832, section 8.2.2). One without it, labelled FOREIGN_LABEL, carries bare
/// text.
inline constexpr const char* PROTOCOL = "gimlet-chat/1";
inline constexpr const char* LABEL = "gimlet-chat";
inline constexpr const char* FOREIGN_LABEL = "chat";

/// What ours sends at most, encoded: every data channel takes it (RFC 8841, section 6.1: the default of
/// max-message-size is 64 KiB).
inline constexpr std::size_t MAX_SENT = 65'536;

/// What is accepted of others: they may send bare texts that are larger.
inline constexpr std::size_t MAX_ACCEPTED = (1U << 20U) + 4096;

/// Characters of a message id, as everywhere (Node::send).
inline constexpr std::size_t MAX_ID = 64;

struct Acknowledgement
{
	std::string id;
};

/// An object of another type, for whoever knows it (the verification).
struct Control
{
	std::string type;
	std::string json;
};

using Item = std::variant<ChatMessage, Acknowledgement, Control>;

std::string encode(const ChatMessage& message);
std::string encodeAcknowledgement(const std::string& id);

/// Empty if it is no object, or one without a type, or not what its type demands.
std::optional<Item> decode(std::string_view json);

/// A sentence that says that the message takes more than MAX_SENT bytes as JSON, with both numbers; "" if it
/// fits.
std::string tooLarge(const ChatMessage& message, std::size_t limit = MAX_SENT);

/// The largest content beside an id of 36 characters and a time (see Transport::maxMessage).
std::size_t maxContent();

}
