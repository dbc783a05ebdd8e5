#include "plugins/frontend/web/Audience.h"

#include <vector>

#include "node/protocol/ui/Codec.h"
#include "plugins/frontend/web/PageConnection.h"

namespace gimlet::web
{

Audience::Audience(EventLoop& loop, prometheus::Registry& metrics, const Limits& limits) :
	_loop(loop),
	_limits(limits),
	_open(prometheus::BuildGauge()
			  .Name("gimlet_web_pages")
			  .Help("Pages and scripts connected now")
			  .Register(metrics)
			  .Add({})),
	_objects(prometheus::BuildCounter()
				 .Name("gimlet_web_objects_total")
				 .Help("Objects that pages have sent, by what became of them")
				 .Register(metrics))
{
}

void Audience::open(ui::Session& session)
{
	_session = &session;
}

void Audience::close()
{
	_session = nullptr;
}

void Audience::join(PageConnection& page)
{
	_pages.insert(&page);
	_open.Set(static_cast<double>(_pages.size()));
}

void Audience::leave(PageConnection& page)
{
	_pages.erase(&page);
	_open.Set(static_cast<double>(_pages.size()));
}

void Audience::tell(const ui::ToPage& object)
{
	if (_pages.empty())
		return;
	const auto text = ui::encode(object);
	for (auto* page : std::vector(_pages.begin(), _pages.end()))
		page->sendText(text);
}

void Audience::count(const std::string& outcome)
{
	_objects.Add({{"outcome", outcome}}).Increment();
}

}
