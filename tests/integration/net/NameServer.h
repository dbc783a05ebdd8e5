#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "node/api/Endpoint.h"
#include "node/api/EventLoop.h"

namespace gimlet::test
{

/// A name server on loopback that knows the names the test tells it, on the test's own loop.
class NameServer
{
public:
	explicit NameServer(EventLoop& loop);

	Endpoint endpoint() const;

	/// Gives a name an address; A or AAAA by its family. The port is ignored.
	void add(const std::string& name, const std::string& address);

	/// Never answers questions for a family's record (or, with AF_UNSPEC, any).
	void ignore(int family);

	/// Answers everything with this RCODE (RFC 1035, section 4.1.1; 2 is SERVFAIL).
	void fail(std::uint8_t rcode);

	std::size_t questions() const
	{
		return _questions;
	}

private:
	void onReadable();
	void answer(ByteView question, const Endpoint& asker);

	static constexpr std::uint16_t A = 1;
	static constexpr std::uint16_t AAAA = 28;

	int _socket = -1;
	struct Closer
	{
		int& socket;
		~Closer();
	} _closer{_socket};
	std::map<std::string, std::vector<Endpoint>> _names;
	std::set<std::uint16_t> _ignored;
	std::uint8_t _rcode = 0;
	std::size_t _questions = 0;
	Watch _watch;
};

}
