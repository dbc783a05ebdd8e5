#pragma once

#include "node/api/Node.h"
#include "node/api/Plugin.h"

namespace gimlet
{

/// Lets somebody use the node: a page, a terminal, a script. It observes Context::node().
class GIMLET_API Frontend : public Plugin
{
public:
	~Frontend() override;
};

}
