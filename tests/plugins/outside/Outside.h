#pragma once

#include <prometheus/counter.h>

#include <string>

#include "node/api/Context.h"
#include "node/api/Service.h"

namespace outside
{

class Outside final : public gimlet::Service
{
public:
	explicit Outside(gimlet::Context& context);

	void configure(const gimlet::Settings& settings, gimlet::Problems& problems) override;
	void start() override;
	void stop() override;

private:
	gimlet::Context& _context;
	prometheus::Counter& _starts;
	std::string _word;
};

}
