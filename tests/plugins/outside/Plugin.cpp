#include "node/api/Plugin.h"

#include <iterator>

#include "Outside.h"

namespace
{

const GimletConfigKey KEYS[] = {
	{"word", GIMLET_TEXT, "hello", "", 0, "", GIMLET_ALIAS_VALUE, "What is said."},
};

}

GIMLET_PLUGIN("service", "outside", "1.0", "Built outside of the tree.", KEYS, outside::Outside)
