#pragma once

#include <Poco/Logger.h>
#include <Poco/Message.h>
#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "node/api/Export.h"

namespace gimlet
{

/// A fact beside a log message; one JSON member where logs are JSON.
using LogField = std::pair<std::string_view, std::string>;

/// The parameter of a Poco::Message that lists the names of its fields, separated by commas.
inline constexpr const char* LOG_FIELDS = "fields";

/// Logs a message with fields. Control characters in the text (which may come from the network) are
/// escaped. Any thread. Guard expensive arguments of debug messages with logger.debug().
GIMLET_API void log(Poco::Logger& logger, Poco::Message::Priority priority, std::string_view text,
	std::initializer_list<LogField> fields = {});

/// The text with control characters as \xNN, cut to a length; safe for a log line and a terminal.
GIMLET_API std::string printable(std::string_view text, std::size_t maxLength = 400);

inline void logError(Poco::Logger& logger, std::string_view text, std::initializer_list<LogField> fields = {})
{
	log(logger, Poco::Message::PRIO_ERROR, text, fields);
}

inline void logWarning(
	Poco::Logger& logger, std::string_view text, std::initializer_list<LogField> fields = {})
{
	log(logger, Poco::Message::PRIO_WARNING, text, fields);
}

inline void logInformation(
	Poco::Logger& logger, std::string_view text, std::initializer_list<LogField> fields = {})
{
	log(logger, Poco::Message::PRIO_INFORMATION, text, fields);
}

/// Formats only when debug messages are on.
template <typename... Args>
void logDebug(Poco::Logger& logger, fmt::format_string<Args...> format, Args&&... args)
{
	if (logger.debug())
		log(logger, Poco::Message::PRIO_DEBUG, fmt::format(format, std::forward<Args>(args)...));
}

}
