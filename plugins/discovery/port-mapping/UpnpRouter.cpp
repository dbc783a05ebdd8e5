// UPnP Internet Gateway Devices, by libminiupnpc.
#include <miniupnpc/miniupnpc.h>
#include <miniupnpc/upnpcommands.h>
#include <miniupnpc/upnperrors.h>

#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "plugins/discovery/port-mapping/Routers.h"

namespace gimlet::port_mapping
{

namespace
{

/// In milliseconds; a device may answer as late as it is asked to (UPnP Device Architecture, section 1.3.2).
constexpr int DISCOVERY = 1'500;

/// Errors of WANIPConnection.
constexpr int CONFLICT = 718;
constexpr int ONLY_PERMANENT_LEASES = 725;

/// Further ports that are asked for when somebody else has ours.
constexpr int OTHER_PORTS = 4;

/// What it takes to talk with a router: the URL to which commands go, a space, and the type of service.
struct Service
{
	std::string url;
	std::string type;
};

std::optional<Service> parse(const std::string& router)
{
	const auto space = router.find(' ');
	if (space == std::string::npos)
		return std::nullopt;
	return Service{router.substr(0, space), router.substr(space + 1)};
}

/// The library's structures of URLs.
struct Urls
{
	Urls() = default;
	Urls(const Urls&) = delete;
	Urls& operator=(const Urls&) = delete;
	~Urls()
	{
		FreeUPNPUrls(&value);
	}

	UPNPUrls value{};
};

/// Only the router itself is listened to: whoever is on the network may answer, and name any address.
std::optional<Service> describe(const std::string& description, const std::string& router)
{
	if (hostOf(description) != router)
		return std::nullopt;
	Urls urls;
	IGDdatas data{};
	std::array<char, 64> local{};
	if (UPNP_GetIGDFromUrl(description.c_str(), &urls.value, &data, local.data(), local.size()) != 1 ||
		!urls.value.controlURL || hostOf(urls.value.controlURL) != router)
		return std::nullopt;
	return Service{urls.value.controlURL, data.first.servicetype};
}

std::optional<Service> discover(const Job& job, const std::atomic<bool>& ended)
{
	int error = 0;
	const auto from = job.client.addressString();
	const std::unique_ptr<UPNPDev, void (*)(UPNPDev*)> devices(
		upnpDiscover(DISCOVERY, from.c_str(), nullptr, UPNP_LOCAL_PORT_ANY, 0, 2, &error), freeUPNPDevlist);
	const auto router = job.gateway.addressString();
	for (const auto* device = devices.get(); device && !ended; device = device->pNext)
		if (device->descURL)
			if (auto service = describe(device->descURL, router))
				return service;
	return std::nullopt;
}

int add(const Service& service, const Job& job, std::uint16_t external, std::chrono::seconds lease)
{
	return UPNP_AddPortMapping(service.url.c_str(), service.type.c_str(), std::to_string(external).c_str(),
		std::to_string(job.internalPort).c_str(), job.client.addressString().c_str(), "Gimlet", "UDP",
		nullptr, std::to_string(lease.count()).c_str());
}

void remove(const Service& service, std::uint16_t external)
{
	UPNP_DeletePortMapping(
		service.url.c_str(), service.type.c_str(), std::to_string(external).c_str(), "UDP", nullptr);
}

/// Whether the port is forwarded to what the job is for. It is not where the router does not say.
bool isOurs(const Service& service, const Job& job, std::uint16_t external)
{
	// As large as the library's manual has them, and more.
	std::array<char, 64> client{};
	std::array<char, 64> port{};
	std::array<char, 128> description{};
	std::array<char, 64> enabled{};
	std::array<char, 64> lease{};
	return UPNP_GetSpecificPortMappingEntry(service.url.c_str(), service.type.c_str(),
			   std::to_string(external).c_str(), "UDP", nullptr, client.data(), port.data(),
			   description.data(), enabled.data(), lease.data()) == UPNPCOMMAND_SUCCESS &&
		   client.data() == job.client.addressString() && port.data() == std::to_string(job.internalPort);
}

std::string reason(int error)
{
	const char* text = strupnperror(error);
	return "refuses: " + (text ? std::string{text} : "error " + std::to_string(error));
}

JobResult map(const Service& service, const Job& job)
{
	JobResult result;
	result.number = job.number;
	// The address first: a mapping is of no use without, and would be left behind.
	std::array<char, 64> address{};
	int error = UPNP_GetExternalIPAddress(service.url.c_str(), service.type.c_str(), address.data());
	if (error != UPNPCOMMAND_SUCCESS)
	{
		result.error = reason(error);
		return result;
	}
	auto port = job.externalPort;
	auto lease = job.lifetime;
	error = add(service, job, port, lease);
	for (int other = 0; error == CONFLICT && other < OTHER_PORTS; ++other)
	{
		// Far from each other, and never a well-known one.
		port =
			static_cast<std::uint16_t>(1'024 + (port + 9'973U * static_cast<unsigned>(other + 1)) % 64'000);
		error = add(service, job, port, lease);
	}
	if (error == ONLY_PERMANENT_LEASES)
	{
		lease = std::chrono::seconds{0};
		error = add(service, job, port, lease);
	}
	if (error != UPNPCOMMAND_SUCCESS)
	{
		// The library's own errors are below 0: what is not answered may have been done all the same, or
		// refused, for the port is a neighbour's. By invalid arguments nothing was sent.
		if (error < 0 && error != UPNPCOMMAND_INVALID_ARGS && !job.renewal && isOurs(service, job, port))
			remove(service, port);
		result.error = reason(error);
		return result;
	}
	result.external = Endpoint::parseAddress(address.data(), port).value_or(Endpoint::any(AF_INET, port));
	result.lifetime = lease;
	result.router = service.url + ' ' + service.type;
	return result;
}

}

JobResult doUpnp(const Job& job, const std::atomic<bool>& ended)
{
	JobResult result;
	result.number = job.number;
	auto service = parse(job.router);
	if (job.kind == Job::Kind::Unmap)
	{
		if (service)
			remove(*service, job.externalPort);
		return result;
	}
	if (!service && !ended)
		service = discover(job, ended);
	if (service && !ended)
		return map(*service, job);
	result.error = "no answer";
	return result;
}

}
