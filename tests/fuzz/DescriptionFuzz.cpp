// Descriptions and candidate lines of a stranger: what is read can be written, and reads the same again.
#include "plugins/transport/udp-punch/description/Description.h"
#include "tests/fuzz/Require.h"

using namespace gimlet;
using namespace gimlet::udp_punch;

namespace
{

constexpr std::string_view SESSION = "0123456789abcdef";

void checkLine(std::string_view text)
{
	const auto verdict = readCandidateLine(text);
	REQUIRE(verdict.candidate.has_value() == verdict.why.empty());
	if (!verdict.candidate)
		return;
	const auto& candidate = *verdict.candidate;
	REQUIRE(!verdict.notForUs);
	REQUIRE(candidate.port != 0 && candidate.priority != 0);
	REQUIRE(candidate.endpoint.valid() == candidate.hostName.empty());
	REQUIRE(parseCandidateLine(toString(candidate)) == candidate);
}

void checkSignal(std::string_view text)
{
	std::string why;
	const auto signal = decodeSignal(text, SESSION, &why);
	REQUIRE(signal.has_value() == why.empty());
	if (!signal)
		return;
	const auto again = std::visit([](const auto& content) { return encode(content); }, *signal);
	// Members that may be absent are written, so a text that fills the limit does not fit again.
	REQUIRE(again.size() > MAX_SIGNAL || decodeSignal(again, SESSION) == signal);
	if (const auto* description = std::get_if<Description>(&*signal))
	{
		REQUIRE(description->candidates.size() <= MAX_CANDIDATES);
		REQUIRE(description->publicKey.empty() == description->signature.empty());
		REQUIRE(signedText(*description, "lobby", "one", "two") !=
				signedText(*description, "lobby", "two", "one"));
	}
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	const std::string_view text{reinterpret_cast<const char*>(data), size};
	checkLine(text);
	checkSignal(text);
	return 0;
}
