#include "plugins/frontend/web/Web.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/protocol/ui/Codec.h"
#include "plugins/frontend/web/Address.h"
#include "tests/support/FakeContext.h"
#include "tests/support/FakeHttpHost.h"
#include "tests/support/FakeNode.h"
#include "tests/support/ManualLoop.h"
#include "tests/support/TempFolder.h"

using namespace gimlet;
using namespace gimlet::web;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace
{

class WebPlugin : public testing::Test
{
protected:
	WebPlugin()
	{
		_data.write("web/index.html", "<!DOCTYPE html>");
		_context.httpHost = &_http;
		_context.users = &_node;
		_context.data = _data.path();
	}

	void configure(std::map<std::string, std::string> given = {})
	{
		std::map<std::string, std::string> values{{"token", ""}, {"hosts", ""}, {"history", "200"},
			{"max_pages", "64"}, {"rate_limit", "2"}, {"folder", ""}};
		for (auto& [key, value] : given)
			values[key] = value;
		_web.configure(test::settings("web", values), _problems);
	}

	void start(const std::map<std::string, std::string>& given = {})
	{
		configure(given);
		_web.start();
	}

	static std::vector<ui::ToPage> heard(const test::FakeHttpHost::Client& client)
	{
		std::vector<ui::ToPage> result;
		std::string error;
		for (const auto& text : client.socket->texts)
			result.push_back(ui::decodeToPage(text, error).value());
		return result;
	}

	test::ManualLoop _loop;
	test::FakeContext _context{_loop, "web"};
	test::FakeHttpHost _http;
	test::FakeNode _node;
	test::TempFolder _data;
	test::FakeProblems _problems;
	Web _web{_context};
};

}

TEST_F(WebPlugin, MountsThePageAndItsSocketAndTakesThemAway)
{
	start({{"max_pages", "7"}, {"hosts", "example.org"}});
	EXPECT_EQ(_http.folders["/"], _data.path() + "/web");
	EXPECT_EQ(_http.sockets.at("/ui_ws").first.maxConnections, 7U);
	EXPECT_EQ(_http.sockets.at("/ui_ws").first.access, Access::Guarded);
	EXPECT_THAT(_http.guard.hosts, ElementsAre("example.org"));
	_web.stop();
	EXPECT_THAT(_http.folders, IsEmpty());
	EXPECT_THAT(_http.sockets, IsEmpty());
	EXPECT_THAT(_node.observers, IsEmpty());
	EXPECT_EQ(_loop.timers(), 0U);
	_web.stop();
}

TEST_F(WebPlugin, AsksForNoTokenOnLoopbackAndMakesOneBeyond)
{
	start();
	EXPECT_EQ(_http.guard.token, "");
	_web.stop();
	_http.address = *Endpoint::parse("192.0.2.1:8080");
	_web.start();
	EXPECT_GE(_http.guard.token.size(), 22U);
}

TEST_F(WebPlugin, ANameOnLoopbackIsAProxysAndNeedsAToken)
{
	start();
	EXPECT_EQ(_http.guard.token, "");
	_web.reconfigure(test::settings("web", {{"hosts", "node.example"}}));
	const auto made = _http.guard.token;
	EXPECT_GE(made.size(), 22U);
	_web.reconfigure(test::settings("web", {{"hosts", "other.example"}}));
	EXPECT_EQ(_http.guard.token, made);
}

TEST_F(WebPlugin, KeepsAConfiguredToken)
{
	_http.address = Endpoint::any(AF_INET6, 8080);
	start({{"token", "Zm9vYmFyYmF6cXV4MTIzNA"}});
	EXPECT_EQ(_http.guard.token, "Zm9vYmFyYmF6cXV4MTIzNA");
	EXPECT_THAT(_problems.all, IsEmpty());
}

TEST_F(WebPlugin, RefusesAWeakToken)
{
	configure({{"token", "secret"}});
	ASSERT_THAT(_problems.all, SizeIs(1));
	EXPECT_THAT(_problems.all.front(), HasSubstr("too short"));
	EXPECT_THAT(_problems.all.front(), testing::Not(HasSubstr("secret")));
}

TEST_F(WebPlugin, SaysWhatIsMissing)
{
	EXPECT_THAT(
		[this] {
			start({{"folder", "/nowhere"}});
		},
		testing::ThrowsMessage<PluginError>(HasSubstr("/nowhere/index.html")));
	_http.address = Endpoint{};
	EXPECT_THAT([this] { start(); }, testing::ThrowsMessage<PluginError>(HasSubstr("[http] listen")));
	_web.stop();
}

TEST_F(WebPlugin, IntroducesTheNodeAndTellsEveryPage)
{
	const auto peer = _node.addPeer('a', "Ann", LinkState::Up);
	start();
	const auto one = _http.connect("/ui_ws");
	const auto other = _http.connect("/ui_ws");
	EXPECT_TRUE(std::holds_alternative<ui::InitInfo>(heard(one).at(0)));
	_node.receive(peer, "hi");
	EXPECT_EQ(std::get<ui::MessageReceived>(heard(one).at(1)).content, "hi");
	EXPECT_EQ(heard(one), heard(other));
	EXPECT_EQ(_context.metric("gimlet_web_pages"), 2);
}

