#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/api/Context.h"
#include "node/api/Frontend.h"
#include "node/protocol/ui/Session.h"
#include "plugins/frontend/console/Command.h"
#include "plugins/frontend/console/Input.h"
#include "plugins/frontend/console/LineEditor.h"
#include "plugins/frontend/console/LineSplitter.h"
#include "plugins/frontend/console/LogAbove.h"
#include "plugins/frontend/console/Output.h"
#include "plugins/frontend/console/Outstanding.h"
#include "plugins/frontend/console/Terminal.h"
#include "plugins/frontend/console/TextView.h"

namespace gimlet::console
{

/// Uses the node from stdin and stdout: a chat for people, or JSON lines for scripts. The log goes to stderr,
/// so stdout carries nothing else. At the end of its input the node ends, once what was sent is confirmed.
class Console final : public Frontend
{
public:
	/// @param input, output Descriptors that stay the caller's.
	explicit Console(Context& context, int input = 0, int output = 1);
	~Console() override;

	void configure(const Settings& settings, Problems& problems) override;
	void start() override;
	void stop() override;

private:
	void startText();
	void startJson();

	void onJson(std::string_view line);
	void onText(const std::string& line);
	void say(const std::string& content, const std::optional<PeerId>& to);
	void verify(const Verify& wanted);
	void talkWith(const std::optional<PeerId>& peer);

	/// Does what an object asks for and shows the answers.
	void handle(const ui::FromPage& object);
	void show(const ui::ToPage& object);
	void print(const std::vector<std::string>& lines);
	void redraw();
	std::string typed() const;
	void onInputEnd(const std::string& error);
	void finish();
	void endWhenDone();
	void end(const std::string& reason);

	Context& _context;
	int _inputDescriptor;
	int _outputDescriptor;
	bool _json = false;
	std::chrono::milliseconds _linger{};

	std::unique_ptr<Output> _output;
	std::unique_ptr<Input> _input;
	std::unique_ptr<Terminal> _terminal;
	std::unique_ptr<LineEditor> _editor;
	LogAbove::Ptr _logAbove;
	std::unique_ptr<LineSplitter> _lines;
	std::unique_ptr<TextView> _view;
	std::unique_ptr<ui::Session> _session;
	Outstanding _outstanding;
	std::optional<PeerId> _addressee;
	bool _handling = false;
	bool _ending = false;
	bool _ended = false;
	Timer _deadline;
};

}
