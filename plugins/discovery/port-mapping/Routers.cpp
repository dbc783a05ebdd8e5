#include "plugins/discovery/port-mapping/Routers.h"

namespace gimlet::port_mapping
{

JobResult doJob(const Job& job, const std::atomic<bool>& ended)
{
	return job.protocol == Protocol::NatPmp ? doNatPmp(job, ended) : doUpnp(job, ended);
}

std::string hostOf(const std::string& url)
{
	constexpr std::string_view SCHEME = "http://";
	if (!url.starts_with(SCHEME))
		return {};
	const auto end = url.find_first_of(":/?#", SCHEME.size());
	return url.substr(SCHEME.size(), end == std::string::npos ? end : end - SCHEME.size());
}

}
