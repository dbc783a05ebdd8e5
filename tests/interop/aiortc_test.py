#!/usr/bin/python3
"""A node and aiortc: ICE, DTLS, SCTP and data channels, in both SDP roles and with the greater and the smaller id."""

import hashlib
import sys
import unittest

from stage import Stage

BUILD = "build"
SMALL, GREAT = "00000000-0000-4000-8000-000000000001", "ffffffff-ffff-4fff-bfff-ffffffffffff"
WORDS = "grüße \U0001f44b \"quoted\" <b>bold</b>\nsecond line"


def binary(size):
    """What the peer sends when it is told to send so many bytes."""
    return bytes(i * 7 % 256 for i in range(size))


class Aiortc(unittest.TestCase):
    def link(self, role, own):
        stage = Stage(BUILD)
        self.addCleanup(stage.close)
        node, node_id = stage.node("node")
        peer = stage.peer("aiortc_peer.py", ROLE=role, WORKER_ID=own)
        peer.wait("its offer", lambda o: o["event"] == "offer" and o["peer"] == node_id)
        for label in ("chat", "echo"):
            peer.wait(f"channel {label}", lambda o: o["event"] == "open" and o["label"] == label)
        seen = node.wait_link(own)
        view = seen.get("peer") or next(p for p in seen["peers"] if p["id"] == own)
        self.assertTrue(view["encrypted"])
        self.assertEqual("unproven", view["trust"])
        return node, peer

    def message(self, peer, label, size, kind="text"):
        return peer.wait(f"{size} bytes on {label}",
                         lambda o: o["event"] == "message" and o["label"] == label and o["size"] == size
                         and o["kind"] == kind)

    def chats(self, role, own):
        node, peer = self.link(role, own)
        peer.write({"content": WORDS})
        node.wait_text(WORDS, own)
        node.say(WORDS, own)
        self.assertEqual(WORDS, self.message(peer, "chat", len(WORDS.encode()))["content"])
        node.say("y" * 60_000, own)
        self.message(peer, "chat", 60_000)
        for size in (1, 1000, 65_536):
            peer.write({"label": "echo", "binary": size})
            self.assertEqual(hashlib.sha256(binary(size)).hexdigest(),
                             self.message(peer, "echo", size, "binary")["sha256"])

    def test_chats_when_it_offers_with_the_smaller_id(self):
        self.chats("offer", SMALL)

    def test_chats_when_it_offers_with_the_greater_id(self):
        self.chats("offer", GREAT)

    def test_chats_when_it_answers_with_the_smaller_id(self):
        self.chats("answer", SMALL)

    def test_chats_when_it_answers_with_the_greater_id(self):
        self.chats("answer", GREAT)

    def test_sends_a_mebibyte(self):
        _, peer = self.link("answer", GREAT)
        peer.write({"label": "echo", "binary": 1 << 20})
        # It comes back in pieces, since aiortc takes no more at once.
        for at in range(0, 1 << 20, 65_536):
            self.assertEqual(hashlib.sha256(binary(1 << 20)[at:at + 65_536]).hexdigest(),
                             self.message(peer, "echo", 65_536, "binary")["sha256"])


if __name__ == "__main__":
    if "--build" in sys.argv:
        at = sys.argv.index("--build")
        BUILD = sys.argv[at + 1]
        del sys.argv[at:at + 2]
    unittest.main(verbosity=2)
