#pragma once

#include <cstdio>
#include <cstdlib>

/// Ends the process when something that must always hold does not: what a fuzz target asserts with.
#define REQUIRE(CONDITION)                                                                      \
	do                                                                                          \
	{                                                                                           \
		if (!(CONDITION))                                                                       \
		{                                                                                       \
			std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #CONDITION); \
			std::abort();                                                                       \
		}                                                                                       \
	} while (false)
