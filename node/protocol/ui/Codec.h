#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "node/protocol/json/Writer.h"
#include "node/protocol/ui/Objects.h"

namespace gimlet::ui
{

/// One object as JSON text, without a line feed in it.
std::string encode(const FromPage& object);
std::string encode(const ToPage& object);

/// One PEER as a part of another object.
void encode(json::Writer& out, const PeerView& peer);

/// What a network is, as a part of another object.
void encode(json::Writer& out, const NetworkStatus& network);

/// What a page or a script says.
/// @return Empty with a sentence in error when it is not an object of at most MAX_OBJECT bytes with a `type`,
/// or when a known type lacks a member or has one of another kind. Members that are not known are ignored.
std::optional<FromPage> decodeFromPage(std::string_view text, std::string& error);

/// What a node says; for programs that use one, and for tests. As decodeFromPage.
std::optional<ToPage> decodeToPage(std::string_view text, std::string& error);

}
