#include "plugins/discovery/turn/LongTerm.h"

#include "node/protocol/stun/Digest.h"

namespace gimlet::turn
{

namespace
{

/// RFC 8489, sections 14.9 and 14.10: fewer than 128 characters, "which can be as long as 763 bytes".
constexpr std::size_t LONGEST = 763;

}

void LongTerm::use(const Credentials& credentials)
{
	_credentials = credentials;
	makeKey();
}

bool LongTerm::challenge(const stun::MessageView& message)
{
	const auto realm = message.text(stun::attribute::REALM);
	const auto nonce = message.text(stun::attribute::NONCE);
	if (!realm || !nonce || nonce->empty() || realm->size() > LONGEST || nonce->size() > LONGEST)
		return false;
	const bool first = _nonce.empty();
	_nonce = *nonce;
	if (!first && *realm == _realm)
		return true;
	_realm = *realm;
	makeKey();
	return true;
}

void LongTerm::makeKey()
{
	++_version;
	_key = stun::longTermKeyMd5(_credentials.user, _realm, _credentials.password);
}

void LongTerm::sign(stun::MessageBuilder& builder) const
{
	using namespace stun::attribute;
	if (ready())
		builder.text(USERNAME, _credentials.user).text(REALM, _realm).text(NONCE, _nonce).integrity(_key);
}

bool LongTerm::signs(const stun::MessageView& message) const
{
	return message.integrity(_key) == stun::Check::Valid;
}

}
