// STUN: whatever is read can be written again and reads the same.
#include <algorithm>
#include <array>
#include <vector>

#include "node/protocol/stun/MessageBuilder.h"
#include "node/protocol/stun/MessageView.h"
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

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	Fault fault = Fault::None;
	const auto message = MessageView::parse({data, size}, &fault);
	REQUIRE(message.has_value() == (fault == Fault::None));
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
