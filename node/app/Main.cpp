// The entry of the node's library, which main.c loads.
#include "node/api/Export.h"
#include "node/app/Application.h"
#include "node/app/Signals.h"

extern "C" GIMLET_API int gimlet_main(int argc, char** argv)
{
	gimlet::app::prepareSignals();
	return gimlet::app::runApplication({argv, argv + argc});
}
