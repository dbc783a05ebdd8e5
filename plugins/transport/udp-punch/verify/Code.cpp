#include "plugins/transport/udp-punch/verify/Code.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string_view>
#include <tuple>

#include "plugins/transport/udp-punch/verify/Words.h"

namespace gimlet::udp_punch::verify
{

namespace
{

// Each ends with its NUL, so that neither is the beginning of the other's input.
constexpr std::string_view COMMITMENT_LABEL{"gimlet-verify-commitment-1\0", 27};
constexpr std::string_view CODE_LABEL{"gimlet-verify-code-1\0", 21};

/// What is hashed: every part has a fixed length or tells it.
class Input
{
public:
	explicit Input(std::string_view label)
	{
		add(asBytes(label));
	}

	Input& add(ByteView bytes)
	{
		_bytes.insert(_bytes.end(), bytes.begin(), bytes.end());
		return *this;
	}
	Input& addId(const PeerId& id)
	{
		if (id.size() > std::numeric_limits<std::uint8_t>::max())
			throw std::runtime_error("a worker id is too long to be verified");
		_bytes.push_back(static_cast<std::uint8_t>(id.size()));
		return add(asBytes(id));
	}

	Bytes32 sha256() const
	{
		Bytes32 digest{};
		if (EVP_Digest(_bytes.data(), _bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1)
			throw std::runtime_error("OpenSSL makes no SHA-256");
		return digest;
	}

private:
	Buffer _bytes;
};

}

Bytes32 commitmentTo(const Side& side)
{
	return Input{COMMITMENT_LABEL}.addId(side.id).add(side.nonce).sha256();
}

Code codeOf(const Side& one, const Side& other, const Bytes32& exported)
{
	const auto& [first, second] = one.id <= other.id ? std::tie(one, other) : std::tie(other, one);
	const auto digest = Input{CODE_LABEL}
							.addId(first.id)
							.addId(second.id)
							.add(first.nonce)
							.add(second.nonce)
							.add(exported)
							.sha256();
	Code code{};
	std::copy_n(digest.begin(), code.size(), code.begin());
	return code;
}

std::string words(const Code& code)
{
	std::string text;
	for (const auto byte : code)
	{
		if (!text.empty())
			text += ' ';
		text += WORDS[byte];
	}
	return text;
}

std::string digits(const Code& code)
{
	std::uint64_t number = 0;
	for (const auto byte : code)
		number = number << 8U | byte;
	constexpr std::uint64_t GROUP = 1000;
	return fmt::format("{:04} {:03} {:03} {:03}", number / (GROUP * GROUP * GROUP),
		number / (GROUP * GROUP) % GROUP, number / GROUP % GROUP, number % GROUP);
}

}
