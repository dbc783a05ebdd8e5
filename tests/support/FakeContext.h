#pragma once

#include <prometheus/registry.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/api/Context.h"
#include "node/api/Settings.h"

namespace gimlet::test
{

/// A resolver that answers what the test wants, when the test wants.
class FakeResolver final : public Resolver
{
public:
	explicit FakeResolver(EventLoop& loop) : _loop(loop) {}

	/// Names with an entry are answered by the loop's next round; the others hang until answer().
	std::map<std::string, Result> answers;

	/// The names asked for, in their order.
	std::vector<std::string> asked;

	/// Answers every lookup of this name that hangs.
	void answer(const std::string& host, const Result& result);

	/// Lookups that hang.
	std::size_t pending() const
	{
		return _pending.size();
	}

	std::unique_ptr<Query> resolve(
		const std::string& host, std::uint16_t port, int family, Callback callback) override;

private:
	struct FakeQuery;

	void finish(FakeQuery& query, Result result);

	EventLoop& _loop;
	std::set<FakeQuery*> _pending;
};

/// What a plugin is given in its tests: a loop of the test's choice, names by FakeResolver, a registry of its
/// own. Whatever else it may want the test provides by the pointers; a null one throws when asked for.
class FakeContext final : public Context
{
public:
	FakeContext(EventLoop& loop, const std::string& plugin);

	FakeResolver names;
	Resolver* ownResolver = nullptr; ///< when set, in place of `names`
	prometheus::Registry registry;
	StreamConnector* connector = nullptr;
	HttpHost* httpHost = nullptr;
	Node* users = nullptr;
	DiscoveryHost* discoveries = nullptr;
	SignalingHost* signalings = nullptr;
	TransportHost* transports = nullptr;
	std::string data;
	const Identity* self = nullptr; ///< when null, testIdentity()

	/// The last state told, and every one with its reason, "degraded: why".
	PluginState state = PluginState::Stopped;
	std::vector<std::string> states;
	std::optional<int> stopRequested;
	std::vector<NetworkFact> facts;

	/// The value of a counter or gauge; labels in any order. Throws std::out_of_range if there is none.
	double metric(const std::string& name, const std::map<std::string, std::string>& labels = {}) const;

	EventLoop& loop() override;
	Resolver& resolver() override;
	StreamConnector& streams() override;
	HttpHost& http() override;
	Poco::Logger& logger() override;
	prometheus::Registry& metrics() override;
	const std::string& dataDirectory() const override;
	const Identity& identity() override;
	Node& node() override;
	DiscoveryHost& discoveryHost() override;
	SignalingHost& signalingHost() override;
	TransportHost& transportHost() override;
	void setState(PluginState newState, const std::string& reason) override;
	void report(const NetworkFact& fact) override;
	void requestStop(int exitCode, const std::string& reason) override;

private:
	EventLoop& _loop;
	Poco::Logger& _logger;
};

/// Settings as the node would hand them over: every key the plugin reads, with its text.
Settings settings(const std::string& section, const std::map<std::string, std::string>& values);

/// Collects "key: message".
class FakeProblems final : public Problems
{
public:
	void add(const std::string& section, const std::string& key, const std::string& message) override;

	std::vector<std::string> all;
};

}
