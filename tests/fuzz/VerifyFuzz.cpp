// The verification: what is read can be written and reads the same; whatever a peer says, our number is shown
// only after his commitment, a code is there only for one who kept to his, and a failure is for ever.
#include <string>

#include "plugins/transport/udp-punch/verify/VerifyMachine.h"
#include "tests/fuzz/Require.h"

using namespace gimlet;
using namespace gimlet::udp_punch::verify;
using State = VerifyMachine::State;

namespace
{

/// One message a line.
void converse(std::string_view lines)
{
	VerifyMachine machine{{.self = "aaaaaaaa-aaaa-8aaa-8aaa-aaaaaaaaaaaa",
		.peer = "bbbbbbbb-bbbb-8bbb-8bbb-bbbbbbbbbbbb",
		.nonce = {1},
		.exported = {2}}};
	bool committed = false;
	std::size_t sent = 0;
	while (!lines.empty())
	{
		const auto line = lines.substr(0, lines.find('\n'));
		lines.remove_prefix(std::min(line.size() + 1, lines.size()));
		const auto before = machine.state();
		const auto message = decode(line);
		committed = committed || (message && std::holds_alternative<Commit>(*message));
		machine.onMessage(line);
		REQUIRE(before != State::Failed || machine.state() == State::Failed);
		REQUIRE(message || machine.state() == State::Failed);
		REQUIRE((machine.state() == State::Failed) == !machine.error().empty());
		REQUIRE((machine.state() == State::Done) == machine.code().has_value());
		while (const auto text = machine.pollTransmit())
		{
			const auto own = decode(*text);
			REQUIRE(own.has_value());
			REQUIRE(committed || std::holds_alternative<Commit>(*own));
			++sent;
		}
		REQUIRE(sent <= 2);
	}
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	const auto text = asText({data, size});
	if (const auto message = decode(text))
		REQUIRE(decode(encode(*message)) == message);
	converse(text);
	return 0;
}
