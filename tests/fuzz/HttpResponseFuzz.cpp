#include <algorithm>

#include "node/protocol/http1/ResponseReader.h"
#include "tests/fuzz/Require.h"

using gimlet::http1::ResponseReader;

/// What an HTTP server answers to a node. Holds: memory is bounded, and how the bytes are cut into pieces
/// changes nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	constexpr std::size_t maxBody = 256;
	const gimlet::ByteView bytes{data, size};

	ResponseReader whole(maxBody);
	whole.receive(bytes);
	whole.end();
	REQUIRE(whole.state() == ResponseReader::State::Done || whole.state() == ResponseReader::State::Failed);
	REQUIRE(whole.body().size() <= maxBody);
	REQUIRE(whole.error().empty() == (whole.state() == ResponseReader::State::Done));

	ResponseReader pieces(maxBody);
	for (std::size_t at = 0; at < size; at += 3)
		pieces.receive(bytes.subspan(at, std::min<std::size_t>(3, size - at)));
	pieces.end();
	REQUIRE(pieces.state() == whole.state());
	if (whole.state() == ResponseReader::State::Done)
	{
		REQUIRE(pieces.body() == whole.body());
		REQUIRE(pieces.head().headers == whole.head().headers);
	}
	return 0;
}
