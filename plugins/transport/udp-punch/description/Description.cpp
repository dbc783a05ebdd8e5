#include "plugins/transport/udp-punch/description/Description.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "node/protocol/base64/Base64.h"
#include "node/protocol/json/Writer.h"
#include "plugins/transport/udp-punch/description/Names.h"
#include "plugins/transport/udp-punch/description/NatCodec.h"

namespace gimlet::udp_punch
{

namespace
{

constexpr std::string_view VERSION = "gimlet-description-1";
constexpr std::string_view PROTOCOL = "udp-punch/1";

/// A value cannot end early or go on: its length stands before it.
void sign(std::string& text, std::string_view name, std::string_view value)
{
	text += fmt::format("{} {} {}\n", name, value.size(), value);
}

void writeCandidates(json::Writer& out, std::string_view name, const std::vector<CandidateLine>& candidates)
{
	out.key(name).beginArray();
	for (const auto& candidate : candidates)
		out.value(toString(candidate));
	out.endArray();
}

}

std::string signedText(
	const Description& description, std::string_view room, std::string_view from, std::string_view to)
{
	std::string text = fmt::format("{}\n", VERSION);
	sign(text, "protocol", PROTOCOL);
	sign(text, "room", room);
	sign(text, "from", from);
	sign(text, "to", to);
	sign(text, "session", description.session);
	sign(text, "generation", std::to_string(description.generation));
	sign(text, "fingerprint", description.fingerprint);
	sign(text, "ufrag", description.ice.ufrag);
	sign(text, "pwd", description.ice.pwd);
	sign(text, "setup", toString(description.setup));
	sign(text, "tls_id", description.tlsId);
	sign(text, "answers", description.answers);
	sign(text, "sctp_port", std::to_string(description.sctpPort));
	sign(text, "max_message_size", std::to_string(description.maxMessageSize));
	sign(text, "ice_options", fmt::format("{}", fmt::join(description.iceOptions, " ")));
	return text;
}

std::string encode(const Description& description)
{
	json::Writer out{1024 + 128 * description.candidates.size()};
	out.beginObject()
		.member("type", DESCRIPTION)
		.member("generation", description.generation)
		.member("ufrag", description.ice.ufrag)
		.member("pwd", description.ice.pwd)
		.member("fingerprint", description.fingerprint)
		.member("setup", toString(description.setup))
		.member("sctp_port", description.sctpPort)
		.member("max_message_size", description.maxMessageSize);
	if (!description.tlsId.empty())
		out.member("tls_id", description.tlsId);
	if (!description.answers.empty())
		out.member("answers", description.answers);
	out.key("ice_options").beginArray();
	for (const auto& option : description.iceOptions)
		out.value(option);
	out.endArray();
	writeCandidates(out, "candidates", description.candidates);
	if (description.endOfCandidates)
		out.member("end_of_candidates", true);
	if (!description.publicKey.empty())
		out.member("key", base64::encode(description.publicKey))
			.member("signature", base64::encode(description.signature));
	return out.endObject().take();
}

std::string encode(const Trickle& trickle)
{
	json::Writer out;
	out.beginObject().member("type", TRICKLE).member("generation", trickle.generation);
	writeCandidates(out, "candidates", trickle.candidates);
	if (!trickle.removed.empty())
		writeCandidates(out, "removed", trickle.removed);
	if (trickle.endOfCandidates)
		out.member("end_of_candidates", true);
	return out.endObject().take();
}

std::string encode(const Punch& punch)
{
	json::Writer out;
	out.beginObject().member("type", PUNCH).member("step", toString(punch.step)).member("round", punch.round);
	out.key("nat");
	writeNat(out, punch.nat);
	return out.endObject().take();
}

}
