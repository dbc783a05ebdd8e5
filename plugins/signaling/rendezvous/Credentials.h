#pragma once

#include <functional>
#include <optional>
#include <string>

#include "plugins/signaling/rendezvous/TokenSource.h"

namespace gimlet::rendezvous_client
{

/// The two tokens of a connection, got anew for each: the rendezvous' own, then that of a cloud's gate before
/// it. Loop thread only.
class Credentials
{
public:
	/// @param error A sentence, or "".
	using Done = std::function<void(const std::string& error)>;

	explicit Credentials(EventLoop& loop) : _loop(loop) {}

	/// @param done May come inside this call, and may cancel().
	void get(const ClientSettings& settings, Done done);

	/// Ends what is under way, without a callback. The tokens stay.
	void cancel();

	const std::string& token() const
	{
		return _token;
	}

	const std::string& iamToken() const
	{
		return _iamToken;
	}

private:
	EventLoop& _loop;
	std::optional<TokenSource> _source;
	std::optional<TokenSource> _iamSource;
	std::string _token;
	std::string _iamToken;
};

}
