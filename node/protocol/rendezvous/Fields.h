#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/api/Endpoint.h"
#include "node/protocol/json/Json.h"
#include "node/protocol/rendezvous/Messages.h"

/// Members that messages of both directions have. For the codecs of this folder.
namespace gimlet::rendezvous
{

/// A text that is only shown: control characters become spaces, and it is cut to a length in characters.
std::string shown(const json::Object& object, std::string_view name, std::size_t maxLength);

std::optional<std::string> idOf(const json::Object& object, std::string_view name);
std::optional<std::string> sessionOf(const json::Object& object);

/// An acceptable list of transports; empty if it is not.
std::optional<std::vector<std::string>> transportsOf(const json::Object& object);

/// "addressName" and "portName" together.
/// @return An invalid endpoint with a sentence in problem, without full stop, if they are none.
Endpoint endpointOf(const json::Object& object, std::string_view addressName, std::string_view portName,
	std::string& problem);

/// The members but "type".
std::vector<std::pair<std::string_view, std::string_view>> otherMembers(const json::Object& object);

/// @param peerName "to" or "from".
std::optional<Signal> signalOf(const json::Object& object, std::string_view peerName, std::string& error);
std::string encodeSignal(const Signal& signal, std::string_view peerName);

std::string encodeMembers(
	std::string_view type, const std::vector<std::pair<std::string_view, std::string_view>>& members);

void writeEndpoint(
	json::Writer& out, const Endpoint& endpoint, std::string_view addressName, std::string_view portName);
void writeTexts(json::Writer& out, std::string_view name, const std::vector<std::string>& texts);

}
