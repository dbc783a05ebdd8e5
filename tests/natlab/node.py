"""Gimlet processes in a lab, driven by the JSON lines of their console."""

import contextlib

import lab
from lines import Gimlet

SERVER_INI = """
[node]
plugins = rendezvous-server, stun-server
[http]
listen = *:9000
[stun-server]
listen = *:3478
"""

NODE_INI = f"""
[node]
plugins = TRANSPORT, stun, rendezvous, console
name = NAME
[http]
listen = 127.0.0.1:8080
[TRANSPORT]
listen = *:8081
[stun]
servers = {lab.SERVER}:3478, {lab.SECOND_SERVER}:3478
[rendezvous]
url = http://{lab.SERVER}:9000
[console]
format = json
"""


class Cast:
    """The processes of one test; ends them all."""

    def __init__(self, binary, transport):
        self.binary = binary
        self.transport = transport
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, kind, *error):
        if kind is None:
            self.stack.close()
            return
        with contextlib.suppress(AssertionError):  # the first failure is the one to be told
            self.stack.close()

    def server(self, host):
        process = Gimlet(self.binary, "server", SERVER_INI, host.command)
        self.stack.callback(process.stop)
        return process

    def node(self, host, name):
        process = Gimlet(self.binary, name, NODE_INI.replace("NAME", name).replace("TRANSPORT", self.transport),
                         host.command)
        self.stack.callback(process.stop)
        return process
