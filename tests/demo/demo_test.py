"""./dev demo in a terminal: prints two addresses whose pages chat with each other, and Ctrl-C ends all of it.

demo_test.py SOURCE_FOLDER; the release build is there already.
"""

import errno
import os
import pathlib
import pty
import re
import signal
import sys
import unittest

import daemon
import page

SOURCE = pathlib.Path(sys.argv.pop(1)).resolve()
END = "Ctrl-C ends them."


def give_up(*_):
    raise AssertionError("the demo takes too long")


class Terminal:
    """A terminal in which ./dev demo runs."""

    def __init__(self):
        self.shown = ""
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.chdir(SOURCE)
            os.execv("./dev", ["./dev", "demo"])

    def read_until(self, text):
        """What is shown until this text, or until the program ends."""
        signal.alarm(daemon.DEADLINE)
        while text not in self.shown:
            try:
                received = os.read(self._terminal, 4096)
            except OSError as error:
                if error.errno != errno.EIO:  # the last process has closed the other side
                    raise
                received = b""
            if not received:
                raise AssertionError(f"the demo ended without {text!r}:\n{self.shown}")
            self.shown += received.decode()
        signal.alarm(0)
        return self.shown

    def type(self, keys):
        os.write(self._terminal, keys)

    def end(self):
        """The exit code."""
        signal.alarm(daemon.DEADLINE)
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        signal.alarm(0)
        return code


def addresses(text):
    return [int(port) for port in re.findall(r"http://localhost:(\d+)/ ", text)]


class Demo(unittest.TestCase):
    def check_chat(self, ports):
        pages = [page.Page(port) for port in ports]
        for here, there in (pages, pages[::-1]):
            here.send(type="send_p2p_message", content="hello")
            self.assertEqual(there.wait("p2p_message_received")["content"], "hello")
        for each in pages:
            each.close()

    def check_all_ended(self, ports):
        for port in ports:
            self.assertIsNone(daemon.get(port, "/health"))

    def test_two_pages_chat_and_ctrl_c_ends_all(self):
        terminal = Terminal()
        ports = addresses(terminal.read_until(END))
        self.assertEqual(len(set(ports)), 2)
        for port in ports:
            status, body = daemon.get(port, "/", host="localhost")
            self.assertEqual(status, 200)
            self.assertIn("<html", body)
        self.check_chat(ports)
        terminal.type(b"\x03")
        self.assertEqual(terminal.end(), 0, terminal.shown)
        self.check_all_ended(ports)

    def test_a_second_demo_takes_other_ports_and_sigterm_ends_it(self):
        first = Terminal()
        ports = addresses(first.read_until(END))
        second = Terminal()
        ports += addresses(second.read_until(END))
        self.assertEqual(len(set(ports)), 4)
        for terminal in (first, second):
            os.kill(terminal.pid, signal.SIGTERM)
            self.assertEqual(terminal.end(), 0, terminal.shown)
        self.check_all_ended(ports)

    def test_a_node_that_dies_is_told(self):
        terminal = Terminal()
        terminal.read_until(END)
        children = pathlib.Path(f"/proc/{terminal.pid}/task/{terminal.pid}/children").read_text().split()
        ben, = (pid for pid in children if b"node.name=ben" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes())
        os.kill(int(ben), signal.SIGKILL)
        self.assertIn("ben has ended by itself", terminal.read_until("ended by itself"))
        self.assertEqual(terminal.end(), 1)


if __name__ == "__main__":
    signal.signal(signal.SIGALRM, give_up)
    unittest.main()
