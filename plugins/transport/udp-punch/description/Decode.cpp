#include "plugins/transport/udp-punch/description/Description.h"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>
#include <utility>

#include "node/protocol/base64/Base64.h"
#include "node/protocol/json/Json.h"
#include "plugins/transport/udp-punch/description/Grammar.h"
#include "plugins/transport/udp-punch/description/Names.h"
#include "plugins/transport/udp-punch/description/NatCodec.h"

namespace gimlet::udp_punch
{

namespace
{

constexpr json::Limits LIMITS{.size = MAX_SIGNAL, .depth = 8, .members = 64};

// RFC 8839, section 5.4.
constexpr std::size_t MIN_UFRAG = 4;
constexpr std::size_t MIN_PWD = 22;
constexpr std::size_t MAX_CREDENTIAL = 256;

// RFC 8842, section 4.
constexpr std::size_t MIN_TLS_ID = 20;
constexpr std::size_t MAX_TLS_ID = 255;

/// What every JSON implementation keeps exactly (RFC 8259, section 6).
constexpr std::int64_t MAX_INTEGER = 9'007'199'254'740'991;

/// Ours have three; no registry has half as many.
constexpr std::size_t MAX_ICE_OPTIONS = 16;
constexpr std::size_t MAX_ICE_OPTION = 32;

/// Of more nothing is read; it would not fit into MAX_SIGNAL either.
constexpr std::size_t MAX_LISTED = 512;

/// P-256 has 91 bytes as SubjectPublicKeyInfo and up to 72 as ECDSA signature; the rest is room for larger
/// curves.
constexpr std::size_t MAX_KEY = 256;
constexpr std::size_t MAX_SIGNATURE = 256;

constexpr std::pair<std::string_view, std::size_t> HASHES[]{
	{"sha-256", 32}, {"sha-384", 48}, {"sha-512", 64}};
constexpr std::size_t MAX_FINGERPRINT = 7 + 64 * 3;

constexpr char upper(char character)
{
	return character >= 'a' && character <= 'z' ? static_cast<char>(character - 'a' + 'A') : character;
}

/// "sha-256 ab:cd..." in its canonical form; empty if it is none.
std::optional<std::string> canonicalFingerprint(std::string_view text)
{
	const auto space = text.find(' ');
	for (const auto& [name, bytes] : HASHES)
	{
		if (space == std::string_view::npos || !sameWord(text.substr(0, space), name))
			continue;
		auto digits = std::string{text.substr(space + 1)};
		if (digits.size() != 3 * bytes - 1)
			return std::nullopt;
		std::transform(digits.begin(), digits.end(), digits.begin(), upper);
		for (std::size_t i = 0; i < digits.size(); ++i)
		{
			const char c = digits[i];
			const bool hex = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
			if (i % 3 == 2 ? c != ':' : !hex)
				return std::nullopt;
		}
		return fmt::format("{} {}", name, digits);
	}
	return std::nullopt;
}

/// Reads the members of one object into a signal, and keeps the first thing that is wrong.
class Reader
{
public:
	explicit Reader(const json::Object& object) : _object(object) {}

	std::optional<Description> description(std::string_view session);
	std::optional<Trickle> trickle();
	std::optional<Punch> punch();

	std::string takeProblem()
	{
		return std::move(_problem);
	}

private:
	/// @return Always false.
	bool fail(std::string problem)
	{
		_problem = std::move(problem);
		return false;
	}

	bool number(std::string_view name, std::int64_t min, std::int64_t max, auto& value);
	bool credential(std::string_view name, std::size_t min, std::string& value);
	bool optionalWord(std::string_view name, std::size_t min, std::size_t max, std::string& value);
	bool security(Description& description);
	bool iceOptions(std::vector<std::string>& options);
	bool signature(Description& description);
	bool candidates(std::string_view name, bool required, std::vector<CandidateLine>& candidates);
	bool endOfCandidates(bool& end);

