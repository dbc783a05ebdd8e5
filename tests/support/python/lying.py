"""A rendezvous that lies, in a thread of the test: docs/PROTOCOL.md, section 1, as its workers hear it.

Without a lie it is an honest one without limits. Whoever lies overrides one of the methods under "The lies", which run
on the rendezvous' own thread.
"""

import asyncio
import contextlib
import json
import secrets
import threading

import websockets

PATIENCE = 30  # seconds; a bound of failure


class Member:
    """A worker that has said hello."""

    def __init__(self, socket, worker_id, name):
        self.socket = socket
        self.id = worker_id
        self.name = name

    async def tell(self, kind, **members):
        await self.socket.send(json.dumps({"type": kind, **members}))


class Server:
    """A WebSocket server on loopback; handle() gets each connection."""

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self.run(self._listen())
        self.port = self._server.sockets[0].getsockname()[1]

    async def _listen(self):
        return await websockets.serve(self.handle, "127.0.0.1", 0)

    def run(self, coroutine):
        """The outcome of a coroutine on the server's thread, from another one."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE)

    async def handle(self, socket, path):
        raise NotImplementedError

    async def _close(self):
        self._server.close()
        await self._server.wait_closed()

    def close(self):
        self.run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()


class Rendezvous(Server):
    """Offers its members to each other and relays their signals."""

    def __init__(self):
        self._members = []
        self._pairs = {}  # (member, member) by session
        super().__init__()

    # The lies.

    def meets(self, one, other):
        """Whether these two are offered to each other."""
        return True

    def shown(self, member, viewer):
        """The id and the name under which a member is shown to another one."""
        return member.id, member.name

    def tamper(self, sender, receiver, data):
        """What arrives of the data of a signal; None swallows it."""
        return data

    # What an honest one does too.

    async def handle(self, socket, path):
        worker_id = path.split("?")[0].rsplit("/", 1)[1]
        await socket.send(json.dumps({"type": "challenge", "nonce": secrets.token_hex(32)}))
        member = None
        try:
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "hello":
                    member = Member(socket, worker_id, message["name"])
                    await self._join(member)
                elif message["type"] == "signal":
                    await self._relay(member, message)
        except websockets.ConnectionClosed:
            pass
        if member in self._members:
            await self._leave(member)

    async def _join(self, member):
        await member.tell("welcome", protocol=1, room="lobby", seen_ip="127.0.0.1", ping_interval=25)
        others = list(self._members)
        self._members.append(member)
        for other in others:
            if self.meets(member, other):
                await self._pair(member, other)

    async def _pair(self, one, other):
        session = secrets.token_hex(16)
        self._pairs[session] = (one, other)
        for viewer, peer in ((one, other), (other, one)):
            shown_id, name = self.shown(peer, viewer)
            await viewer.tell("p2p_connection_offer", peer_worker_id=shown_id, transport="udp-punch/1", session=session,
                              name=name, hello=True)

    async def _relay(self, sender, message):
        pair = self._pairs.get(message["session"], ())
        for receiver in pair:
            if receiver is sender or receiver not in self._members:
                continue
            data = self.tamper(sender, receiver, message["data"])
            if data is not None:
                await receiver.tell("signal", **{"from": self.shown(sender, receiver)[0]}, session=message["session"],
                                    data=data)

    async def _leave(self, member):
        self._members.remove(member)
        for one, other in list(self._pairs.values()):
            for viewer, peer in ((one, other), (other, one)):
                if peer is member and viewer in self._members:
                    await viewer.tell("peer_left", peer_worker_id=self.shown(peer, viewer)[0])


# Every member of a description that is signed, and something else of the same form in its place.
CHANGES = {
    "fingerprint": lambda value: value[:-2] + ("00" if value[-2:] != "00" else "11"),
    "ufrag": lambda value: value[:-1] + ("a" if value[-1] != "a" else "b"),
    "pwd": lambda value: value[:-1] + ("a" if value[-1] != "a" else "b"),
    "generation": lambda value: value + 1,
    "setup": lambda value: "active",
    "tls_id": lambda value: value[::-1] + "0",
    "answers": lambda value: "abcdefgh",
    "sctp_port": lambda value: value + 1,
    "max_message_size": lambda value: value + 1,
    "ice_options": lambda value: ["trickle"],
}


class Forger(Rendezvous):
    """Changes one member of what Ann describes herself by."""

    def __init__(self, member=None):
        self.member = member
        super().__init__()

    def tamper(self, sender, receiver, data):
        if sender.name == "Ann" and data["type"] == "description" and self.member:
            data = {**data, self.member: CHANGES[self.member](data.get(self.member))}
        return data


class Middle(Rendezvous):
    """Has a node of its own for each of its victims, which bears the name of the other one."""

    def __init__(self):
        self.own = set()  # ids of its own nodes
        super().__init__()

    def meets(self, one, other):
        return (one.id in self.own) != (other.id in self.own) and one.name != other.name


class Relay(Server):
    """Passes everything on between the workers that dial it and a real rendezvous, as if it were that worker."""

    def __init__(self, port, host=None):
        """host: which Host the requests to the real one at this port bear; None: the Host that its workers dialled."""
        self._target = port
        self._host = host
        self._heard = threading.Condition()
        self._said = []  # what the real one answered, and the code and the reason with which it closed
        super().__init__()

    def wait_said(self, kind):
        """The first message of this type that the real one answered; "close" is its end."""
        def found():
            return next((one for one in self._said if one["type"] == kind), None)
        with self._heard:
            assert self._heard.wait_for(found, PATIENCE), f"no {kind}, but {self._said}"
            return found()

    def has_said(self, kind):
        with self._heard:
            return kind in [one["type"] for one in self._said]

    def _note(self, message):
        with self._heard:
            self._said.append(message)
            self._heard.notify_all()

    def change(self, message):
        """What the real one gets of a worker's message."""
        return message

    async def handle(self, socket, path):
        host = self._host or socket.request_headers["Host"]
        async with websockets.connect(f"ws://{host}{path}", host="127.0.0.1", port=self._target) as real:
            ways = [asyncio.ensure_future(way) for way in (self._up(socket, real), self._down(real, socket))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            if real.closed:
                self._note({"type": "close", "code": real.close_code, "reason": real.close_reason})
                await socket.close(real.close_code, real.close_reason)

    async def _up(self, socket, real):
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in socket:
                await real.send(json.dumps(self.change(json.loads(text))))

    async def _down(self, real, socket):
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in real:
                self._note(json.loads(text))
                await socket.send(text)
