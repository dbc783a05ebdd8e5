// Requests: whatever head is read can be written again and reads the same, paths have no way up, and the
// page's guard lets nobody in without loopback or the token.
#include <algorithm>

#include "node/http/Guard.h"
#include "node/http/TrustedProxies.h"
#include "node/protocol/http1/HeaderValues.h"
#include "node/protocol/http1/RequestHead.h"
#include "node/protocol/http1/ResponseHead.h"
#include "node/protocol/http1/Target.h"
#include "node/protocol/json/Utf8.h"
#include "tests/fuzz/Require.h"

using namespace gimlet;
using namespace gimlet::http1;

namespace
{

const std::string TOKEN = "0123456789abcdef0123456789abcdef";

void readAgain(const RequestHead& head)
{
	std::string text = head.method + " " + head.target + " " + head.version + "\r\n";
	for (const auto& [name, value] : head.headers)
		text.append(name).append(": ").append(value).append("\r\n");
	text += "\r\n";
	RequestHead again;
	REQUIRE(!parseRequestHead(text, again));
	REQUIRE(again.method == head.method && again.target == head.target && again.version == head.version);
	REQUIRE(again.headers == head.headers);
}

void checkTarget(const Target& target)
{
	REQUIRE(target.path.starts_with('/') && json::isUtf8(target.path));
	REQUIRE(target.rawPath.starts_with('/') && !target.rawPath.starts_with("//"));
	for (const auto& segment : target.segments)
	{
		REQUIRE(!segment.empty() && segment != "." && segment != "..");
		REQUIRE(segment.find_first_of(std::string_view{"/\\\0\r\n", 5}) == std::string::npos);
	}
	const auto without = queryWithout(target.rawQuery, "token");
	const auto again = parseTarget(target.rawPath + "?" + without);
	const auto* parsed = std::get_if<Target>(&again);
	REQUIRE(parsed && parsed->path == target.path && !parsed->query.contains("token"));
}

void checkGuard(const RequestHead& head, const Target& target)
{
	using Kind = http::Guard::Verdict::Kind;
	http::Guard open{false, 8080};
	REQUIRE(open.judge(head, target, false).kind == Kind::Refuse);
	open.set({TOKEN, {}});
	const auto verdict = open.judge(head, target, false);
	if (verdict.kind == Kind::Redirect)
		REQUIRE(
			verdict.location.starts_with('/') && verdict.location.find_first_of("\r\n") == std::string::npos);
	if (verdict.kind != Kind::Refuse)
	{
		const auto inQuery = target.query.find("token");
		REQUIRE((inQuery != target.query.end() && inQuery->second == TOKEN) ||
				head.header("authorization").find(TOKEN) != std::string_view::npos ||
				head.headers.contains("cookie"));
	}
	const http::Guard loopback{true, 8080};
	if (loopback.judge(head, target, false).kind == Kind::Allow)
	{
		const auto host = parseAuthority(head.header("host"), 80);
		REQUIRE(host);
		const auto literal = Endpoint::parseAddress(host->host, 0);
		REQUIRE(host->host == "localhost" || (literal && literal->isLoopback()));
		REQUIRE(!head.headers.contains("x-forwarded-for") && !head.headers.contains("via"));
	}
}

void checkValues(const RequestHead& head)
{
	acceptsGzip(head.header("accept-encoding"));
	matchesTag(head.header("if-none-match"), "\"a\"");
	cookie(head.header("cookie"), "gimlet_8080");
	http::TrustedProxies proxies;
	REQUIRE(proxies.add("127.0.0.0/8"));
	const auto peer = Endpoint::loopback(AF_INET, 1);
	REQUIRE(proxies.caller(peer, head.header("x-forwarded-for")).valid());
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
	const auto text = asText({data, size});
	const auto length = headLength(text);
	mayBeRequest(text);
	if (!length)
		return 0;
	REQUIRE(*length <= std::min(size, MAX_HEAD));
	RequestHead head;
	if (const auto fault = parseRequestHead(text.substr(0, *length), head))
	{
		REQUIRE(fault->status >= 400 && !fault->message.empty());
		return 0;
	}
	REQUIRE(mayBeRequest(text));
	readAgain(head);
	checkValues(head);
	const auto parsed = parseTarget(head.target);
	if (const auto* target = std::get_if<Target>(&parsed))
	{
		checkTarget(*target);
		checkGuard(head, *target);
	}
	return 0;
}
