#include "plugins/discovery/port-mapping/Jobs.h"

namespace gimlet::port_mapping
{

const char* toString(Protocol protocol)
{
	switch (protocol)
	{
	case Protocol::Pcp:
		return "PCP";
	case Protocol::NatPmp:
		return "NAT-PMP";
	case Protocol::Upnp:
		return "UPnP";
	}
	return "";
}

}
