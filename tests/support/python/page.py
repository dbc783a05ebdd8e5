"""The WebSocket of a page without a browser."""

import base64
import json
import os
import socket
import struct


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
