#pragma once

#include <cstdint>

/// The declaration of configuration keys: plain C, since the loader reads it before any C++ object of a
/// plugin exists. It is the only place where a default, a range or a help text stands; `gimlet plugins`,
/// `etc/node.ini`, the environment names and the error messages all come from it or are tested against it.
extern "C"
{

	/// How a value is written and what Settings makes of it.
	enum GimletValueType : std::uint32_t
	{
		GIMLET_TEXT = 0,       ///< any text
		GIMLET_BOOLEAN = 1,    ///< true, false, yes, no, on, off, 1, 0
		GIMLET_INTEGER = 2,    ///< constraint "min..max"
		GIMLET_SECONDS = 3,    ///< a decimal number of seconds; constraint "min..max"
		GIMLET_CHOICE = 4,     ///< constraint "one | other | third"
		GIMLET_LIST = 5,       ///< texts between commas; may be empty
		GIMLET_ENDPOINT = 6,   ///< a listening address, "127.0.0.1:80", "[::]:80", "*:80" (v4 and v6)
		GIMLET_HOST_PORTS = 7, ///< "host:port" between commas; names allowed
		GIMLET_URL = 8,        ///< constraint: the schemes, "http | https | ws | wss"
		GIMLET_BYTES = 9, ///< a number with an optional k, M or G (powers of 1024); constraint "min..max"
	};

	enum GimletKeyFlags : std::uint32_t
	{
		GIMLET_SECRET = 1,     ///< never printed or logged
		GIMLET_RELOADABLE = 2, ///< SIGHUP applies a changed value; other keys need a restart
		GIMLET_REQUIRED = 4,   ///< no default: absent or empty is an error
	};

	/// How the second environment name (the first version's) stands for the key.
	enum GimletAlias : std::uint32_t
	{
		GIMLET_ALIAS_VALUE = 0, ///< the variable is the value
		GIMLET_ALIAS_PORT = 1,  ///< the variable is the port of an endpoint; the address is kept if given,
								///< else all addresses (see Settings::given)
		GIMLET_ALIAS_HOST_PORT = 2, ///< two variables, "STUN_HOST,STUN_PORT", replace a list by one server
	};

	struct GimletConfigKey
	{
		const char* name;
		GimletValueType type;
		const char* defaultValue; ///< "" for none
		const char* constraint;   ///< see GimletValueType; "" for none
		std::uint32_t flags;
		const char* alias;     ///< a further environment name, or ""
		GimletAlias aliasKind; ///< what that name means
		const char* help;      ///< one or more sentences, as they stand in etc/node.ini
	};
}
