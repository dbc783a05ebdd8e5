#include "node/api/Plugin.h"
#include "tests/integration/http/HostTest.h"
#include "tests/support/Certificates.h"
#include "tests/support/TempFolder.h"

using namespace gimlet;
using namespace gimlet::test;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace
{

class EchoHandler final : public WebSocketHandler
{
public:
	void onOpen(WebSocketConnection&) override {}
	void onText(std::string_view text) override
	{
		_connection->sendText(text);
	}
	void onClose(std::uint16_t, std::string_view) override {}
};

class TlsHostTest : public HostTest
{
protected:
	TlsHostTest()
	{
		const auto certificate = _authority.issue({.names = {"localhost"}, .addresses = {"127.0.0.1"}});
		options.certificate = folder.write("certificate.pem", certificate.certificate);
		options.privateKey = folder.write("key.pem", certificate.key);
		folder.write("both.pem", certificate.certificate + certificate.key);
		folder.write("other.pem", _authority.issue({.names = {"other"}, .addresses = {}}).key);
	}

	void startWithEcho()
	{
		start();
		folder.write("web/big.txt", BIG);
		keep([this] { return host().files("/files", folder.path() + "/web", Access::Public); });
		keep(
			[this]
			{
				WebSocketOptions echo;
				echo.access = Access::Public;
				echo.maxMessage = 1024 * 1024;
				echo.maxBuffered = 4 * 1024 * 1024;
				return host().webSocket("/echo", echo,
					[](const HttpRequest&) -> std::variant<std::unique_ptr<WebSocketHandler>, HttpReply>
					{ return std::make_unique<EchoHandler>(); });
			});
	}

	std::string failure(const std::string& certificate, const std::string& privateKey)
	{
		options.certificate = certificate;
		options.privateKey = privateKey;
		try
		{
			start();
		}
		catch (const PluginError& error)
		{
			return error.what();
		}
		return "";
	}

	inline static const std::string BIG = std::string(3'000'000, 'b');
	TempFolder folder;

private:
	CertificateAuthority _authority;
};

}

TEST_F(TlsHostTest, ServesOverTls12And13)
{
	startWithEcho();
	EXPECT_EQ(onLoop([this] { return host().scheme(); }), "https");
	for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION})
	{
		RawClient client{server, {.tls = true, .maxVersion = version}};
		EXPECT_EQ(client.get("/healthz").body, "alive\n");
		EXPECT_EQ(client.get("/files/big.txt").body, BIG);
		EXPECT_EQ(client.get("/healthz", "Connection: close\r\n").status, 200);
		EXPECT_EQ(client.receiveAll(), "");
	}
	EXPECT_ANY_THROW(RawClient(server, {.tls = true, .maxVersion = TLS1_1_VERSION}));
}

TEST_F(TlsHostTest, CarriesWebSockets)
{
	startWithEcho();
	RawWebSocket client{server, "/echo", "", {.tls = true}};
	ASSERT_TRUE(client.accepted());
	// One message of many records, many messages in one record, and each answered to the last byte: what
	// waits inside TLS is not forgotten when the socket has nothing more to say.
	const std::string large(1'000'000, 'x');
	client.sendText(large);
	EXPECT_EQ(client.nextText(), large);
	Buffer frames;
	websocket::FramePool pool{websocket::Role::Client};
	for (int i = 0; i < 500; ++i)
		pool.write(frames, websocket::Opcode::Text, asBytes(std::to_string(i)));
	client.sendRaw(frames);
	for (int i = 0; i < 500; ++i)
		ASSERT_EQ(client.nextText(), std::to_string(i));
	client.close(1000);
	EXPECT_EQ(client.nextClose(), 1000);
}

TEST_F(TlsHostTest, ManyTalkAtOnce)
{
	startWithEcho();
	std::vector<std::thread> threads;
	std::atomic<int> echoed = 0;
	for (int i = 0; i < 8; ++i)
	{
		threads.emplace_back(
			[this, i, &echoed]
			{
				RawWebSocket client{server, "/echo", "", {.tls = true}};
				for (int n = 0; n < 50; ++n)
				{
					const std::string text(
						static_cast<std::size_t>(1 + (n * 997) % 40'000), static_cast<char>('a' + i));
					client.sendText(text);
					if (client.nextText() == text)
						++echoed;
				}
			});
	}
	for (auto& thread : threads)
		thread.join();
	EXPECT_EQ(echoed, 400);
}

TEST_F(TlsHostTest, ThoseWhoDoNotShakeHandsAreTurnedOut)
{
	options.requestTimeout = 300ms;
	startWithEcho();
	RawClient silent{server};
	RawClient plain{server};
	plain.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
	RawClient half{server};
	half.send("\x16\x03\x01");
	EXPECT_EQ(RawClient(server, {.tls = true}).get("/healthz").status, 200);
	silent.receiveAll();
	plain.receiveAll();
	half.receiveAll();
	EXPECT_EQ(metric("gimlet_http_refused_total", "tls"), 1);
}

TEST_F(TlsHostTest, ACookieOverTlsStaysThere)
{
	listen = "*:0";
	startWithEcho();
	const std::string token(32, 't');
	keep([this] { return host().files("/page", folder.path() + "/web", Access::Guarded); });
	onLoop([&] { host().setGuard({token, {}}); });
	RawClient client{server, {.tls = true}};
	EXPECT_THAT(client.get("/page/?token=" + token).headers.at("set-cookie"), HasSubstr("; Secure"));
}

TEST_F(TlsHostTest, TakesCertificateAndKeyFromOneFile)
{
	options.certificate = folder.path() + "/both.pem";
	options.privateKey.clear();
	start();
	EXPECT_EQ(RawClient(server, {.tls = true}).get("/healthz").status, 200);
}

TEST_F(TlsHostTest, SaysWhatIsWrongWithTheFiles)
{
	const auto certificate = options.certificate;
	const auto key = options.privateKey;
	const auto missing = folder.path() + "/missing.pem";
	const auto garbage = folder.write("garbage.pem", "no certificate");
	EXPECT_THAT(failure(missing, key), testing::AllOf(HasSubstr(missing), HasSubstr("No such file")));
	EXPECT_THAT(failure(garbage, key), HasSubstr(garbage));
	EXPECT_THAT(failure(certificate, missing), HasSubstr("[http] private_key: " + missing));
	EXPECT_THAT(
		failure(certificate, folder.path() + "/other.pem"), HasSubstr("other.pem is not the private key of"));
	EXPECT_THAT(failure(certificate, ""), HasSubstr("[http] private_key: " + certificate));
}
