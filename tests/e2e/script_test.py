#!/usr/bin/python3
"""Pages and scripts of the first version go on working: /ui_ws as its table describes it, with nothing newer."""

import asyncio
import json
import unittest
from urllib.parse import urlsplit

import websockets

from nodes import PATIENCE, Node, Rendezvous

KNOWN = ("init_info", "p2p_status_update", "p2p_message_received", "error")


class OldPage:
    """Understands the first version's objects and ignores all others."""

    def __init__(self, socket):
        self.socket = socket

    async def hear(self, wanted):
        while True:
            thing = json.loads(await asyncio.wait_for(self.socket.recv(), PATIENCE))
            if thing["type"] in KNOWN and thing["type"] == wanted:
                return thing

    async def say(self, **thing):
        await self.socket.send(json.dumps(thing))

    async def connected(self):
        """Waits as the old page does: a status with a peer id means that the link is up."""
        await self.say(type="ui_client_hello")
        while True:
            status = await self.hear("p2p_status_update")
            if status["peer_id"]:
                return status["peer_id"]


class Script(unittest.IsolatedAsyncioTestCase):
    def start(self, name):
        node = Node(name, self.rendezvous)
        self.addCleanup(node.remove)
        return node

    async def open(self, node):
        socket = await websockets.connect(f"ws://{urlsplit(node.address()).netloc}/ui_ws")
        self.addAsyncCleanup(socket.close)
        return OldPage(socket)

    def setUp(self):
        self.rendezvous = Rendezvous()
        self.addCleanup(self.rendezvous.remove)

    async def test_alone(self):
        page = await self.open(self.start("Ann"))
        info = await page.hear("init_info")
        self.assertEqual(len(info["worker_id"]), 36)
        self.assertIsNone(info["p2p_peer_id"])
        await page.say(type="send_p2p_message", content="hello")
        self.assertEqual((await page.hear("error"))["message"], "Not connected to a P2P peer.")
        await page.say(type="send_p2p_message", content="")
        self.assertEqual((await page.hear("error"))["message"], "Cannot send empty message.")

    async def test_two_old_pages_chat(self):
        ann, bob = self.start("Ann"), self.start("Bob")
        ann_page, bob_page = await self.open(ann), await self.open(bob)
        ann_id = (await ann_page.hear("init_info"))["worker_id"]
        self.assertEqual(await bob_page.connected(), ann_id)
        await ann_page.connected()
        await ann_page.say(type="send_p2p_message", content="from the first version")
        message = await bob_page.hear("p2p_message_received")
        self.assertEqual((message["from_peer_id"], message["content"]), (ann_id, "from the first version"))
        later = await self.open(ann)
        self.assertIsNotNone((await later.hear("init_info"))["p2p_peer_id"])

    async def test_what_nobody_understands_is_answered_and_harms_nobody(self):
        page = await self.open(self.start("Ann"))
        await page.hear("init_info")
        for nonsense in ("", "{", "[]", '{"type":7}', '{"type":"send_p2p_message","content":{}}', "\u0000"):
            await page.socket.send(nonsense)
            self.assertEqual((await page.hear("error"))["code"], "bad_message", nonsense)
        await page.say(type="something_newer", with_members=[1, 2])
        await page.say(type="send_p2p_message", content="still there?")
        self.assertEqual((await page.hear("error"))["code"], "not_connected")

    async def test_too_much_is_refused_and_too_large_ends_the_connection(self):
        node = self.start("Ann")
        page = await self.open(node)
        for _ in range(600):
            await page.say(type="send_p2p_message", content="flood", id="m")
        error = await page.hear("error")
        while error["code"] != "too_fast":
            error = await page.hear("error")
        self.assertEqual(error["id"], "m")
        large = await self.open(node)
        with self.assertRaises(websockets.ConnectionClosed) as closed:
            await large.say(type="send_p2p_message", content="x" * 600_000)
            while True:
                await asyncio.wait_for(large.socket.recv(), PATIENCE)
        self.assertEqual(closed.exception.code, 1009)


if __name__ == "__main__":
    unittest.main()
