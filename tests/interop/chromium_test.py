#!/usr/bin/python3
"""A page in Chromium opens a data channel to a node and chats, with and without names in place of its addresses."""

import functools
import http.server
import pathlib
import sys
import threading
import time
import unittest

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

import lines
from stage import SERVER_INI, Stage

BUILD = "build"
SMALL, GREAT = "00000000-0000-4000-8000-000000000001", "ffffffff-ffff-4fff-bfff-ffffffffffff"
WORDS = "grüße \U0001f44b \"quoted\" <b>bold</b>\nsecond line"
PAGE = pathlib.Path(__file__).parent / "browser"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Chromium(unittest.TestCase):
    def setUp(self):
        handler = functools.partial(Quiet, directory=str(PAGE))
        self.files = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.files.serve_forever, daemon=True).start()
        self.addCleanup(self.files.server_close)
        self.addCleanup(self.files.shutdown)
        self.origin = f"http://127.0.0.1:{self.files.server_port}"

    def browser(self, hidden):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for switch in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
            options.add_argument(switch)
        if not hidden:
            options.add_argument("--disable-features=WebRtcHideLocalIpsWithMdns")
        driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.addCleanup(driver.quit)
        return driver

    def wait(self, driver, what, wanted):
        end = time.monotonic() + lines.DEADLINE
        while time.monotonic() < end:
            seen = driver.execute_script("return window.seen ?? []")
            if found := next((o for o in seen if wanted(o)), None):
                return found
            time.sleep(0.05)
        self.fail(f"the page did not see {what}: {seen}\n{self.node.report()}")

    def chats(self, role, own, hidden=False):
        stage = Stage(BUILD, SERVER_INI + f"[rendezvous-server]\norigins = {self.origin}\n")
        self.addCleanup(stage.close)
        self.node, node_id = stage.node("node")
        driver = self.browser(hidden)
        driver.get(f"{self.origin}/?rendezvous=127.0.0.1:{stage.http}&id={own}&role={role}")
        self.wait(driver, "the open channel", lambda o: o["event"] == "open")
        view = self.node.wait_link(own)
        view = view.get("peer") or next(p for p in view["peers"] if p["id"] == own)
        self.assertEqual("unproven", view["trust"])
        names = [".local " in o["line"] for o in driver.execute_script("return window.seen")
                 if o["event"] == "candidate" and " udp " in o["line"]]
        self.assertTrue(names and all(name == hidden for name in names), "the candidates are not what was asked for")
        driver.execute_script("say(arguments[0])", WORDS)
        self.node.wait_text(WORDS, own)
        self.node.say(WORDS, own)
        self.wait(driver, "the words", lambda o: o["event"] == "message" and o["content"] == WORDS)
        self.node.say("y" * 60_000, own)
        self.wait(driver, "the long words", lambda o: o["event"] == "message" and o["content"] == "y" * 60_000)

    def test_chats_when_it_offers(self):
        self.chats("offer", SMALL)

    def test_chats_when_it_answers(self):
        self.chats("answer", GREAT)

    def test_chats_behind_a_name(self):
        self.chats("answer", SMALL, hidden=True)

    def test_offers_behind_a_name(self):
        self.chats("offer", GREAT, hidden=True)


if __name__ == "__main__":
    if "--build" in sys.argv:
        at = sys.argv.index("--build")
        BUILD = sys.argv[at + 1]
        del sys.argv[at:at + 2]
    unittest.main(verbosity=2)
