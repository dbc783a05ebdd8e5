#include "node/protocol/websocket/Session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

using namespace gimlet;
using namespace gimlet::websocket;

namespace
{

constexpr std::size_t MAX_MESSAGE = 1000;

/// The mask of RFC 6455, section 5.7.
void rfcMask(std::span<std::uint8_t> out)
{
	constexpr std::array<std::uint8_t, 4> MASK = {0x37, 0xfa, 0x21, 0x3d};
	std::copy_n(MASK.begin(), out.size(), out.begin());
}

Buffer bytes(std::initializer_list<int> values)
{
	Buffer result;
	for (const int value : values)
		result.push_back(static_cast<std::uint8_t>(value));
	return result;
}

Buffer operator+(Buffer left, ByteView right)
{
	left.insert(left.end(), right.begin(), right.end());
	return left;
}

/// "type:data" or "type:code:data" of every event that is queued.
std::vector<std::string> events(Session& session)
{
	std::vector<std::string> result;
	while (auto event = session.pollEvent())
	{
		switch (event->type)
		{
		case Event::Type::Text:
			result.push_back("text:" + event->data);
			break;
		case Event::Type::Binary:
			result.push_back("binary:" + event->data);
			break;
		case Event::Type::Pong:
			result.push_back("pong:" + event->data);
			break;
		case Event::Type::Closed:
			result.push_back((event->localFailure ? "failed:" : "closed:") + std::to_string(event->code) +
							 ":" + event->data);
			break;
		}
	}
	return result;
}

Buffer takeOutput(Session& session)
{
	const auto view = session.output();
	Buffer result{view.begin(), view.end()};
	session.sent(result.size());
	return result;
}

/// A server's session, fed with frames that a client pool makes.
class WebSocketServerSession : public testing::Test
{
protected:
	Buffer frame(Opcode opcode, std::string_view payload, bool fin = true)
	{
		Buffer result;
		_clients.write(result, opcode, asBytes(payload), fin);
		return result;
	}

	static Buffer closeFrame(std::uint16_t code)
	{
		return bytes({0x88, 2, code >> 8, code & 0xff});
	}

	FramePool _servers{Role::Server};
	FramePool _clients{Role::Client, rfcMask};
	Session _session{_servers, MAX_MESSAGE};
};

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

}

// RFC 6455, section 5.7: the examples.

TEST_F(WebSocketServerSession, TakesTheMaskedHelloOfRfc6455)
{
	_session.receive(bytes({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}));
	EXPECT_THAT(events(_session), ElementsAre("text:Hello"));
	EXPECT_TRUE(_session.output().empty());
}

TEST_F(WebSocketServerSession, SendsTheUnmaskedHelloOfRfc6455)
{
	_session.sendText("Hello");
	EXPECT_EQ(takeOutput(_session), bytes({0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f}));
}

TEST_F(WebSocketServerSession, AnswersThePingOfRfc6455)
{
	_session.receive(bytes({0x89, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}));
	EXPECT_EQ(takeOutput(_session), bytes({0x8a, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f}));
	EXPECT_THAT(events(_session), IsEmpty());
}

