#pragma once

#include <atomic>

#include "plugins/discovery/port-mapping/Jobs.h"

namespace gimlet::port_mapping
{

/// Does a job by libnatpmp or libminiupnpc. Blocks for some seconds at most, less once `ended` is true: for a
/// thread that has nothing else to do.
JobResult doJob(const Job& job, const std::atomic<bool>& ended);

JobResult doNatPmp(const Job& job, const std::atomic<bool>& ended);
JobResult doUpnp(const Job& job, const std::atomic<bool>& ended);

/// The host of an http URL: "192.168.1.1" of "http://192.168.1.1:5000/rootDesc.xml".
std::string hostOf(const std::string& url);

}
