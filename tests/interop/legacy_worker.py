#!/usr/bin/python3
"""A worker of the first version, written from the page about the plain wire alone.

It has that version's faults, since ours must get along with them: it asks STUN from one socket and punches
from another (bound to the same port, so that without a NAT between them it is reached), talks only to the
peer of its last offer, claims the link after its third ping, answers nothing but the still older ping, sends
no keepalive, and closes its UDP socket whenever it loses the rendezvous.

Environment: RENDEZVOUS_SERVICE_URL, STUN_HOST, STUN_PORT, INTERNAL_UDP_PORT, IP_ECHO_URL, PING_INTERVAL_SEC,
PING_TIMEOUT_SEC, and, for the tests, WORKER_ID and RETRY_SEC. A line on stdin is sent to the peer; what
happens is printed as one JSON object a line.
"""

import asyncio
import json
import os
import secrets
import socket
import struct
import sys
import urllib.request
import uuid

import websockets

MAGIC_COOKIE = 0x2112A442
BINDING_REQUEST, BINDING_SUCCESS = 0x0001, 0x0101
MAPPED_ADDRESS, XOR_MAPPED_ADDRESS = 0x0001, 0x0020
PUNCHES, PUNCH_INTERVAL = 3, 0.5


def tell(event, **facts):
    print(json.dumps({"event": event, **facts}), flush=True)


def ask_stun(host, port, local_port):
    """The public IPv4 endpoint of a temporary socket on the local port."""
    transaction = secrets.token_bytes(12)
    request = struct.pack("!HHI", BINDING_REQUEST, 0, MAGIC_COOKIE) + transaction
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as temporary:
        temporary.bind(("0.0.0.0", local_port))
        temporary.settimeout(1)
        for _ in range(5):
            temporary.sendto(request, (host, port))
            try:
                answer, _ = temporary.recvfrom(2048)
            except TimeoutError:
                continue
            return read_mapped_address(answer, transaction)
    raise OSError("no answer of the STUN server")


def read_mapped_address(answer, transaction):
    kind, length, cookie = struct.unpack_from("!HHI", answer)
    if kind != BINDING_SUCCESS or cookie != MAGIC_COOKIE or answer[8:20] != transaction:
        raise OSError("not the answer to our question")
    plain = None
    at = 20
    while at + 4 <= 20 + length:
        attribute, size = struct.unpack_from("!HH", answer, at)
        value = answer[at + 4:at + 4 + size]
        if attribute == XOR_MAPPED_ADDRESS and value[1] == 1:
            port, address = struct.unpack_from("!HI", value, 2)
            return (socket.inet_ntoa(struct.pack("!I", address ^ MAGIC_COOKIE)), port ^ (MAGIC_COOKIE >> 16))
        if attribute == MAPPED_ADDRESS and value[1] == 1:
            port, address = struct.unpack_from("!HI", value, 2)
            plain = (socket.inet_ntoa(struct.pack("!I", address)), port)
        at += 4 + (size + 3) // 4 * 4
    if plain is None:
        raise OSError("an answer without an address")
    return plain


class Worker(asyncio.DatagramProtocol):
    def __init__(self):
        self.id = os.environ.get("WORKER_ID") or str(uuid.uuid4())
        self.udp_port = int(os.environ.get("INTERNAL_UDP_PORT", "8081"))
        self.retry = float(os.environ.get("RETRY_SEC", "10"))
        self.transport = None
        self.peer_id = None
        self.peer = None
        self.punching = None

    # The rendezvous.

    async def run(self):
        url = os.environ["RENDEZVOUS_SERVICE_URL"].rstrip("/").replace("http", "ws", 1)
        while True:
            try:
                async with websockets.connect(
                        f"{url}/ws/register/{self.id}",
                        ping_interval=float(os.environ.get("PING_INTERVAL_SEC", "25")),
                        ping_timeout=float(os.environ.get("PING_TIMEOUT_SEC", "25"))) as rendezvous:
                    await self.registered(rendezvous)
            except websockets.ConnectionClosed as closed:
                tell("closed", code=closed.code, reason=closed.reason)
            except (OSError, websockets.InvalidHandshake) as error:
                tell("failed", message=str(error))
            self.close_udp()
            await asyncio.sleep(self.retry)

    async def registered(self, rendezvous):
        tell("registered", id=self.id)
        echo = os.environ.get("IP_ECHO_URL")
        if echo:
            with urllib.request.urlopen(echo, timeout=5) as answer:
                ip = answer.read().decode()
            await rendezvous.send(json.dumps({"type": "register_public_ip", "ip": ip}))
        ip, port = ask_stun(os.environ["STUN_HOST"], int(os.environ["STUN_PORT"]), self.udp_port)
        tell("stun", ip=ip, port=port)
        await rendezvous.send(json.dumps({"type": "update_udp_endpoint", "udp_ip": ip, "udp_port": port}))
        async for text in rendezvous:
            message = json.loads(text)
            if message["type"] == "udp_endpoint_ack":
                tell("acknowledged", status=message["status"])
            elif message["type"] == "p2p_connection_offer":
                await self.offered(message)

    async def offered(self, offer):
        self.peer_id = offer["peer_worker_id"]
        self.peer = (offer["peer_udp_ip"], offer["peer_udp_port"])
        tell("offer", keys=sorted(offer), peer=self.peer_id, ip=self.peer[0], port=self.peer[1])
        if self.transport is None:
            await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: self, local_addr=("0.0.0.0", self.udp_port))
        if self.punching:
            self.punching.cancel()
        self.punching = asyncio.ensure_future(self.punch())

    # The peer.

    async def punch(self):
        for number in range(1, PUNCHES + 1):
            self.send(f"P2P_HOLE_PUNCH_PING_FROM_{self.id}_NUM_{number}")
            await asyncio.sleep(PUNCH_INTERVAL)
        tell("up", peer=self.peer_id)

    def send(self, text):
        if self.transport and self.peer:
            self.transport.sendto(text.encode(), self.peer)

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        text = data.decode(errors="replace")
        if text.startswith("P2P_HOLE_PUNCH_PING_FROM_"):
            tell("punch", text=text)
        elif "P2P_PING_FROM_" in text:
            self.transport.sendto(b"P2P_PONG", address)
        else:
            self.said(text)

    def said(self, text):
        try:
            message = json.loads(text)
        except ValueError:
            message = {}
        if message.get("type") == "chat_message":
            tell("chat", peer=message["from_worker_id"], content=message["content"])
        else:
            tell("datagram", text=text)

    def chat(self, content):
        self.send(json.dumps({"type": "chat_message", "from_worker_id": self.id, "content": content}))

    def close_udp(self):
        if self.punching:
            self.punching.cancel()
        if self.transport:
            self.transport.close()
        self.transport = self.peer = self.peer_id = None


async def main():
    worker = Worker()
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    running = asyncio.ensure_future(worker.run())
    while line := await reader.readline():
        worker.chat(json.loads(line))
    running.cancel()


if __name__ == "__main__":
    asyncio.run(main())