TEST_F(WebPlugin, APageThatIsReloadedGetsTheHistory)
{
	const auto peer = _node.addPeer('a', "Ann", LinkState::Up);
	start();
	{
		auto page = _http.connect("/ui_ws");
		page.handler->onText(R"({"type":"send_p2p_message","content":"hello","id":"m1"})");
		_node.deliver(peer, "m1", Delivery::Delivered);
	}
	_node.receive(peer, "while nobody looked");
	const auto page = _http.connect("/ui_ws");
	const auto objects = heard(page);
	ASSERT_THAT(objects, SizeIs(2));
	const auto& messages = std::get<ui::HistoryPart>(objects[1]).messages;
	ASSERT_THAT(messages, SizeIs(2));
	EXPECT_EQ(std::get<ui::MessageSent>(messages[0]).deliveries.at(0).state, Delivery::Delivered);
	EXPECT_EQ(std::get<ui::MessageReceived>(messages[1]).content, "while nobody looked");
}

TEST_F(WebPlugin, AnswersTheOneWhoAsked)
{
	_node.refusal = Refusal::Empty;
	_node.refusalText = "Cannot send empty message.";
	start();
	auto one = _http.connect("/ui_ws");
	const auto other = _http.connect("/ui_ws");
	one.handler->onText(R"({"type":"send_p2p_message","content":"","id":"m1"})");
	EXPECT_EQ(heard(one).at(1), ui::ToPage{(ui::Error{"Cannot send empty message.", "empty", "m1"})});
	EXPECT_THAT(heard(other), SizeIs(1));
	one.handler->onText("nonsense");
	EXPECT_EQ(std::get<ui::Error>(heard(one).at(2)).code, "bad_message");
	EXPECT_EQ(_context.metric("gimlet_web_objects_total", {{"outcome", "bad"}}), 1);
}

TEST_F(WebPlugin, RefusesWhatComesTooFastAndSaysWhich)
{
	start();
	auto page = _http.connect("/ui_ws");
	for (int i = 0; i < 20; ++i)
		page.handler->onText(R"({"type":"ping"})");
	page.handler->onText(R"({"type":"send_p2p_message","content":"x","id":"m1"})");
	const auto error = std::get<ui::Error>(heard(page).back());
	EXPECT_EQ(error.code, "too_fast");
	EXPECT_EQ(error.id, "m1");
	EXPECT_THAT(_node.requests, IsEmpty());
	_loop.advance(std::chrono::milliseconds{500});
	page.handler->onText(R"({"type":"send_p2p_message","content":"x","id":"m1"})");
	EXPECT_THAT(_node.requests, SizeIs(1));
}

TEST_F(WebPlugin, ClosesAPageThatDoesNotListen)
{
	start();
	auto page = _http.connect("/ui_ws");
	for (int i = 0; i < 1100 && !page.socket->closed; ++i)
		page.handler->onText("x");
	EXPECT_EQ(page.socket->closed, 1008);
}

TEST_F(WebPlugin, TellsChangedFiguresWhileSomebodyLooks)
{
	const auto peer = _node.addPeer('a', "Ann", LinkState::Up);
	start();
	const auto page = _http.connect("/ui_ws");
	_node.peer(peer).link.bytesSent = 9;
	_loop.advance(std::chrono::seconds{3});
	EXPECT_EQ(std::get<ui::PeerUpdate>(heard(page).back()).peer.bytesSent, 9U);
}

TEST_F(WebPlugin, APageThatOutlivesThePluginIsDeafAndHarmless)
{
	start();
	auto page = _http.connect("/ui_ws");
	_web.stop();
	page.handler->onText(R"({"type":"send_p2p_message","content":"x"})");
	EXPECT_THAT(_node.requests, IsEmpty());
}

TEST_F(WebPlugin, AHostWithMoreThanANameWouldNeverMatchAndIsAProblem)
{
	configure({{"hosts", "chat.example, 192.0.2.7, 2001:db8::7, localhost"}});
	EXPECT_THAT(_problems.all, IsEmpty());
	configure({{"hosts", "chat.example:8080, https://chat.example, [2001:db8::7]"}});
	ASSERT_THAT(_problems.all, SizeIs(3));
	EXPECT_THAT(_problems.all.front(), HasSubstr("\"chat.example:8080\" is no host name"));
}

TEST_F(WebPlugin, TakesChangedHostsWhileRunning)
{
	start();
	_web.reconfigure(test::settings("web", {{"hosts", "a.example, b.example"}}));
	EXPECT_THAT(_http.guard.hosts, ElementsAre("a.example", "b.example"));
}

TEST(WebAddress, IsWhatAPersonWouldOpen)
{
	const std::vector machine{*Endpoint::parse("192.0.2.7:0"), *Endpoint::parse("127.0.0.1:0")};
	EXPECT_EQ(pageAddress("http", *Endpoint::parse("127.0.0.1:8080"), {}, machine), "http://127.0.0.1:8080/");
	EXPECT_EQ(pageAddress("http", *Endpoint::parse("[::1]:80"), {}, machine), "http://[::1]/");
	EXPECT_EQ(pageAddress("https", Endpoint::any(AF_INET6, 443), {}, machine), "https://192.0.2.7/");
	EXPECT_EQ(pageAddress("https", Endpoint::any(AF_INET, 80), {}, {}), "https://127.0.0.1:80/");
	EXPECT_EQ(
		pageAddress("http", Endpoint::any(AF_INET, 80), {"node.example"}, machine), "http://node.example/");
}
