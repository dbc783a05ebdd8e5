#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/api/ConfigKey.h"
#include "node/api/Endpoint.h"

namespace gimlet
{

/// A listening address as configured: "*:80" has no address and means all of them, v4 and v6.
struct ListenAddress
{
	std::optional<Endpoint> endpoint; ///< empty for "*"
	std::uint16_t port = 0;
};

struct GIMLET_API HostPort
{
	std::string host;
	std::uint16_t port = 0;

	std::string toString() const;
	friend bool operator==(const HostPort&, const HostPort&) = default;
};

/// Which layer a value came from, strongest first.
enum class Origin
{
	CommandLine,
	Environment,
	File,
	Default,
};

/// One plugin's section of the configuration. Every value has been checked against its declaration before
/// a plugin sees it, so the accessors do not fail for a declared key; an undeclared one is a defect and
/// throws Poco::NotFoundException.
class GIMLET_API Settings
{
public:
	struct Value
	{
		std::string text;
		Origin origin = Origin::Default;
		/// Where it stands, for messages: "etc/node.ini:12", "GIMLET_HTTP_LISTEN", "--set".
		std::string where;
		/// The port that an alias (PORT, INTERNAL_UDP_PORT) put in; it wins over the one in text.
		std::optional<std::uint16_t> aliasPort;
		GimletValueType type = GIMLET_TEXT;
		bool secret = false;
	};

	Settings(std::string section, std::map<std::string, Value> values);

	const std::string& section() const
	{
		return _section;
	}

	const Value& value(std::string_view key) const;

	/// Whether somebody gave the value, as opposed to the default.
	bool given(std::string_view key) const;

	const std::string& text(std::string_view key) const;
	bool boolean(std::string_view key) const;
	std::int64_t integer(std::string_view key) const;
	std::chrono::milliseconds seconds(std::string_view key) const;
	std::uint64_t bytes(std::string_view key) const;
	std::vector<std::string> list(std::string_view key) const;
	std::vector<HostPort> hostPorts(std::string_view key) const;

	/// For GIMLET_ENDPOINT, the alias' port put in. The address is the configured one; when only the alias
	/// was given (the text is the default) it is "*".
	ListenAddress endpoint(std::string_view key) const;

private:
	std::string _section;
	std::map<std::string, Value> _values;
};

/// Splits "a, b ,c" into trimmed, non-empty parts.
GIMLET_API std::vector<std::string> splitList(std::string_view text);

/// Parses "host:port" or "[v6]:port"; without a port the default, if there is one. Empty if malformed.
GIMLET_API std::optional<HostPort> parseHostPort(
	std::string_view text, std::optional<std::uint16_t> defaultPort = std::nullopt);

/// Parses "*:80", "192.0.2.1:80", "[::1]:80", "localhost:80". Empty if malformed.
GIMLET_API std::optional<ListenAddress> parseListenAddress(std::string_view text);

/// Parses decimal seconds ("25", "0.5"). Empty if malformed or negative.
GIMLET_API std::optional<std::chrono::milliseconds> parseSeconds(std::string_view text);

/// Parses "65536", "64k", "16M". Empty if malformed or too large.
GIMLET_API std::optional<std::uint64_t> parseBytes(std::string_view text);

/// Parses true, false, yes, no, on, off, 1, 0 in any case. Empty if malformed.
GIMLET_API std::optional<bool> parseBoolean(std::string_view text);

/// Parses a decimal integer with an optional sign. Empty if malformed or too large.
GIMLET_API std::optional<std::int64_t> parseInteger(std::string_view text);

/// Collects what is wrong with a configuration, so that all of it is told at once.
class GIMLET_API Problems
{
public:
	virtual ~Problems();

	/// Reports that a key's value will not do. The file, line and value are added by the collector.
	/// @param message What is wrong and what would be right, without a full stop at the end.
	virtual void add(const std::string& section, const std::string& key, const std::string& message) = 0;
};

}
