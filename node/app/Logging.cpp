#include "node/app/Logging.h"

#include <Poco/ConsoleChannel.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/FileChannel.h>
#include <Poco/FormattingChannel.h>
#include <Poco/LocalDateTime.h>
#include <Poco/Logger.h>
#include <Poco/Message.h>
#include <Poco/SyslogChannel.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "node/api/Log.h"
#include "node/protocol/json/Writer.h"

namespace gimlet::app
{

namespace
{

/// As in https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#logseverity
const char* severity(Poco::Message::Priority priority)
{
	switch (priority)
	{
	case Poco::Message::PRIO_FATAL:
		return "ALERT";
	case Poco::Message::PRIO_CRITICAL:
		return "CRITICAL";
	case Poco::Message::PRIO_ERROR:
		return "ERROR";
	case Poco::Message::PRIO_WARNING:
		return "WARNING";
	case Poco::Message::PRIO_NOTICE:
		return "NOTICE";
	case Poco::Message::PRIO_INFORMATION:
		return "INFO";
	default:
		return "DEBUG";
	}
}

const char* word(Poco::Message::Priority priority)
{
	switch (priority)
	{
	case Poco::Message::PRIO_FATAL:
		return "fatal";
	case Poco::Message::PRIO_CRITICAL:
		return "critical";
	case Poco::Message::PRIO_ERROR:
		return "error";
	case Poco::Message::PRIO_WARNING:
		return "warning";
	case Poco::Message::PRIO_NOTICE:
		return "notice";
	case Poco::Message::PRIO_INFORMATION:
		return "info";
	case Poco::Message::PRIO_DEBUG:
		return "debug";
	default:
		return "trace";
	}
}

std::vector<std::string> fieldNames(const Poco::Message& message)
{
	auto names = splitList(message.get(LOG_FIELDS, ""));
	std::erase_if(names, [&](const std::string& name) { return !message.has(name); });
	return names;
}

}

void TextFormatter::format(const Poco::Message& message, std::string& text)
{
	const Poco::LocalDateTime time{Poco::DateTime{message.getTime()}};
	text += Poco::DateTimeFormatter::format(time, _withDate ? "%Y-%m-%d %H:%M:%S.%i" : "%H:%M:%S.%i");
	text +=
		fmt::format(" {:<8} {:<17} {}", word(message.getPriority()), message.getSource(), message.getText());
	std::string fields;
	for (const auto& name : fieldNames(message))
	{
		const auto& value = message.get(name);
		// Most sentences say the value already; fields are for machines first.
		if (message.getText().find(value) == std::string::npos)
			fields += fmt::format("{}{}={}", fields.empty() ? "" : " ", name, value);
	}
	if (!fields.empty())
		text += fmt::format(" ({})", fields);
}

void JsonFormatter::format(const Poco::Message& message, std::string& text)
{
	json::Writer out;
	out.beginObject()
		.member("severity", severity(message.getPriority()))
		.member("message", message.getText())
		.member("time", Poco::DateTimeFormatter::format(message.getTime(), "%Y-%m-%dT%H:%M:%S.%FZ"))
		.member("logger", message.getSource());
	for (const auto& name : fieldNames(message))
		if (name != "severity" && name != "message" && name != "time" && name != "logger")
			out.member(name, message.get(name));
	out.endObject();
	text += out.take();
}

bool Logging::wantsJson(const Settings& log)
{
	const auto& format = log.text("format");
	return format == "json" || (format == "auto" && std::getenv("K_SERVICE") != nullptr);
}

void Outlet::log(const Poco::Message& message)
{
	Poco::AutoPtr<Poco::Channel> target;
	{
		const std::lock_guard lock(_mutex);
		target = _target;
	}
	try
	{
		if (target)
			target->log(message);
	}
	catch (const Poco::Exception& error)
	{
		std::string text;
		TextFormatter{true}.format(message, text);
		std::cerr << text + " [not in the log: " + error.displayText() + "]\n" << std::flush;
	}
}

void Outlet::leadTo(Poco::AutoPtr<Poco::Channel> target)
{
	const std::lock_guard lock(_mutex);
	std::swap(_target, target);
}

Logging::Logging() : _outlet(new Outlet)
{
	toStandardError();
	Poco::Logger::root(); // or there is nothing yet to give the channel to
	// The empty name is the root's, whose channel goes to all loggers that are there already.
	Poco::Logger::setChannel("", _outlet);
	Poco::Logger::setLevel("", Poco::Message::PRIO_INFORMATION);
}

Logging::~Logging() = default;

void Logging::toStandardError()
{
	install(new TextFormatter{false}, new Poco::ConsoleChannel{std::cerr});
}

void Logging::configure(const Settings& log, bool daemon)
{
	const auto& file = log.text("file");
	const bool systemLog = file == "syslog" || (file.empty() && daemon);
	_json = wantsJson(log);
	_file = systemLog ? "" : file;
	if (systemLog)
		install(formatter(), new Poco::SyslogChannel{"gimlet", Poco::SyslogChannel::SYSLOG_PID,
								 Poco::SyslogChannel::SYSLOG_DAEMON});
	else if (file.empty())
		install(formatter(), new Poco::ConsoleChannel{std::cerr});
	else
		openFile();
	setLevels(log);
}

void Logging::openFile()
{
	Poco::AutoPtr<Poco::FileChannel> channel{new Poco::FileChannel{_file}};
	channel->open();
	install(formatter(), channel);
}

Poco::AutoPtr<Poco::Formatter> Logging::formatter() const
{
	if (_json)
		return new JsonFormatter;
	return new TextFormatter{!_file.empty()};
}

void Logging::install(Poco::AutoPtr<Poco::Formatter> formatter, Poco::AutoPtr<Poco::Channel> target)
{
	_outlet->leadTo(new Poco::FormattingChannel{std::move(formatter), std::move(target)});
}

void Logging::reopen()
{
	if (_file.empty())
		return;
	try
	{
		openFile();
	}
	catch (const Poco::Exception& error)
	{
		// A channel without its file would throw out of every later log call.
		toStandardError();
		logError(Poco::Logger::get("node"),
			fmt::format("cannot open the log file again, so lines go to stderr: {}", error.displayText()));
	}
}

void Logging::setLevels(const Settings& log)
{
	const int level = Poco::Logger::parseLevel(log.text("level"));
	const auto debug = log.list("debug");
	std::vector<std::string> names;
	Poco::Logger::names(names);
	for (const auto& source : debug)
		if (std::find(names.begin(), names.end(), source) == names.end())
			names.push_back(source);
	for (const auto& name : names)
	{
		const bool all = std::find(debug.begin(), debug.end(), name) != debug.end();
		const int wanted = all ? int{Poco::Message::PRIO_TRACE} : level;
		auto& logger = Poco::Logger::get(name);
		if (logger.getLevel() != wanted)
			logger.setLevel(wanted);
	}
}

}
