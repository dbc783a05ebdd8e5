#pragma once

#include <memory>

#include "node/api/Http.h"

namespace gimlet::core
{

/// A node without HTTP: whatever is mounted is never asked for.
class AbsentHttp final : public HttpHost
{
public:
	std::unique_ptr<Mount> get(const std::string&, Access, Handler) override
	{
		return std::make_unique<Mount>();
	}
	std::unique_ptr<Mount> files(const std::string&, const std::string&, Access) override
	{
		return std::make_unique<Mount>();
	}
	std::unique_ptr<Mount> webSocket(const std::string&, const WebSocketOptions&, Acceptor) override
	{
		return std::make_unique<Mount>();
	}
	void setGuard(const Guard&) override {}
	Endpoint listening() const override
	{
		return {};
	}
	bool onLoopback() const override
	{
		return true;
	}
	std::string scheme() const override
	{
		return "http";
	}
};

}
