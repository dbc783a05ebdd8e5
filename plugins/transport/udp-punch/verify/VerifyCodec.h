#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "plugins/transport/udp-punch/verify/Code.h"

/// The two messages of a verification, JSON objects on the chat channel.
namespace gimlet::udp_punch::verify
{

struct Commit
{
	static constexpr const char* TYPE = "verify_commit";

	Bytes32 commitment{};

	friend bool operator==(const Commit&, const Commit&) = default;
};

struct Reveal
{
	static constexpr const char* TYPE = "verify_reveal";

	Bytes32 nonce{};

	friend bool operator==(const Reveal&, const Reveal&) = default;
};

using Message = std::variant<Commit, Reveal>;

/// Whether a message of this type belongs here.
inline bool isVerifyType(std::string_view type)
{
	return type == Commit::TYPE || type == Reveal::TYPE;
}

std::string encode(const Message& message);

/// Reads what encode() writes, strictly: at most 1 KiB, 64 hexadecimal digits in lower case; unknown members
/// are ignored. Empty for anything else.
std::optional<Message> decode(std::string_view json);

}
