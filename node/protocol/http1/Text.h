#pragma once

#include <string>
#include <string_view>

/// The grammar that HTTP/1.1's headers are made of (RFC 9110, section 5.6).
namespace gimlet::http1
{

/// ASCII only, whatever the locale.
char lower(char character);
std::string lowered(std::string_view text);
bool equalIgnoringCase(std::string_view left, std::string_view right);

/// Without spaces and tabs around it.
std::string_view trimmed(std::string_view text);

/// Section 5.6.2: one or more tchar.
bool isToken(std::string_view text);

/// Whether it holds a control character other than the tab: such a value could add headers.
bool hasControlCharacter(std::string_view text);

/// Whether a comma-separated header holds a token, compared without case ("keep-alive, Upgrade").
bool hasToken(std::string_view list, std::string_view token);

}