TEST(WebSocketClientSession, SpeaksAndHearsTheExamplesOfRfc6455)
{
	FramePool pool{Role::Client, rfcMask};
	Session session{pool, 100'000};
	session.sendText("Hello");
	EXPECT_EQ(takeOutput(session), bytes({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}));

	session.receive(bytes({0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f}));
	session.receive(bytes({0x01, 0x03, 0x48, 0x65, 0x6c}) + bytes({0x80, 0x02, 0x6c, 0x6f}));
	session.receive(bytes({0x82, 0x7e, 0x01, 0x00}) + Buffer(256, 'a'));
	session.receive(bytes({0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0}) + Buffer(65'536, 'b'));
	EXPECT_THAT(events(session), ElementsAre("text:Hello", "text:Hello", "binary:" + std::string(256, 'a'),
									 "binary:" + std::string(65'536, 'b')));
}

TEST(WebSocketClientSession, RefusesAMaskedFrame)
{
	FramePool pool{Role::Client, rfcMask};
	Session session{pool, MAX_MESSAGE};
	session.receive(bytes({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}));
	EXPECT_THAT(events(session), ElementsAre(StartsWith("failed:1002:")));
}

TEST(WebSocketClientSession, MasksEachFrameAnew)
{
	FramePool pool{Role::Client};
	Session session{pool, MAX_MESSAGE};
	session.sendText("Hello");
	session.sendText("Hello");
	const auto out = takeOutput(session);
	ASSERT_EQ(out.size(), 22U);
	EXPECT_NE(Buffer(out.begin() + 2, out.begin() + 6), Buffer(out.begin() + 13, out.begin() + 17));
}

TEST(WebSocketClientSession, SaysSoWhenThereIsNoRandomness)
{
	FramePool pool{Role::Client, [](std::span<std::uint8_t>) { throw std::runtime_error("none"); }};
	Session session{pool, MAX_MESSAGE};
	EXPECT_THROW(session.sendText("Hello"), std::runtime_error);
	EXPECT_TRUE(session.output().empty());
}

// Fragmentation.

TEST_F(WebSocketServerSession, JoinsFragmentsAroundControlFrames)
{
	_session.receive(frame(Opcode::Text, "on", false) + frame(Opcode::Ping, "now") +
					 frame(Opcode::Continuation, "", false) + frame(Opcode::Pong, "late") +
					 frame(Opcode::Continuation, "e"));
	EXPECT_THAT(events(_session), ElementsAre("pong:late", "text:one"));
	EXPECT_EQ(takeOutput(_session), bytes({0x8a, 3, 'n', 'o', 'w'}));
}

TEST_F(WebSocketServerSession, UnderstandsOneByteAtATime)
{
	const auto stream = frame(Opcode::Text, "gr\xc3\xbc\xc3\x9f", false) + frame(Opcode::Ping, "p") +
						frame(Opcode::Continuation, " dich") + frame(Opcode::Binary, std::string(300, 'x')) +
						frame(Opcode::Close, std::string{"\x03\xe8 \xc3\xbc", 5});
	std::vector<std::string> seen;
	for (const auto byte : stream)
	{
		_session.receive({&byte, 1});
		for (auto& event : events(_session))
			seen.push_back(std::move(event));
	}
	EXPECT_THAT(seen, ElementsAre("text:gr\xc3\xbc\xc3\x9f dich", "binary:" + std::string(300, 'x'),
						  "closed:1000: \xc3\xbc"));
	EXPECT_EQ(takeOutput(_session), bytes({0x8a, 1, 'p'}) + closeFrame(1000));
}

TEST_F(WebSocketServerSession, UnderstandsAnyCutOfAStream)
{
	std::mt19937 random{20261101};
	Buffer stream;
	std::vector<std::string> expected;
	for (int i = 0; i < 200; ++i)
	{
		const std::string payload(random() % 300, static_cast<char>('a' + i % 26));
		const auto cut = payload.size() / 2;
		stream = std::move(stream) + frame(Opcode::Binary, payload.substr(0, cut), false) +
				 frame(Opcode::Continuation, payload.substr(cut));
		expected.push_back("binary:" + payload);
	}
	std::vector<std::string> seen;
	for (ByteView rest = stream; !rest.empty();)
	{
		const auto length = std::min<std::size_t>(1 + random() % 700, rest.size());
		_session.receive(rest.first(length));
		rest = rest.subspan(length);
		for (auto& event : events(_session))
			seen.push_back(std::move(event));
	}
	EXPECT_EQ(seen, expected);
}

// What RFC 6455 forbids.

struct Violation
{
	const char* name;
	Buffer stream;
	std::uint16_t code;
};

class WebSocketViolation : public testing::TestWithParam<Violation>
{
};

TEST_P(WebSocketViolation, EndsTheSessionWithItsCode)
{
	for (const bool byteByByte : {false, true})
	{
		FramePool pool{Role::Server};
		Session session{pool, MAX_MESSAGE};
		const auto& stream = GetParam().stream;
		for (std::size_t i = 0; i < stream.size() && byteByByte; ++i)
			session.receive(ByteView{stream}.subspan(i, 1));
		if (!byteByByte)
			session.receive(stream);
		EXPECT_TRUE(session.finished());
		const auto seen = events(session);
		ASSERT_EQ(seen.size(), 1U);
		EXPECT_THAT(seen[0], StartsWith("failed:" + std::to_string(GetParam().code) + ":"));
		const auto out = takeOutput(session);
		ASSERT_GE(out.size(), 4U);
		EXPECT_EQ(out[0], 0x88);
		EXPECT_EQ(out[2] << 8 | out[3], GetParam().code);

		session.receive(bytes({0x81, 0x80, 0, 0, 0, 0}));
		EXPECT_THAT(events(session), IsEmpty()) << "something was heard after the end";
	}
}

// A mask of zeros leaves the payload readable.
INSTANTIATE_TEST_SUITE_P(All, WebSocketViolation,
	testing::Values(Violation{"Unmasked", bytes({0x81, 0x01, 'a'}), PROTOCOL_ERROR},
		Violation{"UnmaskedAndEmpty", bytes({0x81, 0x00}), PROTOCOL_ERROR},
		Violation{"Rsv1", bytes({0xc1, 0x80, 0, 0, 0, 0}), PROTOCOL_ERROR},
		Violation{"Rsv2", bytes({0xa1, 0x80, 0, 0, 0, 0}), PROTOCOL_ERROR},
		Violation{"Rsv3OnPing", bytes({0x99, 0x80, 0, 0, 0, 0}), PROTOCOL_ERROR},
		Violation{"ReservedDataOpcode", bytes({0x83, 0x80, 0, 0, 0, 0}), PROTOCOL_ERROR},
		Violation{"ReservedControlOpcode", bytes({0x8b, 0x80, 0, 0, 0, 0}), PROTOCOL_ERROR},
		Violation{"ContinuationOfNothing", bytes({0x80, 0x80, 0, 0, 0, 0}), PROTOCOL_ERROR},
		Violation{
			"MessageInsideMessage", bytes({0x01, 0x80, 0, 0, 0, 0, 0x81, 0x80, 0, 0, 0, 0}), PROTOCOL_ERROR},
		Violation{"FragmentedPing", bytes({0x09, 0x80, 0, 0, 0, 0}), PROTOCOL_ERROR},
		Violation{"PingOver125", bytes({0x89, 0xfe, 0, 126, 0, 0, 0, 0}), PROTOCOL_ERROR},
		Violation{"LengthNotMinimal16", bytes({0x81, 0xfe, 0, 125, 0, 0, 0, 0}), PROTOCOL_ERROR},
		Violation{
			"LengthNotMinimal64", bytes({0x81, 0xff, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0}), PROTOCOL_ERROR},
		Violation{
			"LengthNegative", bytes({0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}), PROTOCOL_ERROR},
		Violation{"CloseOfOneByte", bytes({0x88, 0x81, 0, 0, 0, 0, 3}), PROTOCOL_ERROR},
		Violation{"CloseCode999", bytes({0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe7}), PROTOCOL_ERROR},
		Violation{"CloseCode1005", bytes({0x88, 0x82, 0, 0, 0, 0, 0x03, 0xed}), PROTOCOL_ERROR},
		Violation{"CloseCode1006", bytes({0x88, 0x82, 0, 0, 0, 0, 0x03, 0xee}), PROTOCOL_ERROR},
		Violation{"CloseCode1015", bytes({0x88, 0x82, 0, 0, 0, 0, 0x03, 0xf7}), PROTOCOL_ERROR},
		Violation{"CloseCode2000", bytes({0x88, 0x82, 0, 0, 0, 0, 0x07, 0xd0}), PROTOCOL_ERROR},
		Violation{"CloseCode5000", bytes({0x88, 0x82, 0, 0, 0, 0, 0x13, 0x88}), PROTOCOL_ERROR},
		Violation{"CloseReasonNotUtf8", bytes({0x88, 0x83, 0, 0, 0, 0, 0x03, 0xe8, 0xff}), INVALID_PAYLOAD},
		Violation{"TextNotUtf8", bytes({0x81, 0x82, 0, 0, 0, 0, 0xc0, 0xaf}), INVALID_PAYLOAD},
		Violation{"TextWithSurrogate", bytes({0x81, 0x83, 0, 0, 0, 0, 0xed, 0xa0, 0x80}), INVALID_PAYLOAD},
		Violation{"TextEndsInsideCharacter", bytes({0x81, 0x82, 0, 0, 0, 0, 0xe2, 0x82}), INVALID_PAYLOAD},
		Violation{"TooLarge", bytes({0x82, 0xfe, 0x03, 0xe9, 0, 0, 0, 0, 'x'}), TOO_LARGE},
		Violation{"FarTooLarge",
			bytes({0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 'x'}), TOO_LARGE}),
	[](const auto& instance) { return std::string{instance.param.name}; });

TEST_F(WebSocketServerSession, TakesAMessageOfExactlyTheLimitAndNoFragmentMore)
{
	_session.receive(frame(Opcode::Binary, std::string(MAX_MESSAGE, 'x')));
	EXPECT_THAT(events(_session), ElementsAre("binary:" + std::string(MAX_MESSAGE, 'x')));
	_session.receive(frame(Opcode::Binary, std::string(MAX_MESSAGE, 'x'), false));
	EXPECT_THAT(events(_session), IsEmpty());
	_session.receive(frame(Opcode::Continuation, "y"));
	EXPECT_THAT(events(_session), ElementsAre(StartsWith("failed:1009:")));
}

TEST_F(WebSocketServerSession, AcceptsTextSplitInsideACharacter)
{
	_session.receive(frame(Opcode::Text, "\xe2\x82", false) + frame(Opcode::Continuation, "\xac"));
	EXPECT_THAT(events(_session), ElementsAre("text:\xe2\x82\xac"));
}

// Closing.

TEST_F(WebSocketServerSession, EchoesThePeersCloseCode)
{
	for (const std::uint16_t code : {1000, 1001, 1003, 1007, 1011, 1012, 1013, 1014, 3000, 4409, 4999})
	{
		Session session{_servers, MAX_MESSAGE};
		const std::string payload{
			static_cast<char>(code >> 8), static_cast<char>(code & 0xff), 'w', 'h', 'y'};
		session.receive(
			frame(Opcode::Text, "last") + frame(Opcode::Close, payload) + frame(Opcode::Text, "no"));
		EXPECT_THAT(events(session), ElementsAre("text:last", "closed:" + std::to_string(code) + ":why"));
		EXPECT_EQ(takeOutput(session), closeFrame(code));
		EXPECT_TRUE(session.finished());
	}
}

TEST_F(WebSocketServerSession, AnswersACloseWithoutACode)
{
	_session.receive(frame(Opcode::Close, ""));
	EXPECT_THAT(events(_session), ElementsAre("closed:1005:"));
	EXPECT_EQ(takeOutput(_session), bytes({0x88, 0}));
}

TEST_F(WebSocketServerSession, WaitsForThePeersCloseAndDropsItsMessages)
{
	_session.sendText("a");
	_session.close(4000, "bye");
	_session.sendText("too late");
	_session.ping();
	_session.close(1000);
	EXPECT_EQ(takeOutput(_session), bytes({0x81, 1, 'a', 0x88, 5, 4000 >> 8, 4000 & 0xff, 'b', 'y', 'e'}));
	EXPECT_TRUE(_session.closing());
	EXPECT_FALSE(_session.finished());

	_session.receive(frame(Opcode::Text, "crossing") + frame(Opcode::Ping, "") +
					 frame(Opcode::Close, std::string{"\x0f\xa0", 2}));
	EXPECT_THAT(events(_session), ElementsAre("closed:4000:"));
	EXPECT_TRUE(_session.output().empty());
	EXPECT_TRUE(_session.finished());
}

TEST_F(WebSocketServerSession, DropsWhatWasNotPolledWhenTheOwnerCloses)
{
	_session.receive(frame(Opcode::Text, "one") + frame(Opcode::Text, "two"));
	ASSERT_TRUE(_session.pollEvent());
	_session.close(1000);
	EXPECT_THAT(events(_session), IsEmpty());
}

TEST_F(WebSocketServerSession, AMessageMayHaveTheMemoryOfOneThatWasGivenBack)
{
	Session session{_servers, 64 * 1024};
	const std::string datagram(1208, 'x');
	session.receive(frame(Opcode::Binary, datagram));
	auto event = session.pollEvent();
	ASSERT_TRUE(event);
	const char* memory = event->data.data();
	session.recycle(std::move(*event));
	session.receive(frame(Opcode::Text, "y"));
	event = session.pollEvent();
	ASSERT_TRUE(event);
	EXPECT_EQ("y", event->data);
	EXPECT_EQ(memory, event->data.data());
	session.recycle(std::move(*event));

	// What is large is not kept.
	session.receive(frame(Opcode::Binary, std::string(10'000, 'x')));
	event = session.pollEvent();
	ASSERT_TRUE(event);
	session.recycle(std::move(*event));
	session.receive(frame(Opcode::Binary, datagram));
	event = session.pollEvent();
	ASSERT_TRUE(event);
	EXPECT_LE(event->data.capacity(), 4096U);
}

TEST_F(WebSocketServerSession, CutsALongReasonBetweenCharacters)
{
	std::string reason(122, 'x');
	reason += "\xc3\xbc";
	_session.close(1000, reason);
	const auto out = takeOutput(_session);
	EXPECT_EQ(out, bytes({0x88, 124, 0x03, 0xe8}) + Buffer(122, 'x'));
}

TEST_F(WebSocketServerSession, NeverSendsACodeThatMayNotBeSent)
{
	_session.close(1006);
	EXPECT_EQ(takeOutput(_session), closeFrame(INTERNAL_ERROR));
	Session silent{_servers, MAX_MESSAGE};
	silent.close(NO_STATUS);
	EXPECT_EQ(takeOutput(silent), bytes({0x88, 0}));
}

// Output and memory.

TEST_F(WebSocketServerSession, OutputGoesInPieces)
{
	_session.sendText("Hello");
	_session.sendBinary(asBytes("xy"));
	Buffer seen;
	while (!_session.output().empty())
	{
		seen.push_back(_session.output().front());
		_session.sent(1);
	}
	EXPECT_EQ(seen, bytes({0x81, 5, 'H', 'e', 'l', 'l', 'o', 0x82, 2, 'x', 'y'}));
}

TEST_F(WebSocketServerSession, RefusesToMakeALongControlFrame)
{
	Buffer out;
	EXPECT_THROW(_servers.write(out, Opcode::Ping, Buffer(126, 0)), std::invalid_argument);
	EXPECT_TRUE(out.empty());
	_session.ping(Buffer(126, 0));
	EXPECT_EQ(_session.output().size(), 127U);
}

TEST(WebSocketFrames, AReaderIsIdleOnlyBetweenFrames)
{
	FramePool clients{Role::Client};
	Buffer stream;
	std::vector<std::size_t> ends;
	for (const std::size_t length : {0U, 1U, 125U, 126U, 65'535U, 65'536U})
	{
		clients.write(stream, Opcode::Binary, Buffer(length, 'x'));
		ends.push_back(stream.size());
	}
	FrameReader reader;
	FrameReader::Piece piece;
	for (std::size_t i = 0; i < stream.size(); ++i)
	{
		ByteView input = ByteView{stream}.subspan(i, 1);
		while (reader.read(input, piece) == FrameReader::Result::Piece)
		{
		}
		const bool atEnd = std::find(ends.begin(), ends.end(), i + 1) != ends.end();
		ASSERT_EQ(reader.idle(), atEnd) << i;
	}
}

TEST(WebSocketFrames, AReaderWithHalfAHeaderIsNotIdle)
{
	FrameReader reader;
	FrameReader::Piece piece;
	const auto stream = bytes({0x81, 0x80, 1, 2, 3, 4, 0x81});
	ByteView input = stream;
	EXPECT_EQ(reader.read(input, piece), FrameReader::Result::Piece);
	EXPECT_FALSE(reader.idle()) << "wslay has taken the next frame's first byte";
	EXPECT_EQ(reader.read(input, piece), FrameReader::Result::NeedMore);
	EXPECT_FALSE(reader.idle());
}
