#pragma once

#include "plugins/transport/udp-punch/link/PunchLink.h"

namespace gimlet::udp_punch
{

/// A call of session or association is under way: neither may be destroyed until it has returned.
class PunchLink::Below
{
public:
	explicit Below(PunchLink& link) : _link(link)
	{
		++_link._below;
	}
	Below(const Below&) = delete;
	Below& operator=(const Below&) = delete;
	~Below()
	{
		--_link._below;
	}

private:
	PunchLink& _link;
};

}
