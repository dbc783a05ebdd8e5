"""A page whose node is played by the test, so that it says what a real one says only on a bad day."""

import functools
import http.server
import json
import os
import threading
import unittest

from browser import DESKTOP, Page

WEB = os.path.join(os.path.dirname(__file__), "..", "..", "web")
ANN = "aaaaaaaa-0000-8000-8000-000000000001"
EVE = "eeeeeeee-0000-8000-8000-000000000002"
WORDS = "amber bridge candle delta eagle"

# Stands in for the browser's WebSocket: what the page says is kept, what the test says is heard.
PLAYED_NODE = """
window.node = {said: []};
window.WebSocket = class {
    readyState = 0;
    constructor() {
        window.node.socket = this;
        setTimeout(() => { this.readyState = 1; this.onopen(); window.node.tell(window.node.introduction); });
    }
    send(text) { window.node.said.push(JSON.parse(text)); }
    close() {}
};
window.node.tell = (object) => window.node.socket.onmessage({data: JSON.stringify(object)});
"""


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def peer(identity, name, state="up", **more):
    facts = {
        "id": identity, "name": name, "state": state, "message": "", "since": 1, "present": True,
        "transport": "udp-punch/1", "encrypted": True, "acknowledges": True, "round_trip_ms": 12.6, "queued": 0,
        "bytes_sent": 4096, "bytes_received": 2048, "retransmissions": 3, "path": "direct",
        "local_type": "host", "remote_type": "server-reflexive", "local_address": "192.168.1.7:40001",
        "address": "203.0.113.7:40002", "cipher": "ECDHE-ECDSA-AES128-GCM-SHA256", "trust": "proven",
        "refusal": None, "verified_as": None, "code": {"words": WORDS, "digits": "01234 56789"},
    }
    return {**facts, **more}


class Scene(unittest.TestCase):
    SIZE = DESKTOP

    def setUp(self):
        handler = functools.partial(QuietHandler, directory=WEB)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.address = f"http://127.0.0.1:{server.server_port}/"

    def open(self, *peers, size=None, **more):
        introduction = {
            "type": "init_info", "worker_id": "00000000-0000-8000-8000-000000000000", "p2p_peer_id": None,
            "name": "Kitchen", "version": "0.1.0", "max_message": 16384, "encrypted": True, "run": "r1",
            "signaling": {"state": "online", "message": ""}, "ready": True, "plugins": [], "peers": peers,
            "mapping": "unknown",
            "candidates": [{"type": "server-reflexive", "address": "203.0.113.9:1", "source": "stun.example.org"}],
            **more,
        }
        page = Page("about:blank", size or self.SIZE)
        self.addCleanup(page.close)
        script = f"{PLAYED_NODE}; window.node.introduction = {json.dumps(introduction)};"
        page.command("Page.addScriptToEvaluateOnNewDocument", {"source": script})
        page.driver.get(self.address)
        page.wait_for_text("#self-name", "Kitchen")
        return page

    def tell(self, page, what):
        page.run("window.node.tell(arguments[0])", what)

    def change(self, page, *arguments, **more):
        self.tell(page, {"type": "peer", "peer": peer(*arguments, **more)})

    def said(self, page, kind):
        return [one for one in page.run("return window.node.said") if one["type"] == kind]

    def press_button(self, page, text):
        page.wait(lambda: self.buttons(page, text), f"there should be a button {text!r}")
        self.buttons(page, text)[0].click()

    def buttons(self, page, text):
        return [one for one in page.all("button") if one.is_displayed() and one.text == text]
