#pragma once

#include "node/api/Plugin.h"

namespace gimlet
{

/// Serves other nodes: a rendezvous, a STUN server.
class GIMLET_API Service : public Plugin
{
public:
	~Service() override;
};

}
