#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "node/api/Settings.h"
#include "node/http/TrustedProxies.h"

namespace prometheus
{
class Registry;
}

namespace gimlet::http
{

/// What a Host is made from: the keys of [http], and what belongs to the process.
struct HostOptions
{
	/// False: no listener at all; mounts are taken and never asked for.
	bool enabled = true;
	ListenAddress listen{Endpoint::loopback(AF_INET, 8080), 8080};
	/// PEM files; no certificate means no TLS, no private key means that it is in the certificate's file.
	std::string certificate;
	std::string privateKey;
	TrustedProxies trustedProxies;
	std::string metricsToken;
	std::size_t threads = 2;
	std::chrono::milliseconds requestTimeout{10'000};
	std::chrono::milliseconds keepAlive{30'000};
	std::size_t maxRequests = 1000;
	/// How long the other side of a WebSocket may take to answer a close frame.
	std::chrono::milliseconds closeTime{5'000};
	/// Where the host's metrics go and what /metrics shows; must outlive the host. Null: one of its own.
	prometheus::Registry* metrics = nullptr;
	/// The descriptors that are left free for others when new WebSockets are refused.
	std::size_t spareDescriptors = 64;
	/// The number of descriptors that counts as the limit; 0 raises the soft limit (RLIMIT_NOFILE) to
	/// the hard one and takes that.
	std::size_t descriptorLimit = 0;
};

/// Makes options of the section [http], which has been checked key by key. What is wrong between keys or
/// inside them is reported.
HostOptions hostOptions(const Settings& settings, Problems& problems);

/// A token shorter than this cannot hold 128 bits in base64.
inline constexpr std::size_t MIN_TOKEN_LENGTH = 22;

}
