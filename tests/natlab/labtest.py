"""What the tests of the lab have in common."""

import argparse
import os
import shutil
import sys
import time
import unittest

import lab
import node
from meeting import DIRECT, Meeting

SKIPPED = 77  # CTest's SKIP_RETURN_CODE


class LabTest(unittest.TestCase):
    """A test with a lab, and a server in it."""

    binary = ""
    transport = "udp-punch"
    server_ini = node.SERVER_INI  # "": a lab without a server

    def setUp(self):
        self.lab = self.enterContext(lab.Lab())
        self.cast = self.enterContext(node.Cast(self.binary, self.transport))
        if self.server_ini:
            self.server = self.cast.server(self.lab.server, self.server_ini)

    def measured(self, what, since):
        print(f"{self.id().split('.', 1)[-1]}: {what} after {time.monotonic() - since:.2f} s", flush=True)

    def go_direct(self, one, other, since):
        """Until the two are linked without a relay, which is what the rest of the test is about."""
        meeting = Meeting(one, other)
        meeting.wait_route("")
        self.measured("linked", since)
        meeting.wait_route(DIRECT)
        self.measured("direct", since)

    def chat(self, one, other, words):
        one.say(words)
        other.wait_text(words)


def cases(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from cases(test)
        else:
            yield test


def main(before=lambda tests: None, after=lambda: None, needs=()):
    """Runs the tests that the command line names, or all of the program's; before is given them. needs are programs
    without which there is nothing to test. Returns an exit code."""
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("tests", nargs="*")
    parser.add_argument("--gimlet", required=True)
    parser.add_argument("--natbox", required=True)
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        print("skipped: network namespaces need root; run it as root (CI does)")
        return SKIPPED
    if missing := [program for program in needs if not shutil.which(program)]:
        print(f"skipped: {', '.join(missing)} is not installed")
        return SKIPPED
    LabTest.binary = arguments.gimlet
    lab.Lab.natbox = arguments.natbox
    program, loader = sys.modules["__main__"], unittest.defaultTestLoader
    named = arguments.tests
    suite = loader.loadTestsFromNames(named, program) if named else loader.loadTestsFromModule(program)
    before(list(cases(suite)))
    done = unittest.TextTestRunner(verbosity=2).run(suite)
    after()
    return 0 if done.wasSuccessful() else 1
