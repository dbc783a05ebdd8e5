#pragma once

#include <memory>
#include <string>
#include <vector>

#include "node/api/Context.h"
#include "node/api/Frontend.h"
#include "node/protocol/ui/Session.h"
#include "plugins/frontend/web/Audience.h"

namespace gimlet::web
{

/// Serves the page on / and speaks with it on /ui_ws (docs/PROTOCOL.md, section 2).
class Web final : public Frontend
{
public:
	explicit Web(Context& context);
	~Web() override;

	void configure(const Settings& settings, Problems& problems) override;
	void reconfigure(const Settings& settings) override;
	void start() override;
	void stop() override;

private:
	bool setGuard();
	void printAddress(bool tokenIsNew);
	void refreshLater();

	Context& _context;
	HttpHost::Guard _guard;
	std::string _folder;
	ui::History::Limits _history;
	Audience::Limits _limits;
	std::shared_ptr<Audience> _audience;
	std::unique_ptr<ui::Session> _session;
	std::unique_ptr<HttpHost::Mount> _page;
	std::unique_ptr<HttpHost::Mount> _socket;
	Timer _refresh;
};

}
