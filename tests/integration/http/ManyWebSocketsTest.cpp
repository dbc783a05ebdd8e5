#include <sys/resource.h>

#include <filesystem>
#include <fstream>

#include "tests/integration/http/HostTest.h"
#include "tests/support/Process.h"

using namespace gimlet;
using namespace gimlet::test;

namespace
{

constexpr std::size_t MANY = 15'000;
constexpr std::size_t OTHERS = 300; ///< descriptors that the test process needs besides
constexpr std::size_t MAX_THREADS = 20;

// A sanitizer's own memory is no measure.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t MAX_BYTES_EACH = 64 * 1024;
#else
constexpr std::size_t MAX_BYTES_EACH = 8 * 1024;
#endif

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

std::size_t residentBytes()
{
	std::ifstream file{"/proc/self/statm"};
	std::size_t total = 0;
	std::size_t resident = 0;
	file >> total >> resident;
	return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t threadCount()
{
	const std::filesystem::directory_iterator tasks{"/proc/self/task"};
	return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

class ManyWebSocketsTest : public HostTest
{
};

}

TEST_F(ManyWebSocketsTest, FifteenThousandAreHeldByAFewThreadsAndLittleMemory)
{
	start();
	rlimit limit{};
	::getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < MANY + OTHERS)
		GTEST_SKIP() << "a process may hold only " << limit.rlim_cur << " descriptors here (ulimit -Hn)";
	keep(
		[this]
		{
			WebSocketOptions echo;
			echo.access = Access::Public;
			return host().webSocket("/echo", echo,
				[](const HttpRequest&) -> std::variant<std::unique_ptr<WebSocketHandler>, HttpReply>
				{ return std::make_unique<EchoHandler>(); });
		});
	EXPECT_EQ(get("/healthz").status, 200);
	const auto before = residentBytes();
	Process clients{{.arguments = {GIMLET_BUILD_DIR "/bin/idle-clients", server.toString(), "/echo",
						 std::to_string(MANY)},
		.environment = {},
		.folder = {}}};
	clients.waitForOutput("^open (\\d+)$", std::chrono::seconds{60});
	EXPECT_EQ(metric("gimlet_websocket_connections"), MANY);
	const auto each = (residentBytes() - before) / MANY;
	EXPECT_LT(threadCount(), MAX_THREADS);
	EXPECT_LE(each, MAX_BYTES_EACH);

	clients.write("talk\n");
	clients.waitForOutput("^talked (\\d+)$", std::chrono::seconds{60});
	const auto afterTalk = (residentBytes() - before) / MANY;
	EXPECT_LE(afterTalk, MAX_BYTES_EACH) << "nothing is kept of what was said";
	RecordProperty("bytes_each", std::to_string(each));
	RecordProperty("bytes_each_after_talk", std::to_string(afterTalk));
	EXPECT_EQ(get("/healthz").status, 200) << "others are served meanwhile";

	clients.closeInput();
	EXPECT_EQ(clients.waitForExit(), 0) << clients.error();
	waitFor([this] { return metric("gimlet_websocket_connections") == 0; });
}
