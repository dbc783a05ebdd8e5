// A plugin for tests: gives back what comes on channels labelled "echo", message by message, of the kind it
// came in.
#include <list>
#include <memory>

#include "node/api/Channel.h"
#include "node/api/Context.h"
#include "node/api/Node.h"
#include "node/api/Service.h"

namespace
{

constexpr const char* LABEL = "echo";
constexpr std::size_t MAX_MESSAGE = 16U << 20U;

class EchoChannel final : public gimlet::ChannelObserver
{
public:
	void messageBegin(gimlet::Channel&, gimlet::MessageKind kind) override
	{
		_kind = kind;
		_message.clear();
	}

	void messagePart(gimlet::Channel& channel, gimlet::ByteView bytes) override
	{
		if (_message.size() + bytes.size() > MAX_MESSAGE)
			return channel.close();
		_message.insert(_message.end(), bytes.begin(), bytes.end());
	}

	void messageEnd(gimlet::Channel& channel) override
	{
		const auto limit = channel.maxMessage();
		for (std::size_t at = 0; at < _message.size() || at == 0; at += limit)
		{
			const auto rest = gimlet::ByteView{_message}.subspan(at);
			channel.send(_kind, rest.first(std::min(rest.size(), limit)));
		}
	}

	void closed(gimlet::Channel&, const std::string&) override
	{
		over = true;
	}

	bool over = false;

private:
	gimlet::MessageKind _kind = gimlet::MessageKind::Text;
	gimlet::Buffer _message;
};

class Echo final : public gimlet::Service, private gimlet::ChannelService
{
public:
	explicit Echo(gimlet::Context& context) : _context(context) {}

	void configure(const gimlet::Settings&, gimlet::Problems&) override {}

	void start() override
	{
		_context.node().serveChannels(LABEL, this);
	}

	void stop() override
	{
		_context.node().serveChannels(LABEL, nullptr);
	}

private:
	gimlet::ChannelObserver* channelOffered(const gimlet::PeerId&, gimlet::Channel&) override
	{
		_channels.remove_if([](const auto& channel) { return channel->over; });
		return _channels.emplace_back(std::make_unique<EchoChannel>()).get();
	}

	gimlet::Context& _context;
	std::list<std::unique_ptr<EchoChannel>> _channels;
};

constexpr GimletConfigKey KEYS[] = {
	{"unused", GIMLET_TEXT, "", "", 0, "", GIMLET_ALIAS_VALUE, "Nothing."},
};

}

GIMLET_PLUGIN("service", "echo", "1.0", "Gives back what comes on channels labelled echo.", KEYS, Echo)
