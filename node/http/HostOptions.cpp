#include "node/http/HostOptions.h"

namespace gimlet::http
{

HostOptions hostOptions(const Settings& settings, Problems& problems)
{
	HostOptions options;
	const auto& section = settings.section();
	options.enabled = settings.text("listen") != "none";
	if (options.enabled)
		options.listen = settings.endpoint("listen");
	options.certificate = settings.text("certificate");
	options.privateKey = settings.text("private_key");
	if (options.certificate.empty() && !options.privateKey.empty())
		problems.add(section, "private_key", "is given without [http] certificate");
	for (const auto& proxy : settings.list("trusted_proxies"))
	{
		if (!options.trustedProxies.add(proxy))
			problems.add(section, "trusted_proxies",
				"\"" + proxy + "\" is neither an address nor a network such as 10.0.0.0/8");
	}
	options.metricsToken = settings.text("metrics_token");
	if (!options.metricsToken.empty() && options.metricsToken.size() < MIN_TOKEN_LENGTH)
		problems.add(section, "metrics_token",
			"is too short to be safe: at least " + std::to_string(MIN_TOKEN_LENGTH) +
				" characters are needed (openssl rand -base64 24)");
	options.threads = static_cast<std::size_t>(settings.integer("threads"));
	options.requestTimeout = settings.seconds("request_timeout");
	options.keepAlive = settings.seconds("keep_alive");
	options.maxRequests = static_cast<std::size_t>(settings.integer("max_requests"));
	return options;
}

}
