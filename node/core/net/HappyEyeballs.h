#pragma once

#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/api/Endpoint.h"
#include "node/api/Time.h"

namespace gimlet::core
{

/// Decides which address of a host is tried when (RFC 8305, "Happy Eyeballs"): IPv6 first, then by turns,
/// a next one whenever 250 ms have passed or one has failed. A machine: it connects to nothing itself.
class HappyEyeballs
{
public:
	/// RFC 8305, section 8: Resolution Delay and Connection Attempt Delay.
	static constexpr std::chrono::milliseconds RESOLUTION_DELAY{50};
	static constexpr std::chrono::milliseconds ATTEMPT_DELAY{250};
	/// Ours: of each family; a name with more is a mistake or an attack.
	static constexpr std::size_t MAX_ENDPOINTS = 8;

	/// @param families Those whose answer is awaited.
	explicit HappyEyeballs(std::set<int> families) : _resolving(std::move(families)) {}

	/// The answer for one family. Endpoints of another family count by their own.
	/// @param error A sentence; used if no endpoint is found at all.
	void onResolved(
		int family, const std::vector<Endpoint>& endpoints, const std::string& error, TimePoint now);

	/// An attempt has failed. @param error A sentence that names the endpoint.
	void onFailed(const std::string& error, TimePoint now);

	/// The endpoint to connect to now, beside those that are being tried; empty if none is due.
	std::optional<Endpoint> pollAttempt(TimePoint now);

	/// When pollAttempt will have one.
	TimePoint nextDeadline() const;

	/// Whether everything has been tried and has failed.
	bool exhausted() const;

	/// What failed, in one sentence.
	std::string error() const;

private:
	std::deque<Endpoint>& queueOf(int family);
	void remember(std::vector<std::string>& errors, const std::string& error);

	std::set<int> _resolving;
	std::deque<Endpoint> _v6;
	std::deque<Endpoint> _v4;
	int _lastFamily = AF_INET;
	unsigned _running = 0;
	bool _begun = false;
	TimePoint _next = NEVER;
	std::vector<std::string> _resolveErrors;
	std::vector<std::string> _connectErrors;
};

}
