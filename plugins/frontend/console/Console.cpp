#include "plugins/frontend/console/Console.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <unistd.h>

#include "node/api/Log.h"
#include "node/protocol/ui/Codec.h"

namespace gimlet::console
{

namespace
{

std::string timeOfDay(WallTime time)
{
	return fmt::format(
		"{:%H:%M}", fmt::localtime(std::chrono::duration_cast<std::chrono::seconds>(time).count()));
}

}

Console::Console(Context& context, int input, int output) :
	_context(context), _inputDescriptor(input), _outputDescriptor(output)
{
}

Console::~Console()
{
	stop();
}

void Console::configure(const Settings& settings, Problems&)
{
	_json = settings.text("format") == "json";
	_linger = settings.seconds("linger");
}

void Console::start()
{
	auto& loop = _context.loop();
	_output = std::make_unique<Output>(loop, _outputDescriptor,
		[this](const std::string& error) { end("nobody reads the console's output any more: " + error); });
	_output->onDrained = [this](std::size_t dropped)
	{
		if (dropped > 0)
			show(ui::Notice{
				fmt::format("{} objects were not shown: the output was read too slowly", dropped)});
		endWhenDone();
	};
	_session = std::make_unique<ui::Session>(_context.node(), ui::History::Limits{.messages = 0, .bytes = 0},
		"", [this](const auto& object) { show(object); });
	if (_json)
		startJson();
	else
		startText();
	for (const auto& object : _session->introduction())
		show(object);
	_input = std::make_unique<Input>(
		loop, _inputDescriptor,
		[this](std::string_view bytes)
		{
			if (_editor)
				_editor->feed(bytes);
			else
				_lines->feed(bytes);
			redraw();
		},
		[this](const std::string& error) { onInputEnd(error); });
}

void Console::startJson()
{
	_lines = std::make_unique<LineSplitter>(
		ui::MAX_OBJECT, [this](std::string_view line) { onJson(line); },
		[this] {
			show(ui::Error{fmt::format("Not understood: over {} bytes.", ui::MAX_OBJECT), "bad_message", ""});
		});
}

void Console::startText()
{
	_view = std::make_unique<TextView>(timeOfDay);
	if (Terminal::usable(_inputDescriptor, _outputDescriptor))
	{
		_terminal = std::make_unique<Terminal>(_inputDescriptor, _outputDescriptor);
		_editor = std::make_unique<LineEditor>(
			ui::MAX_OBJECT, [this](const std::string& line) { onText(line); }, [this] { finish(); });
		if (LogAbove::sameTerminal(_outputDescriptor, STDERR_FILENO))
			_logAbove = LogAbove::install(_context.loop(), STDERR_FILENO, [this] { redraw(); });
		return;
	}
	_lines = std::make_unique<LineSplitter>(
		ui::MAX_OBJECT, [this](std::string_view line) { onText(std::string{line}); },
		[this] { print({fmt::format("!! a line has at most {} bytes", ui::MAX_OBJECT)}); });
}

void Console::stop()
{
	_deadline.cancel();
	if (_input)
		_input->stop();
	_session.reset();
	if (_logAbove)
		_logAbove->uninstall();
	if (_terminal && _output)
		_output->write(Terminal::cleared());
	_terminal.reset();
	_output.reset();
}

void Console::onJson(std::string_view line)
{
	if (_ending || line.find_first_not_of(" \t") == std::string_view::npos)
		return;
	std::string error;
	const auto object = ui::decodeFromPage(line, error);
	// A newer page may know more types, and is let be; whoever writes here has misspelt one.
	if (const auto* unknown = object ? std::get_if<ui::Unknown>(&*object) : nullptr)
		error = fmt::format(
			"there is no type \"{}\"; \"send_p2p_message\" with a \"content\" sends a text", unknown->type);
	if (error.empty())
		handle(*object);
	else
		show(ui::Error{fmt::format("Not understood: {}.", error), "bad_message", ""});
}

void Console::onText(const std::string& line)
{
	if (_ending)
		return;
	const auto command = parseCommand(line, _view->peers());
	if (const auto* said = std::get_if<Say>(&command))
		say(said->content, said->to ? said->to : _addressee);
	else if (const auto* target = std::get_if<TalkWith>(&command))
		talkWith(target->peer);
	else if (const auto* mistake = std::get_if<Mistake>(&command))
		print({"!! " + mistake->message});
	else if (std::holds_alternative<ShowPeers>(command))
		print(_view->showPeers());
	else if (std::holds_alternative<ShowNetwork>(command))
		print(_view->showNetwork());
	else if (const auto* wanted = std::get_if<Verify>(&command))
		verify(*wanted);
	else if (const auto* unwanted = std::get_if<Forget>(&command))
		handle(ui::UnverifyPeer{unwanted->peer});
	else if (const auto* differing = std::get_if<Refuse>(&command))
		handle(ui::RefusePeer{differing->peer});
	else if (std::holds_alternative<ShowHelp>(command))
		print(helpLines());
	else if (std::holds_alternative<Quit>(command))
		finish();
}

void Console::say(const std::string& content, const std::optional<PeerId>& to)
{
	handle(ui::SendMessage{content, to, ""});
}

void Console::talkWith(const std::optional<PeerId>& peer)
{
	_addressee = peer;
	print({peer ? fmt::format("-- you talk with {} alone", _view->label(*peer))
				: "-- you talk with everybody"});
}

/// Without a code it is shown, and nothing is verified: only who has heard the other's can compare.
void Console::verify(const Verify& wanted)
{
	if (wanted.code.empty())
		print(_view->showCode(wanted.peer));
	else
		handle(ui::VerifyPeer{wanted.peer, wanted.code});
}

void Console::handle(const ui::FromPage& object)
{
	_handling = true;
	const auto answers = _session->handle(object);
	_handling = false;
	for (const auto& answer : answers)
		show(answer);
}

void Console::show(const ui::ToPage& object)
{
	if (const auto* sent = std::get_if<ui::MessageSent>(&object); sent && _handling)
		_outstanding.sent(*sent);
	if (const auto* update = std::get_if<ui::DeliveryUpdate>(&object))
		_outstanding.update(*update);
	if (_json)
		_output->write(ui::encode(object) + '\n');
	else
		print(_view->show(object, _handling && !_terminal)); // a terminal of ours has not echoed it
	endWhenDone();
}

void Console::print(const std::vector<std::string>& lines)
{
	if (lines.empty())
		return;
	if (_terminal)
		return _output->write(Terminal::above(lines, typed()));
	std::string text;
	for (const auto& line : lines)
		text += line + '\n';
	_output->write(std::move(text));
}

/// Shows the line that is being typed as it is now.
void Console::redraw()
{
	if (_terminal && _output)
		_output->write(Terminal::above({}, typed()));
}

/// The line that is being typed, behind the name of whom it goes to.
std::string Console::typed() const
{
	return _editor->display(_terminal->columns(), _addressee ? _view->label(*_addressee) + "> " : "> ");
}

void Console::onInputEnd(const std::string& error)
{
	if (!error.empty())
		return end("the console's input broke off: " + error);
	if (_lines)
		_lines->end();
	finish();
}

/// Takes no more, and ends when what was sent is confirmed.
void Console::finish()
{
	if (_ending)
		return;
	_ending = true;
	if (_input)
		_input->stop();
	_deadline = _context.loop().after(_linger,
		[this]
		{
			if (!_outstanding.empty())
				logWarning(_context.logger(),
					fmt::format("{} messages were not confirmed before the end", _outstanding.size()));
			end("the end of the console's input");
		});
	endWhenDone();
}

void Console::endWhenDone()
{
	if (_ending && _outstanding.empty() && _output->drained())
		end("the end of the console's input");
}

void Console::end(const std::string& reason)
{
	if (_ended)
		return;
	_ended = true;
	_context.requestStop(0, reason);
}

}
