#pragma once

#include <Poco/AutoPtr.h>
#include <Poco/Channel.h>
#include <Poco/Formatter.h>

#include <mutex>
#include <string>

#include "node/api/Settings.h"

namespace gimlet::app
{

/// One line for people: "12:34:56.789 warning  stun              no answer in 7 tries
/// (server=192.0.2.1:3478)".
class TextFormatter final : public Poco::Formatter
{
public:
	/// @param withDate For files, which are read on other days.
	explicit TextFormatter(bool withDate) : _withDate(withDate) {}

	void format(const Poco::Message& message, std::string& text) override;

private:
	bool _withDate;
};

/// One JSON object a line, with the members that Google's log reader knows (severity, message, time), the
/// source as "logger", and the message's fields.
class JsonFormatter final : public Poco::Formatter
{
public:
	void format(const Poco::Message& message, std::string& text) override;
};

/// The one channel of all loggers, from the first line to the last; where it leads to may change while others
/// log. What cannot be written there (a full disk) goes to stderr: no log line ends what its writer was
/// doing.
class Outlet final : public Poco::Channel
{
public:
	/// Any thread.
	void log(const Poco::Message& message) override;

	/// Any thread.
	void leadTo(Poco::AutoPtr<Poco::Channel> target);

private:
	std::mutex _mutex; ///< of _target, not of what it leads to, which serves several threads itself
	Poco::AutoPtr<Poco::Channel> _target;
};

/// Where log lines go and which of them: POCO's root logger, set up by [log].
///
/// Called on one thread; others may log meanwhile. POCO keeps a logger's level in a plain number, so levels
/// are written only where they change.
class Logging
{
public:
	/// Until a configuration has been read: text on stderr.
	Logging();
	Logging(const Logging&) = delete;
	Logging& operator=(const Logging&) = delete;
	~Logging();

	/// @param daemon Whether stderr is nobody's, so that lines go to the system's log unless a file is named.
	/// @throws Poco::Exception when the file cannot be opened.
	void configure(const Settings& log, bool daemon);

	/// Opens the file anew, if there is one; it may have been moved away. Falls back to stderr.
	void reopen();

	/// Takes over [log] level and debug.
	void setLevels(const Settings& log);

	/// Whether [log] format asks for JSON; auto does where K_SERVICE is set.
	static bool wantsJson(const Settings& log);

private:
	void toStandardError();
	void openFile();
	void install(Poco::AutoPtr<Poco::Formatter> formatter, Poco::AutoPtr<Poco::Channel> target);
	Poco::AutoPtr<Poco::Formatter> formatter() const;

	Poco::AutoPtr<Outlet> _outlet;
	std::string _file; ///< "" when lines go elsewhere
	bool _json = false;
};

}
