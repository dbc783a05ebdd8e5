#pragma once

namespace gimlet::app
{

// sysexits.h, by the names that POCO gives them in Poco::Util::Application::ExitCode; those are not used
// so that what needs no POCO application can be tested without one.
inline constexpr int EXIT_CODE_OK = 0;
inline constexpr int EXIT_CODE_USAGE = 64;
inline constexpr int EXIT_CODE_UNAVAILABLE = 69;
inline constexpr int EXIT_CODE_SOFTWARE = 70;
inline constexpr int EXIT_CODE_CONFIGURATION = 78;

}
