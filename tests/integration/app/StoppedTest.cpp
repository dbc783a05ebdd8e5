// A node that was stopped (SIGSTOP, Ctrl-Z) and goes on.
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "tests/support/Process.h"
#include "tests/support/TempFolder.h"

using namespace std::chrono_literals;

namespace gimlet::test
{

TEST(Stopped, ANodeThatGoesOnLooksForPathsAnew)
{
	const TempFolder folder;
	const auto ini = folder.write("node.ini",
		"[node]\nplugins = udp-punch\nidentity = ephemeral\n[http]\nlisten = none\n[udp-punch]\nlisten = "
		"127.0.0.1:0\n");
	Process node{gimlet({"run", "--config", ini})};
	node.waitForError("running: udp-punch");
	node.signal(SIGCONT); // of itself it is no news, and no end
	node.signal(SIGSTOP);
	std::this_thread::sleep_for(7500ms); // what it takes to count as sleep
	node.signal(SIGCONT);
	node.waitForError("this machine has slept");
	node.signal(SIGTERM);
	EXPECT_EQ(node.waitForExit(), 0);
}

}
