#include "node/app/Application.h"
#include "node/app/Signals.h"

namespace
{

/// Signals are prepared before the libraries' own constructors run, so that a SIGTERM that comes in the first
/// milliseconds waits for the loop instead of killing the process.
[[gnu::used, gnu::section(".preinit_array")]] void (*const EARLY)() = gimlet::app::prepareSignals;

}

int main(int argc, char** argv)
{
	gimlet::app::prepareSignals();
	return gimlet::app::runApplication({argv, argv + argc});
}
