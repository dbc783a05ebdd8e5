#pragma once

#include <optional>
#include <string>

#include "node/api/Stream.h"
#include "node/core/net/CaresResolver.h"
#include "node/core/net/LoopStreamConnector.h"
#include "tests/integration/net/LoopTest.h"

namespace gimlet::test
{

/// Keeps all that becomes of a stream.
struct StreamRecorder final : public StreamHandler
{
	void onStreamOpen() override
	{
		opened = true;
		if (onOpen)
			onOpen();
	}

	void onStreamData(ByteView bytes) override
	{
		data.append(asText(bytes));
		if (onData)
			onData();
	}

	void onStreamDrained() override
	{
		++drained;
	}

	void onStreamClosed(const std::string& error) override
	{
		EXPECT_FALSE(closed) << "closed twice";
		closed = error;
	}

	std::function<void()> onOpen;
	std::function<void()> onData;
	bool opened = false;
	std::string data;
	int drained = 0;
	std::optional<std::string> closed;
};

/// Streams to servers on loopback.
class StreamTest : public LoopTest
{
protected:
	core::CaresResolver _resolver{_loop};
	core::LoopStreamConnector _connector{_loop, _resolver};
};

}
