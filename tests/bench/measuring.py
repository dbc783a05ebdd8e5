"""What several benchmarks need: a line of the report, a page without a browser, a raw UDP ping-pong."""

import base64
import contextlib
import json
import multiprocessing
import os
import pathlib
import socket
import statistics
import struct
import time


def report(name, value, unit, yardstick=None, **more):
    """Prints one JSON object. @param yardstick: (name, value) measured in the same run and unit."""
    line = {"name": name, "value": round(value, 3), "unit": unit}
    if yardstick:
        line |= {"yardstick": {"name": yardstick[0], "value": round(yardstick[1], 3)}, "ratio": round(value / yardstick[1], 2)}
    print(json.dumps(line | more), flush=True)


def cpu_seconds(pid):
    """User and system time of a process so far, to the nanosecond where the kernel counts so."""
    return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9 + sum(
        int(thread.read_text(encoding="ascii").split()[0]) / 1e9
        for thread in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat") if thread.parent.name != str(pid))


def resident_mib(pid):
    """Resident memory, and the part of it that no other process shares."""
    rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    values = {line.split()[0]: int(line.split()[1]) / 1024 for line in rollup.splitlines()[1:]}
    return values["Rss:"], values["Private_Clean:"] + values["Private_Dirty:"]


class Page:
    """The WebSocket of a page, on a plain socket: a library's event loop would be most of what is measured."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(f"GET /ui_ws HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                             f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
        self._bytes = b""
        while b"\r\n\r\n" not in self._bytes:
            self._fill()
        head, _, self._bytes = self._bytes.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101"):
            raise RuntimeError(head.decode())

    def send(self, **members):
        """Sends an object."""
        text = json.dumps(members).encode()
        length = bytes([0x80 | len(text)]) if len(text) < 126 else bytes([0x80 | 126]) + struct.pack("!H", len(text))
        # A mask of zeros is a mask: the text goes as it is.
        self._socket.sendall(b"\x81" + length + bytes(4) + text)

    def wait(self, kind):
        """The next object of this type; the others are passed over."""
        while True:
            opcode, payload = self._frame()
            if opcode == 1:
                members = json.loads(payload)
                if members["type"] == kind:
                    return members

    def close(self):
        self._socket.close()

    def _frame(self):
        self._need(2)
        opcode, length, start = self._bytes[0] & 15, self._bytes[1], 2
        if length == 126:
            self._need(4)
            length, start = struct.unpack("!H", self._bytes[2:4])[0], 4
        elif length == 127:
            self._need(10)
            length, start = struct.unpack("!Q", self._bytes[2:10])[0], 10
        self._need(start + length)
        payload, self._bytes = self._bytes[start:start + length], self._bytes[start + length:]
        return opcode, payload

    def _need(self, count):
        while len(self._bytes) < count:
            self._fill()

    def _fill(self):
        received = self._socket.recv(65536)
        if not received:
            raise RuntimeError("the node has closed the WebSocket")
        self._bytes += received


def _echo(endpoint):
    while data := endpoint.recvfrom(2048):
        endpoint.sendto(*data)


def udp_one_way(rounds, size, pause=0.0):
    """Microseconds that a datagram takes to another process on loopback: half a round trip, the median.

    @param pause Seconds between two, for both processes fall asleep in it, as they do when people talk.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as near:
        far.bind(("127.0.0.1", 0))
        near.connect(far.getsockname())
        near.settimeout(5)
        echo = multiprocessing.get_context("fork").Process(target=_echo, args=(far,), daemon=True)
        echo.start()
        try:
            times = []
            for _ in range(rounds):
                time.sleep(pause)
                start = time.perf_counter()
                near.send(bytes(size))
                near.recv(2048)
                times.append((time.perf_counter() - start) / 2 * 1e6)
            return statistics.median(times)
        finally:
            with contextlib.suppress(ProcessLookupError):
                echo.kill()
            echo.join()
