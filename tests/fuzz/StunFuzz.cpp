// STUN: whatever is read can be written again and reads the same; the server answers briefly and never an
// answer; discovery takes nothing that is not the answer to its question.
#include <algorithm>
#include <array>
#include <vector>

#include "node/protocol/stun/MessageBuilder.h"
#include "node/protocol/stun/MessageView.h"
#include "plugins/discovery/stun/GatherMachine.h"
#include "plugins/service/stun-server/Responder.h"
#include "tests/fuzz/Require.h"

using namespace gimlet;
using namespace gimlet::stun;

namespace
{

bool sameAttributes(const MessageView& one, const MessageView& other)
{
	auto left = one.begin();
	auto right = other.begin();
	for (; left != one.end() && right != other.end(); ++left, ++right)
		if (left->type != right->type || !std::ranges::equal(left->value, right->value))
			return false;
	return left == one.end() && right == other.end();
}

MessageView read(ByteView bytes)
{
	Fault fault = Fault::None;
	const auto message = MessageView::parse(bytes, &fault);
	REQUIRE(message && fault == Fault::None);
	return *message;
}

/// Attributes that came are written one by one.
void rebuild(const MessageView& message)
{
	Buffer buffer(message.bytes().size());
	MessageBuilder builder(buffer, message.messageClass(), message.method(), message.transactionId());
	for (const auto& attribute : message)
		builder.add(attribute.type, attribute.value);
	const auto again = read(builder.finish());
	REQUIRE(again.messageClass() == message.messageClass());
	REQUIRE(again.method() == message.method());
	REQUIRE(std::ranges::equal(again.transactionId(), message.transactionId()));
	REQUIRE(sameAttributes(again, message));
}

/// Values that could be read are written from what they mean.
void rewriteValues(const MessageView& message)
{
	std::array<std::uint8_t, 65600> buffer{};
	MessageBuilder builder(buffer, MessageClass::ErrorResponse, method::BINDING, message.transactionId());
	const auto mapped = message.address();
	const auto masked = message.xorAddress();
	const auto error = message.errorCode();
	if (mapped)
		builder.address(*mapped);
	if (masked)
		builder.xorAddress(*masked);
	if (error)
		builder.errorCode(error->code, error->reason);
	std::array<std::uint16_t, 16> unknown{};
	const auto count = std::min(message.unknownAttributes(unknown), unknown.size());
	builder.unknownAttributes(std::span{unknown}.first(count));
	const auto key = message.find(attribute::USERNAME).value_or(ByteView{});
	const auto bytes = builder.integrity(key).integritySha256(key).fingerprint().finish();
	if (bytes.empty())
		return; // a reason as long as the message itself leaves no room for the sums
	const auto again = read(bytes);
	REQUIRE(again.address() == mapped);
	REQUIRE(again.xorAddress() == masked);
	REQUIRE(again.errorCode().has_value() == error.has_value());
	REQUIRE(!error || (again.errorCode()->code == error->code && again.errorCode()->reason == error->reason));
	REQUIRE(again.unknownAttributes({}) == count);
	REQUIRE(again.integrity(key) == Check::Valid);
	REQUIRE(again.integritySha256(key) == Check::Valid);
	REQUIRE(again.fingerprint() == Check::Valid);
}

void serve(ByteView datagram)
{
	using stun_server::Responder;
	static const Responder responder{"fuzz"};
	const auto source = Endpoint::loopback(AF_INET6, 40001);
	std::array<std::uint8_t, Responder::LARGEST_ANSWER> answer{};
	const auto result = responder.respond(datagram, source, answer);
	REQUIRE(result.length <= answer.size());
	if (result.length == 0)
		return;
	const auto bytes = ByteView{answer}.first(result.length);
	auto view = MessageView::parse(bytes);
	REQUIRE(view.has_value() == MessageView::parse(datagram).has_value());
	if (!view)
		view = MessageView::parseOld(bytes);
	REQUIRE(view && view->bytes().size() == result.length);
	const bool success = view->messageClass() == MessageClass::SuccessResponse;
	REQUIRE(success || view->messageClass() == MessageClass::ErrorResponse);
	REQUIRE(!success || view->xorAddress() == source || view->address() == source);
	std::array<std::uint8_t, Responder::LARGEST_ANSWER> echo{};
	REQUIRE(responder.respond(bytes, source, echo).length == 0);
}

/// A server with two addresses answers the same and says from where, and nothing that it would not answer
/// with one.
void serveTwice(ByteView datagram)
{
	using namespace stun_server;
	static const Responder responder{std::string(Responder::LARGEST_SOFTWARE, 's')};
	static const Corner corner{
		Endpoint::parse("[2001:db8::1]:3478").value(), Endpoint::parse("[2001:db8::2]:3479").value()};
	const auto source = Endpoint::loopback(AF_INET6, 40001);
	std::array<std::uint8_t, Responder::LARGEST_ANSWER> answer{};
	const auto alone = responder.respond(datagram, source, answer);
	const auto result = responder.respond(datagram, source, answer, &corner);
	REQUIRE((result.length == 0) == (alone.length == 0));
	REQUIRE(result.change == 0 || result.outcome == Outcome::Answered);
	const auto view = MessageView::parse(ByteView{answer}.first(result.length));
	if (!view || view->messageClass() != MessageClass::SuccessResponse)
		return;
	REQUIRE(view->address(attribute::OTHER_ADDRESS) == corner.other);
	REQUIRE(view->address(attribute::RESPONSE_ORIGIN) == corner.changed(result.change));
}

/// The datagram comes from the server asked, once as it is and once with the right transaction id.
void discover(ByteView datagram)
{
	using namespace stun_discovery;
	static const Random random{[] { return TransactionId{7}; }, [] { return 0.5; }};
	TimePoint now{std::chrono::hours{1}};
	const auto server = Endpoint::loopback(AF_INET, DEFAULT_PORT);
	GatherMachine machine({AF_INET, AF_INET6}, 8081, {"server"}, Timing{}, random, now);
	machine.resolved("server", {server}, now);
	REQUIRE(machine.pollTransmit());
	FreshLook look{server, Timing{}, random, now};
	REQUIRE(look.pollTransmit());
	Buffer answer(datagram.begin(), datagram.end());
	machine.onDatagram(answer, server, now);
	const auto id = TransactionId{7};
	if (answer.size() >= HEADER_SIZE)
		std::copy(id.begin(), id.end(), answer.begin() + 8);
	machine.onDatagram(answer, server, now);
	REQUIRE(!look.onDatagram(datagram, Endpoint::loopback(AF_INET6, DEFAULT_PORT), now));
	if (const auto mapped = look.onDatagram(answer, server, now))
	{
		REQUIRE(look.isOver() && mapped->isV4() && mapped->port() != 0);
		machine.sampled(look, *mapped, now);
	}
	for (int i = 0; i < 20; ++i)
	{
		while (machine.pollTransmit())
			continue;
		while (const auto event = machine.pollEvent())
			if (const auto* found = std::get_if<Found>(&*event))
				REQUIRE(found->mapped.isV4() && found->mapped.port() != 0);
		REQUIRE(machine.nextDeadline() >= now);
		now = machine.nextDeadline();
		machine.onTimer(now);
	}
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	Fault fault = Fault::None;
	const auto message = MessageView::parse({data, size}, &fault);
	REQUIRE(message.has_value() == (fault == Fault::None));
	serve({data, size});
	serveTwice({data, size});
	discover({data, size});
	if (!message)
		return 0;
	REQUIRE(message->bytes().size() <= size);
	const auto integrity = message->integrity(asBytes("VOkJxbRl1RmTxUk/WvJxBt"));
	REQUIRE((integrity == Check::Absent) == !message->has(attribute::MESSAGE_INTEGRITY));
	REQUIRE((message->fingerprint() == Check::Absent) == !message->has(attribute::FINGERPRINT));
	std::array<std::uint16_t, 4> unknown{};
	REQUIRE(message->unknownRequired({}, unknown) <= unknown.size());
	rebuild(*message);
	rewriteValues(*message);
	return 0;
}
