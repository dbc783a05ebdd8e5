#include "node/api/Log.h"

namespace gimlet
{

std::string printable(std::string_view text, std::size_t maxLength)
{
	std::string result;
	result.reserve(std::min(text.size(), maxLength));
	for (const char character : text.substr(0, maxLength))
	{
		const auto byte = static_cast<unsigned char>(character);
		if (byte < 0x20 || byte == 0x7f)
			result += fmt::format("\\x{:02x}", byte);
		else
			result += character;
	}
	if (text.size() > maxLength)
		result += "...";
	return result;
}

void log(Poco::Logger& logger, Poco::Message::Priority priority, std::string_view text,
	std::initializer_list<LogField> fields)
{
	if (!logger.is(priority))
		return;
	Poco::Message message(logger.name(), printable(text, 4000), priority);
	std::string names;
	for (const auto& [name, value] : fields)
	{
		message.set(std::string{name}, printable(value));
		names += names.empty() ? "" : ",";
		names += name;
	}
	// POCO's message does not tell which parameters it has.
	if (!names.empty())
		message.set(LOG_FIELDS, names);
	logger.log(message);
}

}
