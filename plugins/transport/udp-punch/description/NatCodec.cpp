#include "plugins/transport/udp-punch/description/NatCodec.h"

#include <string_view>

namespace gimlet::udp_punch
{

namespace
{

constexpr MappingBehaviour MAPPINGS[]{
	MappingBehaviour::Unknown, MappingBehaviour::EndpointIndependent, MappingBehaviour::AddressDependent};
constexpr FilteringBehaviour FILTERINGS[]{FilteringBehaviour::Unknown,
	FilteringBehaviour::EndpointIndependent, FilteringBehaviour::AddressDependent,
	FilteringBehaviour::AddressAndPortDependent};
constexpr PortAssignment ASSIGNMENTS[]{
	PortAssignment::Unknown, PortAssignment::Preserving, PortAssignment::Sequential, PortAssignment::Random};

/// The longest word is shorter.
constexpr std::size_t MAX_WORD = 32;
constexpr std::size_t MAX_ADDRESS = 45; // INET6_ADDRSTRLEN without its end

/// A step beyond this is no sequence that could be walked along.
constexpr std::int64_t MAX_STEP = 64;

/// @return False if the member is no short text. An unknown word leaves the value as it is.
template <typename Value, std::size_t N>
bool readWord(const json::Object& object, std::string_view name, const Value (&values)[N], Value& value)
{
	const auto word = object.text(name, MAX_WORD);
	for (const auto one : values)
		if (word && *word == toString(one))
			value = one;
	return word || !object.has(name);
}

bool readStep(const json::Object& object, int& step)
{
	const auto number = object.integer("step", -MAX_STEP, MAX_STEP);
	step = static_cast<int>(number.value_or(0));
	return number || !object.has("step");
}

bool readAddress(const json::Object& object, Endpoint& address)
{
	if (!object.has("address"))
		return true;
	const auto text = object.text("address", MAX_ADDRESS);
	const auto parsed = text ? Endpoint::parseAddress(*text, 0) : std::nullopt;
	address = parsed.value_or(Endpoint{});
	return parsed.has_value();
}

bool readPorts(const json::Object& object, std::vector<std::uint16_t>& ports)
{
	if (!object.has("ports"))
		return true;
	const auto elements = object.elements("ports", NatBehaviour::MAX_PORTS);
	if (!elements)
		return false;
	for (const auto& element : *elements)
	{
		const auto port = element.integer(1, 65535);
		if (!port)
			return false;
		ports.push_back(static_cast<std::uint16_t>(*port));
	}
	return true;
}

bool readHairpin(const json::Object& object, std::optional<bool>& hairpin)
{
	hairpin = object.boolean("hairpin");
	return hairpin || !object.has("hairpin");
}

}

void writeNat(json::Writer& out, const NatBehaviour& nat)
{
	out.beginObject()
		.member("mapping", toString(nat.mapping))
		.member("filtering", toString(nat.filtering))
		.member("assignment", toString(nat.assignment));
	if (nat.step != 0)
		out.member("step", nat.step);
	if (nat.address.valid())
		out.member("address", nat.address.addressString());
	if (!nat.ports.empty())
	{
		out.key("ports").beginArray();
		for (const auto port : nat.ports)
			out.value(port);
		out.endArray();
	}
	if (nat.hairpin)
		out.member("hairpin", *nat.hairpin);
	out.endObject();
}

std::optional<NatBehaviour> readNat(const json::Object& object)
{
	NatBehaviour nat;
	const bool good = readWord(object, "mapping", MAPPINGS, nat.mapping) &&
					  readWord(object, "filtering", FILTERINGS, nat.filtering) &&
					  readWord(object, "assignment", ASSIGNMENTS, nat.assignment) &&
					  readStep(object, nat.step) && readAddress(object, nat.address) &&
					  readPorts(object, nat.ports) && readHairpin(object, nat.hairpin);
	return good ? std::optional{std::move(nat)} : std::nullopt;
}

}
