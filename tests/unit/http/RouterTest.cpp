#include "node/http/Router.h"

#include <Poco/Exception.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace gimlet;
using http::Route;
using http::Router;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

namespace
{

Route route(Route::Kind kind = Route::Kind::Get)
{
	Route made;
	made.kind = kind;
	made.handler = [](const HttpRequest&, HttpReply&) {};
	made.acceptor = [](const HttpRequest&) { return HttpReply{}; };
	return made;
}

Router::Match find(const Router& router, const std::string& path)
{
	return router.find(std::get<http1::Target>(http1::parseTarget(path)));
}

}

TEST(HttpRouter, FindsWhatIsMounted)
{
	Router router;
	const auto root = router.add("/", route());
	const auto socket = router.add("/ws/register/{worker_id}", route(Route::Kind::WebSocket));
	EXPECT_EQ(find(router, "/").route, root);
	const auto match = find(router, "/ws/register/a%20b?x=y");
	EXPECT_EQ(match.route, socket);
	EXPECT_THAT(match.parameters, ElementsAre(Pair("worker_id", "a b")));
	for (const auto* path : {"/ws", "/ws/register", "/ws/register/a/b", "/ws/register/a/", "/WS/register/a"})
		EXPECT_EQ(find(router, path).route, nullptr) << path;
}

TEST(HttpRouter, PrefersWhatIsMoreExact)
{
	Router router;
	const auto files = router.add("/", route(Route::Kind::Files));
	const auto deeper = router.add("/assets/", route(Route::Kind::Files));
	const auto any = router.add("/{name}", route());
	const auto exact = router.add("/ip", route());
	EXPECT_EQ(find(router, "/").route, files);
	EXPECT_EQ(find(router, "/a/b/c").route, files);
	EXPECT_EQ(find(router, "/assets/x.css").route, deeper);
	EXPECT_EQ(find(router, "/assets/").route, deeper);
	EXPECT_EQ(find(router, "/other").route, any);
	EXPECT_EQ(find(router, "/ip").route, exact);
	EXPECT_THAT(find(router, "/ip").parameters, IsEmpty());
}

TEST(HttpRouter, TakesAShapeOnce)
{
	Router router;
	const auto first = router.add("/a/{x}", route());
	EXPECT_THROW(router.add("/a/{y}", route(Route::Kind::WebSocket)), Poco::ExistsException);
	EXPECT_NO_THROW(router.add("/a/x", route()));
	EXPECT_NO_THROW(router.add("/a/{x}", route(Route::Kind::Files))) << "files lie behind";
	router.remove(first);
	EXPECT_NO_THROW(router.add("/a/{y}", route()));
}

TEST(HttpRouter, RefusesWhatNoRequestCouldMatch)
{
	Router router;
	for (const auto* pattern : {"", "a", "//", "/a//b"})
		EXPECT_THROW(router.add(pattern, route()), Poco::InvalidArgumentException) << pattern;
	EXPECT_THROW(router.add("/a", Route{}), Poco::InvalidArgumentException) << "no handler";
}
