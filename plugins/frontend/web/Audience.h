#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <set>
#include <string>
#include <string_view>

#include "node/api/EventLoop.h"
#include "node/protocol/ui/Session.h"

namespace gimlet::web
{

class PageConnection;

/// The pages that are open. Shared by them, since the listener may end their connections after the plugin
/// has stopped. Loop thread only.
class Audience
{
public:
	struct Limits
	{
		std::size_t pages = 64;
		/// Objects a second that one page may send; ten times as many at once.
		unsigned rate = 50;
	};

	Audience(EventLoop& loop, prometheus::Registry& metrics, const Limits& limits);

	/// From now on there is a session that pages speak with.
	void open(ui::Session& session);

	/// There is none any more: what pages say is ignored.
	void close();

	/// Null when closed.
	ui::Session* session()
	{
		return _session;
	}

	void join(PageConnection& page);
	void leave(PageConnection& page);
	bool empty() const
	{
		return _pages.empty();
	}

	/// Tells all pages; the text is made once.
	void tell(const ui::ToPage& object);

	TimePoint now() const
	{
		return _loop.now();
	}

	const Limits& limits() const
	{
		return _limits;
	}

	/// Counts an object of a page: "accepted", "bad", "too_fast".
	void count(const std::string& outcome);

private:
	EventLoop& _loop;
	Limits _limits;
	prometheus::Gauge& _open;
	prometheus::Family<prometheus::Counter>& _objects;
	ui::Session* _session = nullptr;
	std::set<PageConnection*> _pages;
};

}
