#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "node/api/Http.h"

namespace gimlet::rendezvous_server
{

/// Who may come in.
struct DoorRules
{
	std::string token; ///< "" for none
	std::vector<std::string> origins;
};

/// What a worker asked for in the right form.
struct Visitor
{
	std::string id;
	std::string room;
	std::string host; ///< the request's Host, as identity::proofHost() spells it; "" if it has none
};

/// The token of "Authorization: Bearer TOKEN"; "" for any other.
std::string_view bearerToken(const HttpRequest& request);

/// What refuses a page of an origin that is not listed. A request without an Origin is no page's.
std::optional<HttpReply> refusedOrigin(const HttpRequest& request, const std::vector<std::string>& origins);

/// Judges a request to register by its token, Origin, worker id and room, in this order.
/// @return The reply that refuses it, with a sentence for the log of whoever came.
std::variant<Visitor, HttpReply> judge(const HttpRequest& request, const DoorRules& rules);

/// A reply with a status and a sentence.
HttpReply refuse(int status, const std::string& sentence);

/// Compares without telling by its duration where two texts differ, or how long the expected one is.
bool sameSecret(std::string_view given, std::string_view expected);

}
