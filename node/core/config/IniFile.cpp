#include "node/core/config/IniFile.h"

#include <fmt/format.h>

#include <algorithm>

#include "node/api/Log.h"
#include "node/protocol/json/Utf8.h"

namespace gimlet::core
{

namespace
{

std::string_view trimmed(std::string_view text)
{
	const auto first = text.find_first_not_of(" \t");
	if (first == std::string_view::npos)
		return {};
	return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool hasControlCharacter(std::string_view text)
{
	return std::any_of(text.begin(), text.end(),
		[](char character)
		{
			const auto byte = static_cast<unsigned char>(character);
			return (byte < 0x20 && byte != '\t') || byte == 0x7f;
		});
}

bool isName(std::string_view text)
{
	return !text.empty() &&
		   text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-") ==
			   std::string_view::npos;
}

class Reader
{
public:
	explicit Reader(IniFile& file) : _file(file) {}

	void readLine(std::string_view raw)
	{
		++_line;
		if (raw.size() > IniFile::MAX_LINE)
			return fault(
				fmt::format("the line is {} bytes long; at most {} are read", raw.size(), IniFile::MAX_LINE));
		if (!raw.empty() && raw.back() == '\r')
			raw.remove_suffix(1);
		const auto line = trimmed(raw);
		if (line.empty() || line.front() == ';')
			return;
		if (hasControlCharacter(line))
			return fault("the line holds a control character; is this a text file?");
		if (!json::isUtf8(line))
			return fault("the line is not valid UTF-8");
		if (line.front() == '#')
			return fault("'#' begins no comment here; begin the line with ';'");
		if (line.front() == '[')
			return readSection(line);
		readEntry(line);
	}

private:
	void readSection(std::string_view line)
	{
		_skipping = true;
		const auto end = line.find(']');
		if (end == std::string_view::npos)
			return fault(fmt::format("'{}' begins a section but has no ']'", printable(line, 60)));
		const auto name = trimmed(line.substr(1, end - 1));
		if (!isName(name))
			return fault(fmt::format("'{}' is not the name of a section", printable(name, 60)));
		if (!trimmed(line.substr(end + 1)).empty())
			return fault("something stands behind the ']' of the section; a comment needs a line of its own");
		_skipping = false;
		_section = name;
		_file.sections.push_back({_section, _line});
	}

	void readEntry(std::string_view line)
	{
		const auto equals = line.find('=');
		if (equals == std::string_view::npos)
			return fault(fmt::format("'{}' is neither '[section]' nor 'key = value'", printable(line, 60)));
		const auto key = trimmed(line.substr(0, equals));
		const auto value = trimmed(line.substr(equals + 1));
		if (!isName(key))
			return fault(fmt::format("'{}' is not the name of a key", printable(key, 60)));
		// The section's own fault has been told; its keys would only repeat it.
		if (_skipping)
			return;
		if (_section.empty())
			return fault(
				fmt::format("'{}' stands outside of a section; put it under one, such as [node]", key));
		if (value.find(" ;") != std::string_view::npos || value.find("\t;") != std::string_view::npos)
			return fault(fmt::format("[{}] {}: a comment behind a value would become part of it; "
									 "put it on a line of its own",
				_section, key));
		if (const auto* first = _file.find(_section, key))
			return fault(fmt::format("[{}] {} is set twice; first on line {}", _section, key, first->line));
		_file.entries.push_back({_section, std::string{key}, std::string{value}, _line});
	}

	void fault(std::string message)
	{
		if (_file.faults.size() < IniFile::MAX_FAULTS)
			_file.faults.push_back({_line, std::move(message)});
	}

	IniFile& _file;
	std::string _section;
	unsigned _line = 0;
	bool _skipping = false;
};

}

IniFile IniFile::parse(std::string_view text)
{
	IniFile file;
	if (text.size() > MAX_SIZE)
	{
		file.faults.push_back({1, fmt::format("the file is larger than {} bytes", MAX_SIZE)});
		return file;
	}
	constexpr std::string_view BYTE_ORDER_MARK = "\xef\xbb\xbf";
	if (text.starts_with(BYTE_ORDER_MARK))
		text.remove_prefix(BYTE_ORDER_MARK.size());

	Reader reader{file};
	while (!text.empty())
	{
		const auto end = text.find('\n');
		reader.readLine(text.substr(0, end));
		text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
	}
	return file;
}

const IniFile::Entry* IniFile::find(std::string_view section, std::string_view key) const
{
	const auto found = std::find_if(entries.begin(), entries.end(),
		[&](const Entry& entry) { return entry.section == section && entry.key == key; });
	return found == entries.end() ? nullptr : &*found;
}

}
