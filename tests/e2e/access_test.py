#!/usr/bin/python3
"""Who may open the page: raw requests with a wrong Origin or Host, and the token's way in."""

import asyncio
import http.client
import json
import unittest
from urllib.parse import parse_qs, urlsplit

import websockets

from browser import Page
from nodes import PATIENCE, Node, Rendezvous, free_port

UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def request(address, path="/", headers=None):
    """Sends one request; gives its status, headers and body."""
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=PATIENCE)
    try:
        connection.request("GET", path, headers=headers or {})
        reply = connection.getresponse()
        body = b"" if reply.status == 101 else reply.read()
        return reply.status, reply.headers, body.decode("utf-8", "replace")
    finally:
        connection.close()


def first_object(address, **options):
    """The first object that a script hears on /ui_ws."""
    async def hear():
        url = f"ws://{address.netloc}/ui_ws{options.pop('query', '')}"
        async with websockets.connect(url, **options) as socket:
            return json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))
    return asyncio.run(hear())


class Loopback(unittest.TestCase):
    """On loopback no token is asked, but other sites' pages are kept out."""

    @classmethod
    def setUpClass(cls):
        rendezvous = Rendezvous()
        cls.addClassCleanup(rendezvous.remove)
        cls.node = Node("Ann", rendezvous)
        cls.addClassCleanup(cls.node.remove)
        cls.address = urlsplit(cls.node.address())
        cls.port = cls.address.port

    def status(self, path="/", **headers):
        return request(self.address, path, headers)[0]

    def upgrade(self, **headers):
        return request(self.address, "/ui_ws", {**UPGRADE, **headers})[0]

    def test_the_page_and_its_parts_are_served(self):
        for path, kind in (("/", "text/html"), ("/style.css", "text/css"), ("/main.js", "text/javascript"),
                           ("/model/node.js", "text/javascript"), ("/icon.svg", "image/svg+xml")):
            status, headers, body = request(self.address, path)
            self.assertEqual(status, 200, path)
            self.assertTrue(headers["Content-Type"].startswith(kind), headers["Content-Type"])
            self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
            self.assertTrue(body)
        self.assertEqual(self.status("/nothing"), 404)
        self.assertIn(self.status("/../etc/node.ini"), (400, 404))

    def test_a_wrong_host_is_refused(self):
        for host in ("evil.example", f"evil.example:{self.port}", "192.0.2.1", f"127.0.0.1.evil.example:{self.port}"):
            self.assertEqual(self.status(Host=host), 403, host)
            self.assertEqual(self.upgrade(Host=host), 403, host)

    def test_names_of_this_machine_are_taken(self):
        for host in (f"localhost:{self.port}", f"127.0.0.1:{self.port}", f"[::1]:{self.port}"):
            self.assertEqual(self.status(Host=host), 200, host)

    def test_a_wrong_origin_is_refused(self):
        for origin in ("http://evil.example", "null", f"http://127.0.0.1:{self.port + 1}",
                       f"http://localhost:{self.port}", f"https://evil.example:{self.port}"):
            self.assertEqual(self.upgrade(Origin=origin), 403, origin)

    def test_the_right_origin_and_none_are_taken(self):
        self.assertEqual(self.upgrade(Origin=f"http://127.0.0.1:{self.port}"), 101)
        self.assertEqual(self.upgrade(), 101)
        self.assertEqual(first_object(self.address)["type"], "init_info")

    def test_a_page_of_another_site_gets_nothing_out_of_it(self):
        page = Page(f"http://localhost:{self.port}/")
        self.addCleanup(page.close)
        page.wait_for_text("#self-name", "Ann")
        page.driver.set_script_timeout(PATIENCE)
        # From the origin "localhost" to the origin "127.0.0.1"; the page's own policy is set aside for that.
        page.command("Page.setBypassCSP", {"enabled": True})
        page.driver.refresh()
        outcome = page.driver.execute_async_script(
            "const done = arguments[1]; const socket = new WebSocket(arguments[0]);"
            "socket.onopen = () => done('open'); socket.onclose = () => done('closed');",
            f"ws://127.0.0.1:{self.port}/ui_ws")
        self.assertEqual(outcome, "closed")


class Token(unittest.TestCase):
    """Beyond loopback the page asks for a token: the one that the log names once."""

    @classmethod
    def setUpClass(cls):
        rendezvous = Rendezvous()
        cls.addClassCleanup(rendezvous.remove)
        cls.node = Node("Ann", rendezvous, "*:0")
        cls.addClassCleanup(cls.node.remove)
        cls.address = urlsplit(cls.node.address())
        cls.token = parse_qs(cls.address.query)["token"][0]

    def status(self, path="/", **headers):
        return request(self.address, path, headers)[0]

    def test_it_is_made_long_enough_and_printed_once(self):
        self.assertGreaterEqual(len(self.token), 22)
        self.assertEqual(self.node.log().count(self.token), 1)

    def test_without_it_there_is_no_way_in(self):
        status, _, body = request(self.address)
        self.assertEqual(status, 401)
        self.assertIn("token", body)
        self.assertNotIn(self.token, body)
        self.assertEqual(self.status("/main.js"), 401)
        self.assertEqual(self.status("/ui_ws", **UPGRADE), 401)
        self.assertEqual(self.status(f"/?token={self.token[:-1]}"), 401)
        self.assertEqual(self.status(Authorization="Bearer wrong"), 401)

    def test_scripts_send_it_as_bearer(self):
        bearer = {"Authorization": f"Bearer {self.token}"}
        self.assertEqual(self.status(**bearer), 200)
        self.assertEqual(first_object(self.address, extra_headers=bearer)["name"], "Ann")

    def test_the_address_with_it_becomes_a_cookie_and_a_redirect(self):
        status, headers, _ = request(self.address, f"/?token={self.token}")
        self.assertEqual(status, 303)
        self.assertEqual(headers["Location"], "/")
        cookie = headers["Set-Cookie"]
        self.assertIn("HttpOnly", cookie)
        self.assertIn("SameSite=Strict", cookie)
        self.assertNotIn(self.token, cookie)
        self.assertIn(str(self.address.port), cookie.split("=")[0], "cookies know no ports, so the name does")
        self.assertEqual(self.status(Cookie=cookie.split(";")[0]), 200)

    def test_a_person_opens_the_printed_address_and_is_in(self):
        page = Page(self.node.address())
        self.addCleanup(page.close)
        page.wait_for_text("#self-name", "Ann")
        self.assertNotIn("token", page.driver.current_url)
        self.assertEqual(page.run("return document.cookie"), "", "scripts of the page cannot read it")
        page.driver.refresh()
        page.wait_for_text("#self-name", "Ann")
        self.assertEqual(page.errors(), [])

    def test_a_page_whose_token_holds_no_longer_says_so(self):
        rendezvous = Rendezvous()
        self.addCleanup(rendezvous.remove)
        node = Node("Ann", rendezvous, f"*:{free_port()}")
        self.addCleanup(node.remove)
        page = Page(node.address())
        self.addCleanup(page.close)
        page.wait_for_text("#self-name", "Ann")
        node.end()
        page.wait_for_text("#connection", "no connection to its node")
        node.start()
        page.wait_for_text("#connection", "asks for its token")
        page.picture("token")
        page.driver.get(node.address())
        page.wait(lambda: not page.find("#connection").is_displayed(), "the new address should let the person in")


if __name__ == "__main__":
    unittest.main()
