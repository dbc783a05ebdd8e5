#include "tests/support/FakeContext.h"

#include <stdexcept>

#include "tests/support/TestIdentity.h"

namespace gimlet::test
{

namespace
{

template <typename Service>
Service& provided(Service* service, const char* what)
{
	if (!service)
		throw std::logic_error(std::string{"the test has not provided "} + what);
	return *service;
}

}

struct FakeResolver::FakeQuery final : Resolver::Query
{
	FakeQuery(FakeResolver& resolver, std::string name, Callback function) :
		owner(resolver), host(std::move(name)), callback(std::move(function))
	{
		owner._pending.insert(this);
	}
	~FakeQuery() override
	{
		owner._pending.erase(this);
	}

	FakeResolver& owner;
	std::string host;
	Callback callback;
	Timer delivery;
};

std::unique_ptr<Resolver::Query> FakeResolver::resolve(
	const std::string& host, std::uint16_t port, int family, Callback callback)
{
	asked.push_back(host);
	auto query = std::make_unique<FakeQuery>(*this, host, std::move(callback));
	if (const auto found = answers.find(host); found != answers.end())
	{
		Result result{.endpoints = {}, .error = found->second.error};
		for (const auto& endpoint : found->second.endpoints)
			if (family == AF_UNSPEC || family == endpoint.family())
				result.endpoints.push_back(endpoint.withPort(port));
		finish(*query, std::move(result));
	}
	return query;
}

void FakeResolver::answer(const std::string& host, const Result& result)
{
	for (auto* query : _pending)
		if (query->host == host)
			finish(*query, result);
}

void FakeResolver::finish(FakeQuery& query, Result result)
{
	query.delivery = _loop.after(Duration::zero(),
		[callback = query.callback, answer = std::move(result)]
		{
			const auto copy = callback; // the callback may destroy its query, and with it the timer
			copy(answer);
		});
}

FakeContext::FakeContext(EventLoop& loop, const std::string& plugin) :
	names(loop), _loop(loop), _logger(Poco::Logger::get(plugin))
{
}

double FakeContext::metric(const std::string& name, const std::map<std::string, std::string>& labels) const
{
	for (const auto& family : registry.Collect())
		for (const auto& metric : family.metric)
		{
			std::map<std::string, std::string> found;
			for (const auto& label : metric.label)
				found.emplace(label.name, label.value);
			if (family.name == name && found == labels)
				return metric.counter.value + metric.gauge.value;
		}
	throw std::out_of_range("no metric " + name);
}

EventLoop& FakeContext::loop()
{
	return _loop;
}

Resolver& FakeContext::resolver()
{
	if (ownResolver)
		return *ownResolver;
	return names;
}

StreamConnector& FakeContext::streams()
{
	return provided(connector, "streams");
}

HttpHost& FakeContext::http()
{
	return provided(httpHost, "HTTP");
}

Poco::Logger& FakeContext::logger()
{
	return _logger;
}

prometheus::Registry& FakeContext::metrics()
{
	return registry;
}

const std::string& FakeContext::dataDirectory() const
{
	return data;
}

const Identity& FakeContext::identity()
{
	return self ? *self : testIdentity();
}

Node& FakeContext::node()
{
	return provided(users, "a node");
}

DiscoveryHost& FakeContext::discoveryHost()
{
	return provided(discoveries, "a discovery host");
}

SignalingHost& FakeContext::signalingHost()
{
	return provided(signalings, "a signaling host");
}

TransportHost& FakeContext::transportHost()
{
	return provided(transports, "a transport host");
}

void FakeContext::setState(PluginState newState, const std::string& reason)
{
	state = newState;
	states.push_back(std::string{toString(newState)} + (reason.empty() ? "" : ": ") + reason);
}

void FakeContext::report(const NetworkFact& fact)
{
	facts.push_back(fact);
}

void FakeContext::requestStop(int exitCode, const std::string&)
{
	stopRequested = exitCode;
}

Settings settings(const std::string& section, const std::map<std::string, std::string>& values)
{
	std::map<std::string, Settings::Value> result;
	for (const auto& [key, text] : values)
	{
		Settings::Value value;
		value.text = text;
		value.origin = Origin::File;
		value.where = "test.ini";
		result.emplace(key, value);
	}
	return {section, std::move(result)};
}

void FakeProblems::add(const std::string&, const std::string& key, const std::string& message)
{
	all.push_back(key + ": " + message);
}

}
