#include "plugins/transport/udp-punch/link/Introduction.h"

#include "node/protocol/identity/WorkerId.h"

namespace gimlet::udp_punch
{

void introduce(Description& description, const Identity& own, std::string_view room, const PeerId& peer)
{
	const auto key = own.publicKey();
	description.publicKey.assign(key.begin(), key.end());
	description.signature = own.sign(asBytes(signedText(description, room, own.id(), peer)));
}

Judgement judge(const Description& description, std::string_view room, const PeerId& from, const PeerId& own)
{
	if (description.publicKey.empty() && description.signature.empty())
		return {Judgement::Kind::Unsigned, "its description is not signed"};
	if (identity::workerId(description.publicKey) != from)
		return {Judgement::Kind::Forged, "its description is signed by the key of another id"};
	if (!identity::verify(
			description.publicKey, signedText(description, room, from, own), description.signature))
		return {
			Judgement::Kind::Forged, "its description was changed on the way: the signature does not fit"};
	return {Judgement::Kind::Proven, {}};
}

}
