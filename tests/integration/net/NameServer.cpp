#include "tests/integration/net/NameServer.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace gimlet::test
{

namespace
{

constexpr std::size_t HEADER = 12;
constexpr std::uint8_t NXDOMAIN = 3;

void append16(Buffer& out, std::size_t value)
{
	out.push_back(static_cast<std::uint8_t>(value >> 8U));
	out.push_back(static_cast<std::uint8_t>(value));
}

}

NameServer::Closer::~Closer()
{
	::close(socket);
}

NameServer::NameServer(EventLoop& loop)
{
	_socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	sockaddr_storage address{};
	const auto length = Endpoint::loopback(AF_INET, 0).toSockaddr(address);
	if (_socket < 0 || ::bind(_socket, reinterpret_cast<sockaddr*>(&address), length) != 0)
		throw std::runtime_error("no socket for the name server");
	_watch = loop.watch(_socket, EventLoop::READABLE, [this](unsigned) { onReadable(); });
}

Endpoint NameServer::endpoint() const
{
	sockaddr_storage address{};
	socklen_t length = sizeof address;
	::getsockname(_socket, reinterpret_cast<sockaddr*>(&address), &length);
	return Endpoint::fromSockaddr(reinterpret_cast<sockaddr*>(&address));
}

void NameServer::add(const std::string& name, const std::string& address)
{
	_names[name].push_back(Endpoint::parseAddress(address, 0).value());
}

void NameServer::ignore(int family)
{
	if (family != AF_INET6)
		_ignored.insert(A);
	if (family != AF_INET)
		_ignored.insert(AAAA);
}

void NameServer::fail(std::uint8_t rcode)
{
	_rcode = rcode;
}

void NameServer::onReadable()
{
	std::array<std::uint8_t, 512> datagram{};
	sockaddr_storage from{};
	socklen_t length = sizeof from;
	const auto size =
		::recvfrom(_socket, datagram.data(), datagram.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
	if (size > static_cast<ssize_t>(HEADER))
		answer({datagram.data(), static_cast<std::size_t>(size)},
			Endpoint::fromSockaddr(reinterpret_cast<sockaddr*>(&from)));
}

void NameServer::answer(ByteView question, const Endpoint& asker)
{
	std::string name;
	std::size_t at = HEADER;
	while (at < question.size() && question[at] != 0)
	{
		const std::size_t label = question[at];
		if (!name.empty())
			name += '.';
		name += asText(question.subspan(at + 1, label));
		at += label + 1;
	}
	++_questions;
	const auto type = static_cast<std::uint16_t>(question[at + 1] << 8U | question[at + 2]);
	if (_ignored.contains(type))
		return;
	const auto known = _names.find(name);
	std::vector<Endpoint> endpoints = known == _names.end() ? std::vector<Endpoint>{} : known->second;
	std::erase_if(endpoints, [type](const Endpoint& one) { return one.isV4() != (type == A); });

	const std::uint8_t rcode = _rcode != 0 ? _rcode : known == _names.end() ? NXDOMAIN : 0;
	Buffer out(question.begin(), question.begin() + static_cast<std::ptrdiff_t>(at + 5));
	out[2] = 0x81;
	out[3] = static_cast<std::uint8_t>(0x80U | rcode);
	out[7] = static_cast<std::uint8_t>(endpoints.size());
	out[9] = out[11] = 0;
	for (const auto& endpoint : endpoints)
	{
		append16(out, 0xc000U | HEADER); // the name, by reference to the question
		append16(out, type);
		append16(out, 1); // IN
		append16(out, 0);
		append16(out, 60); // seconds to live
		append16(out, endpoint.address().size());
		out.insert(out.end(), endpoint.address().begin(), endpoint.address().end());
	}
	sockaddr_storage address{};
	const auto length = asker.toSockaddr(address);
	::sendto(_socket, out.data(), out.size(), 0, reinterpret_cast<sockaddr*>(&address), length);
}

}
