#!/usr/bin/python3
"""aiortc as a member of a room: ICE, DTLS and SCTP that we did not write.

Reads commands and writes events, one JSON object a line. Environment: RENDEZVOUS_SERVICE_URL, WORKER_ID, ROLE (offer or
answer: which SDP role aiortc has).
"""

import asyncio
import hashlib
import json
import os
import sys

import websockets
from aiortc import RTCPeerConnection, RTCSessionDescription

import sdp

OWN = os.environ["WORKER_ID"]


def tell(event, **facts):
    print(json.dumps({"event": event, **facts}), flush=True)


class Peer:
    """One connection to one node."""

    def __init__(self, socket, offer):
        self.socket = socket
        self.peer = offer["peer_worker_id"]
        self.session = offer["session"]
        self.connection = RTCPeerConnection()
        self.channels = {}
        self.connection.on("datachannel", self.add)
        self.connection.on("connectionstatechange", lambda: tell("state", state=self.connection.connectionState))
        self.add(self.connection.createDataChannel("chat"))
        self.add(self.connection.createDataChannel("echo"))

    def add(self, channel):
        self.channels.setdefault(channel.label, channel)
        channel.on("open", lambda: tell("open", label=channel.label))
        channel.on("message", lambda message: self.received(channel, message))
        if channel.readyState == "open":
            tell("open", label=channel.label)

    def received(self, channel, message):
        kind, raw = ("text", message.encode()) if isinstance(message, str) else ("binary", message)
        tell("message", label=channel.label, kind=kind, size=len(raw), sha256=hashlib.sha256(raw).hexdigest(),
             content=message if kind == "text" and len(message) < 2000 else None)

    async def begin(self):
        if os.environ["ROLE"] == "offer":
            await self.connection.setLocalDescription(await self.connection.createOffer())
            await self.send()

    async def send(self):
        description = sdp.from_sdp(self.connection.localDescription.sdp)
        await self.socket.send(json.dumps({"type": "signal", "to": self.peer, "session": self.session,
                                           "data": description}))

    async def signalled(self, data):
        if data["type"] != "description" or self.connection.remoteDescription:
            return
        if os.environ["ROLE"] == "offer":
            setup = "active" if self.peer < OWN else "passive"
            await self.connection.setRemoteDescription(RTCSessionDescription(sdp.to_sdp(data, setup), "answer"))
        else:
            await self.connection.setRemoteDescription(RTCSessionDescription(sdp.to_sdp(data, "actpass"), "offer"))
            await self.connection.setLocalDescription(await self.connection.createAnswer())
            await self.send()

    def say(self, command):
        channel = self.channels[command.get("label", "chat")]
        if "binary" in command:
            channel.send(bytes(i * 7 % 256 for i in range(command["binary"])))
        elif "text" in command:
            channel.send("x" * command["text"])
        else:
            channel.send(command["content"])


async def main():
    url = os.environ["RENDEZVOUS_SERVICE_URL"].replace("http", "ws", 1).rstrip("/")
    peers = {}
    loop = asyncio.get_running_loop()
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    async with websockets.connect(f"{url}/ws/register/{OWN}") as socket:
        await socket.send(json.dumps({"type": "hello", "protocol": 1, "transports": ["udp-punch/1"], "name": "aiortc"}))

        async def obey():
            while line := await commands.readline():
                for peer in peers.values():
                    peer.say(json.loads(line))

        obeying = asyncio.create_task(obey())
        async for text in socket:
            message = json.loads(text)
            if message["type"] == "welcome":
                tell("registered", id=OWN)
            elif message["type"] == "p2p_connection_offer":
                peer = peers[message["peer_worker_id"]] = Peer(socket, message)
                tell("offer", peer=peer.peer)
                await peer.begin()
            elif message["type"] == "signal" and message["from"] in peers:
                await peers[message["from"]].signalled(message["data"])
        obeying.cancel()


asyncio.run(main())
