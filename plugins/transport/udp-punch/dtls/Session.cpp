#include "plugins/transport/udp-punch/dtls/Session.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "plugins/transport/udp-punch/dtls/Connection.h"
#include "plugins/transport/udp-punch/dtls/Record.h"

namespace gimlet::udp_punch::dtls
{

namespace
{

/// A handshake that has not succeeded by then is given up (ours; RFC 6347 names no bound).
constexpr auto GIVE_UP = std::chrono::seconds{30};
/// Records of data that are kept until the session opens: SCTP's INIT comes alone, a few retransmissions and
/// early messages may follow.
constexpr std::size_t MAX_EARLY_RECORDS = 8;
/// Encrypted records of the handshake (Finished and its retransmissions) between two ChangeCipherSpec: those
/// that come too early are kept by OpenSSL, with a buffer of 16 KiB each and 100 of them at most.
constexpr unsigned MAX_NEXT_EPOCH = 16;

}

struct Session::Impl
{
	Impl(Configuration given, Sink& out) :
		configuration(std::move(given)), sink(out), connection(configuration, sink)
	{
	}

	void begin(TimePoint now);
	void take(const Record& record, TimePoint now);
	void shakeHands(const Record& record);
	void opened();
	void receive(const Record& record);
	bool readOne();
	void settle(TimePoint now);
	void fail(std::string why);

	Configuration configuration;
	Sink& sink;
	Connection connection;
	State state = State::New;
	std::string error;
	std::vector<Buffer> early;
	unsigned nextEpoch = 0;
	bool heard = false;
	std::uint64_t dropped = 0;
	TimePoint giveUp = NEVER;
	TimePoint deadline = NEVER;
};

void Session::Impl::begin(TimePoint now)
{
	state = State::Handshaking;
	giveUp = now + GIVE_UP;
}

void Session::Impl::take(const Record& record, TimePoint now)
{
	// Until the client has spoken, a server's OpenSSL would end the handshake for anything else.
	const bool deaf = configuration.role == Role::Server && !heard && !record.isClientHello();
	if (state == State::New && configuration.role == Role::Server && !deaf)
		begin(now);
	if (state == State::Handshaking && !deaf)
		shakeHands(record);
	else if (state == State::Open)
		receive(record);
	else
		++dropped;
}

void Session::Impl::shakeHands(const Record& record)
{
	if (record.type == ContentType::ApplicationData)
	{
		if (record.epoch > 0 && early.size() < MAX_EARLY_RECORDS)
			early.emplace_back(record.bytes.begin(), record.bytes.end());
		else
			++dropped;
		return;
	}
	if (record.type == ContentType::ChangeCipherSpec)
		nextEpoch = 0;
	if (record.epoch > 0 && ++nextEpoch > MAX_NEXT_EPOCH)
	{
		++dropped;
		return;
	}
	heard = true;
	connection.offer(record.bytes);
	switch (connection.handshake())
	{
	case Connection::Progress::Done:
		opened();
		break;
	case Connection::Progress::Failed:
		fail(connection.reason());
		break;
	case Connection::Progress::Waiting:
		break;
	}
}

void Session::Impl::opened()
{
	if (!connection.showedCertificate())
	{
		connection.shutdown();
		fail("the peer did not ask for our DTLS certificate, so it cannot know whom it talks to");
		return;
	}
	state = State::Open;
	// What came in the meantime is answered after the flight that opens the peer's side.
	connection.settle();
	const auto waiting = std::move(early);
	early = {};
	for (const auto& datagram : waiting)
	{
		ByteView rest{datagram};
		if (const auto record = nextRecord(rest); record && state == State::Open)
			receive(*record);
	}
}

void Session::Impl::receive(const Record& record)
{
	connection.offer(record.bytes);
	if (!readOne() && record.type == ContentType::ApplicationData)
		++dropped;
}

bool Session::Impl::readOne()
{
	std::array<std::uint8_t, MAX_PLAINTEXT> data; // not zeroed: it is written before it is read
	const auto result = connection.read(data);
	switch (result.progress)
	{
	case Connection::Progress::Done:
		if (result.length == 0)
		{
			connection.shutdown();
			state = State::Closed;
			return true;
		}
		sink.dtlsReceived(ByteView{data}.first(result.length));
		return true;
	case Connection::Progress::Failed:
		fail(connection.reason());
		return true;
	case Connection::Progress::Waiting:
		break;
	}
	return false;
}

void Session::Impl::settle(TimePoint now)
{
	connection.flush();
	deadline = NEVER;
	if (state != State::Handshaking)
		return;
	deadline = giveUp;
	if (const auto left = connection.untilTimeout())
		deadline = std::min(deadline, now + *left);
}

void Session::Impl::fail(std::string why)
{
	state = State::Failed;
	error = std::move(why);
	early = {};
}

Session::Session(Configuration configuration, Sink& sink) :
	_impl(std::make_unique<Impl>(std::move(configuration), sink))
{
}

Session::~Session() = default;

void Session::start(TimePoint now)
{
	if (_impl->state != State::New)
		return;
	_impl->begin(now);
	if (_impl->configuration.role == Role::Client &&
		_impl->connection.handshake() == Connection::Progress::Failed)
		_impl->fail(_impl->connection.reason());
	_impl->settle(now);
}

void Session::onDatagram(ByteView datagram, TimePoint now)
{
	while (const auto record = nextRecord(datagram))
		_impl->take(*record, now);
	if (!datagram.empty())
		++_impl->dropped;
	_impl->settle(now);
}

void Session::onTimer(TimePoint now)
{
	auto& impl = *_impl;
	if (impl.state == State::Handshaking)
	{
		const bool again = now < impl.giveUp && impl.connection.onTimeout();
		if (!again)
			impl.fail(impl.heard ? "the DTLS handshake with the peer was not finished within 30 s"
								 : "the peer did not answer the DTLS handshake within 30 s");
	}
	impl.settle(now);
}

TimePoint Session::nextDeadline() const
{
	return _impl->deadline;
}

bool Session::send(ByteView data)
{
	if (_impl->state != State::Open || data.empty() || data.size() > MAX_PLAINTEXT)
		return false;
	if (_impl->connection.write(data))
		return true;
	_impl->fail(_impl->connection.reason());
	return false;
}

void Session::close()
{
	auto& impl = *_impl;
	if (impl.state == State::Failed)
		return;
	if (impl.state == State::Open)
		impl.connection.shutdown();
	impl.connection.flush();
	impl.state = State::Closed;
	impl.deadline = NEVER;
}

State Session::state() const
{
	return _impl->state;
}

const std::string& Session::error() const
{
	return _impl->error;
}

std::string Session::cipher() const
{
	return _impl->state == State::Open ? _impl->connection.cipher() : std::string{};
}

bool Session::exportKey(const char* label, std::span<std::uint8_t> out) const
{
	return _impl->state == State::Open && _impl->connection.exportKey(label, out);
}

std::size_t Session::overhead() const
{
	return _impl->connection.overhead();
}

std::uint64_t Session::retransmissions() const
{
	return _impl->connection.retransmissions();
}

std::uint64_t Session::dropped() const
{
	return _impl->dropped;
}

}
