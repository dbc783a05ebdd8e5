// WebSockets: however a stream is cut, both roles make the same of it; what they hear is whole, valid and
// within the limit; what they say is understood by the other side; and a message that was heard can be said
// again.
#include <algorithm>
#include <tuple>
#include <vector>

#include "node/protocol/json/Utf8.h"
#include "node/protocol/websocket/Handshake.h"
#include "node/protocol/websocket/Session.h"
#include "tests/fuzz/Require.h"

using namespace gimlet;
using namespace gimlet::websocket;

namespace
{

constexpr std::size_t MAX_MESSAGE = 300;

using Told = std::tuple<Event::Type, std::string, std::uint16_t, bool>;

void steadyMask(std::span<std::uint8_t> out)
{
	std::fill(out.begin(), out.end(), std::uint8_t{0x5a});
}

struct Side
{
	explicit Side(Role role) : pool(role, steadyMask), session(pool, MAX_MESSAGE) {}

	void feed(ByteView bytes)
	{
		const bool wasFinished = session.finished();
		session.receive(bytes);
		while (auto event = session.pollEvent())
		{
			REQUIRE(!wasFinished);
			check(*event);
			told.emplace_back(event->type, event->data, event->code, event->localFailure);
		}
		const auto output = session.output();
		said.insert(said.end(), output.begin(), output.end());
		session.sent(output.size());
		REQUIRE(session.output().empty());
	}

	void check(const Event& event)
	{
		const bool last = !told.empty() && std::get<0>(told.back()) == Event::Type::Closed;
		REQUIRE(!last);
		REQUIRE(
			event.type == Event::Type::Binary || json::isUtf8(event.data) || event.type == Event::Type::Pong);
		REQUIRE(event.data.size() <= MAX_MESSAGE);
		if (event.type == Event::Type::Closed)
		{
			REQUIRE(session.finished() && session.closing());
			REQUIRE(event.code == NO_STATUS || mayBeSent(event.code));
		}
		else
		{
			REQUIRE(event.code == 0 && !event.localFailure);
		}
	}

	FramePool pool;
	Session session;
	std::vector<Told> told;
	Buffer said;
};

Role other(Role role)
{
	return role == Role::Server ? Role::Client : Role::Server;
}

/// Everything that was heard is said by the other role, and heard again.
void sayAgain(const Side& heard, Role role)
{
	Side speaker{other(role)};
	Side listener{role};
	for (const auto& [type, data, code, failure] : heard.told)
	{
		if (type == Event::Type::Text)
			speaker.session.sendText(data);
		else if (type == Event::Type::Binary)
			speaker.session.sendBinary(asBytes(data));
		else if (type == Event::Type::Closed)
			speaker.session.close(code, failure ? std::string_view{} : std::string_view{data});
	}
	listener.feed(speaker.session.output());
	auto expected = heard.told;
	std::erase_if(expected, [](const Told& event) { return std::get<0>(event) == Event::Type::Pong; });
	if (!expected.empty() && std::get<3>(expected.back()))
	{
		std::get<1>(expected.back()).clear();
		std::get<3>(expected.back()) = false;
	}
	REQUIRE(listener.told == expected);
}

void runFrames(ByteView stream, Role role, std::size_t cut)
{
	Side whole{role};
	whole.feed(stream);
	Side pieces{role};
	for (ByteView rest = stream; !rest.empty(); rest = rest.subspan(std::min(cut, rest.size())))
		pieces.feed(rest.first(std::min(cut, rest.size())));
	REQUIRE(pieces.told == whole.told);
	REQUIRE(pieces.said == whole.said);

	// What it says, pongs and a close, breaks no rule of the other side.
	Side hearer{other(role)};
	hearer.feed(whole.said);
	for (const auto& event : hearer.told)
		REQUIRE(!std::get<3>(event));
	sayAgain(whole, role);
}

void runAnswer(std::string_view text)
{
	const std::string key = "dGhlIHNhbXBsZSBub25jZQ==";
	const auto answer = parseAnswer(text, key);
	if (answer.result == Answer::Result::Accepted)
		REQUIRE(answer.status == 101 && answer.headLength <= text.size());
	if (answer.result == Answer::Result::Malformed)
		REQUIRE(!answer.error.empty());
	std::string keyed{text.substr(0, 24)};
	if (isKey(keyed))
		REQUIRE(acceptKey(keyed).size() == 28);
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	if (size == 0)
		return 0;
	const auto role = (data[0] & 1U) != 0 ? Role::Client : Role::Server;
	const auto cut = std::size_t{1} + (data[0] >> 2U);
	const ByteView rest{data + 1, size - 1};
	if ((data[0] & 2U) != 0)
		runAnswer(asText(rest));
	else
		runFrames(rest, role, cut);
	return 0;
}
