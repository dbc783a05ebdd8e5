#include "Outside.h"

#include <prometheus/registry.h>

#include "node/api/Log.h"
#include "node/protocol/json/Writer.h"

namespace outside
{

Outside::Outside(gimlet::Context& context) :
	_context(context),
	_starts(prometheus::BuildCounter()
				.Name("gimlet_outside_starts_total")
				.Help("Starts.")
				.Register(context.metrics())
				.Add({}))
{
}

void Outside::configure(const gimlet::Settings& settings, gimlet::Problems& problems)
{
	_word = settings.text("word");
	if (_word.empty())
		problems.add(settings.section(), "word", "is empty; a word is right");
}

void Outside::start()
{
	_starts.Increment();
	gimlet::json::Writer out;
	out.beginObject().member("word", _word).endObject();
	gimlet::logInformation(_context.logger(), "from outside: " + out.take());
}

void Outside::stop()
{
	gimlet::logInformation(_context.logger(), "back outside");
}

}
