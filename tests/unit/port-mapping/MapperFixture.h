#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plugins/discovery/port-mapping/PortMapper.h"

namespace gimlet::port_mapping
{

inline const pcp::Nonce NONCE{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
inline const Endpoint EXTERNAL = *Endpoint::parse("203.0.113.7:40002");

/// A mapper in virtual time, whose events are kept as text.
class PortMapperTest : public testing::Test
{
protected:
	TimePoint _now{std::chrono::hours{100}};
	std::optional<PortMapper> _mapper;
	std::vector<std::string> _events;
	std::vector<Job> _jobs;
	std::size_t _datagrams = 0;

	void start(std::vector<Protocol> protocols = {Protocol::Pcp, Protocol::NatPmp, Protocol::Upnp})
	{
		_mapper.emplace(PortMapper::Options{.protocols = std::move(protocols),
							.gateway = *Endpoint::parse("192.168.1.1:0"),
							.client = *Endpoint::parse("192.168.1.20:0"),
							.internalPort = 40001,
							.lifetime = std::chrono::seconds{7200},
							.nonce = NONCE,
							.random = [] { return 0.5; }},
			_now);
		settle();
	}

	void settle()
	{
		while (_mapper->pollTransmit())
			++_datagrams;
		while (auto job = _mapper->pollJob())
			_jobs.push_back(*job);
		while (const auto event = _mapper->pollEvent())
		{
			if (const auto* found = std::get_if<Found>(&*event))
				_events.push_back(
					std::string{"found "} + found->external.toString() + " " + toString(found->protocol));
			else if (const auto* lost = std::get_if<Lost>(&*event))
				_events.push_back("lost " + lost->external.toString());
			else if (const auto* tried = std::get_if<Tried>(&*event))
				_events.push_back(std::string{toString(tried->protocol)} + ": " + tried->text);
			else
				_events.emplace_back("done");
		}
	}

	/// What has happened since the last time.
	std::vector<std::string> events()
	{
		return std::exchange(_events, {});
	}

	void pass(Duration duration)
	{
		const auto end = _now + duration;
		while (_mapper->nextDeadline() <= end)
		{
			_now = std::max(_now, _mapper->nextDeadline());
			_mapper->onTimer(_now);
			settle();
		}
		_now = end;
	}

	void grantPcp(std::uint32_t lifetime, const Endpoint& external = EXTERNAL)
	{
		_mapper->onDatagram(
			encode(pcp::Response{.opcode = pcp::Opcode::Map,
				.lifetime = lifetime,
				.epoch = static_cast<std::uint32_t>(
					std::chrono::duration_cast<std::chrono::seconds>(_now.time_since_epoch()).count()),
				.map = pcp::Mapped{NONCE, 17, 40001, external}}),
			_now);
		settle();
	}

	/// Answers the last job.
	void answer(const std::string& error, const Endpoint& external = EXTERNAL,
		std::chrono::seconds lifetime = std::chrono::seconds{3600})
	{
		_mapper->onResult({.number = _jobs.back().number,
							  .error = error,
							  .external = external,
							  .lifetime = lifetime,
							  .router = "http://192.168.1.1:5000/ctl type"},
			_now);
		settle();
	}
};

}