	const json::Object& _object;
	std::string _problem;
};

bool Reader::number(std::string_view name, std::int64_t min, std::int64_t max, auto& value)
{
	const auto number = _object.integer(name, min, max);
	if (!number)
		return fail(fmt::format("{} is not {} to {}", name, min, max));
	value = static_cast<std::remove_reference_t<decltype(value)>>(*number);
	return true;
}

bool Reader::credential(std::string_view name, std::size_t min, std::string& value)
{
	auto text = _object.text(name, MAX_CREDENTIAL);
	if (!text || !isIceText(*text, min, MAX_CREDENTIAL))
		return fail(fmt::format("{} is not {} to 256 characters of A-Z a-z 0-9 + /", name, min));
	value = std::move(*text);
	return true;
}

bool Reader::optionalWord(std::string_view name, std::size_t min, std::size_t max, std::string& value)
{
	if (!_object.has(name))
		return true;
	auto text = _object.text(name, max);
	if (!text || !isIceText(*text, min, max))
		return fail(fmt::format("{} is not {} to {} characters of A-Z a-z 0-9 + /", name, min, max));
	value = std::move(*text);
	return true;
}

bool Reader::security(Description& description)
{
	const auto fingerprint = _object.text("fingerprint", MAX_FINGERPRINT);
	auto canonical = canonicalFingerprint(fingerprint.value_or(""));
	if (!canonical)
		return fail("fingerprint is none of sha-256, sha-384 or sha-512");
	description.fingerprint = std::move(*canonical);
	const auto setup = parseSetup(_object.text("setup", 16).value_or(""));
	if (!setup)
		return fail("setup is not actpass, active or passive");
	description.setup = *setup;
	return true;
}

bool Reader::iceOptions(std::vector<std::string>& options)
{
	if (!_object.has("ice_options"))
		return true;
	auto texts = _object.texts("ice_options", MAX_ICE_OPTIONS, MAX_ICE_OPTION);
	if (!texts || !std::all_of(texts->begin(), texts->end(),
					  [](const std::string& text) { return isIceText(text, 1, MAX_ICE_OPTION); }))
		return fail("ice_options are not up to 16 words of A-Z a-z 0-9 + /");
	options = std::move(*texts);
	return true;
}

bool Reader::signature(Description& description)
{
	if (!_object.has("key") && !_object.has("signature"))
		return true;
	// Base64 of so many bytes; what is longer is not looked at.
	const auto read = [this](std::string_view name, std::size_t maxBytes)
	{
		const auto text = _object.text(name, (maxBytes + 2) / 3 * 4);
		return text ? base64::decode(*text, maxBytes) : std::nullopt;
	};
	auto key = read("key", MAX_KEY);
	auto signature = read("signature", MAX_SIGNATURE);
	if (!key || key->empty() || !signature || signature->empty())
		return fail("key and signature are not both base64");
	description.publicKey = std::move(*key);
	description.signature = std::move(*signature);
	return true;
}

bool Reader::candidates(std::string_view name, bool required, std::vector<CandidateLine>& candidates)
{
	if (!required && !_object.has(name))
		return true;
	const auto elements = _object.elements(name, MAX_LISTED);
	if (!elements)
		return fail(fmt::format("{} is not a list of up to 512 candidates", name));
	for (const auto& element : *elements)
	{
		const auto text = element.text(MAX_CANDIDATE_LINE);
		if (!text)
			return fail(fmt::format("one of {} is no line of up to 512 characters", name));
		auto verdict = readCandidateLine(*text);
		if (!verdict.candidate && !verdict.notForUs)
			return fail(fmt::format("one of {} is malformed: {}", name, verdict.why));
		if (verdict.candidate && candidates.size() < MAX_CANDIDATES)
			candidates.push_back(std::move(*verdict.candidate));
	}
	return true;
}

bool Reader::endOfCandidates(bool& end)
{
	const auto value = _object.boolean("end_of_candidates");
	if (!value && _object.has("end_of_candidates"))
		return fail("end_of_candidates is not true or false");
	end = value.value_or(false);
	return true;
}

std::optional<Description> Reader::description(std::string_view session)
{
	Description result{.session = std::string{session}};
	const bool complete =
		number("generation", 1, UINT32_MAX, result.generation) &&
		credential("ufrag", MIN_UFRAG, result.ice.ufrag) && credential("pwd", MIN_PWD, result.ice.pwd) &&
		security(result) && optionalWord("tls_id", MIN_TLS_ID, MAX_TLS_ID, result.tlsId) &&
		optionalWord("answers", MIN_UFRAG, MAX_CREDENTIAL, result.answers) &&
		number("sctp_port", 1, UINT16_MAX, result.sctpPort) &&
		number("max_message_size", 0, MAX_INTEGER, result.maxMessageSize) && iceOptions(result.iceOptions) &&
		candidates("candidates", true, result.candidates) && endOfCandidates(result.endOfCandidates) &&
		signature(result);
	return complete ? std::optional{std::move(result)} : std::nullopt;
}

std::optional<Trickle> Reader::trickle()
{
	Trickle result;
	const bool complete = number("generation", 1, UINT32_MAX, result.generation) &&
						  candidates("candidates", true, result.candidates) &&
						  candidates("removed", false, result.removed) &&
						  endOfCandidates(result.endOfCandidates);
	return complete ? std::optional{std::move(result)} : std::nullopt;
}

std::optional<Punch> Reader::punch()
{
	Punch result;
	const auto step = parsePunchStep(_object.text("step", 16).value_or(""));
	if (!step)
	{
		fail("step is not tell, propose or ready");
		return std::nullopt;
	}
	result.step = *step;
	const auto object = _object.object("nat");
	auto nat = object ? readNat(*object) : std::nullopt;
	if (!nat)
	{
		fail("nat is no description of a NAT");
		return std::nullopt;
	}
	result.nat = std::move(*nat);
	return number("round", 0, UINT32_MAX, result.round) ? std::optional{std::move(result)} : std::nullopt;
}

}

std::optional<PunchSignal> decodeSignal(
	std::string_view json, std::string_view session, std::string* why, bool* describes)
{
	std::string problem;
	std::optional<PunchSignal> signal;
	bool description = true;
	if (const auto object = json::Object::parse(json, problem, LIMITS))
	{
		Reader reader{*object};
		const auto type = object->text("type", 16).value_or("");
		description = type == DESCRIPTION;
		if (type == DESCRIPTION)
			signal = reader.description(session);
		else if (type == TRICKLE)
			signal = reader.trickle();
		else if (type == PUNCH)
			signal = reader.punch();
		const bool known = type == DESCRIPTION || type == TRICKLE || type == PUNCH;
		problem = known ? reader.takeProblem() : "its type is unknown";
	}
	if (describes)
		*describes = description;
	if (why)
		*why = signal ? "" : std::move(problem);
	return signal;
}

}
