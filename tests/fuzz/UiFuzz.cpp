// What pages and scripts say, and what nodes say to them: the objects of /ui_ws.
#include "node/protocol/ui/Codec.h"
#include "tests/fuzz/Require.h"

using namespace gimlet;

namespace
{

/// What was understood must be written in a form that is understood as the same again.
template <typename T>
void requireRoundTrip(
	std::string_view text, std::optional<T> (*decode)(std::string_view text, std::string& error))
{
	std::string error;
	const auto object = decode(text, error);
	if (!object)
	{
		REQUIRE(!error.empty());
		return;
	}
	const auto again = decode(ui::encode(*object), error);
	REQUIRE(again && *again == *object);
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	const std::string_view text{reinterpret_cast<const char*>(data), size};
	requireRoundTrip(text, ui::decodeFromPage);
	requireRoundTrip(text, ui::decodeToPage);
	return 0;
}
