#pragma once

#include <array>
#include <string>
#include <utility>

#include "node/protocol/stun/MessageBuilder.h"
#include "node/protocol/stun/MessageView.h"

namespace gimlet::turn
{

struct Credentials
{
	std::string user;
	std::string password;

	bool empty() const
	{
		return user.empty();
	}

	friend bool operator==(const Credentials&, const Credentials&) = default;
};

/// The long-term credential mechanism from the client's side (RFC 8489, section 9.2), with the MD5 key and
/// MESSAGE-INTEGRITY: what every TURN server understands. A server that offers PASSWORD-ALGORITHMS takes
/// a request without them as one with MD5 (section 9.2.4).
class LongTerm
{
public:
	explicit LongTerm(Credentials credentials) : _credentials(std::move(credentials)) {}

	/// From now on with these; realm and nonce stay.
	void use(const Credentials& credentials);

	const Credentials& credentials() const
	{
		return _credentials;
	}

	/// Which credentials and realm these are, for comparing: raised with every change of either.
	unsigned version() const
	{
		return _version;
	}

	/// Takes realm and nonce of a 401 or 438. @return False when one is missing or longer than it may be.
	bool challenge(const stun::MessageView& message);

	/// Whether there are credentials and a challenge, so that requests are signed.
	bool ready() const
	{
		return !_nonce.empty() && !_credentials.empty();
	}

	/// Adds USERNAME, REALM, NONCE and MESSAGE-INTEGRITY, if ready().
	void sign(stun::MessageBuilder& builder) const;

	/// Whether an answer is signed with the key.
	bool signs(const stun::MessageView& message) const;

private:
	void makeKey();

	Credentials _credentials;
	std::string _realm;
	std::string _nonce;
	std::array<std::uint8_t, 16> _key{};
	unsigned _version = 0;
};

}
