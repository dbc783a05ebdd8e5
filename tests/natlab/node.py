"""Gimlet processes in a lab, driven by the JSON lines of their console."""

import contextlib
import http.client
import re
import socket

import lab
from lines import Gimlet

# It has two addresses, so it tells nodes what their NATs do as well (RFC 5780).
SERVER_INI = f"""
[node]
plugins = rendezvous-server, stun-server
[http]
listen = *:9000
[stun-server]
listen = {lab.SERVER}:3478, [{lab.SERVER_IPV6}]:3478
alternate = {lab.SECOND_SERVER}, {lab.SECOND_SERVER_IPV6}
"""
WITHOUT_RELAY = """
[rendezvous-server]
relay = off
"""

NODE_INI = """
[node]
plugins = TRANSPORT, stun, rendezvous, console
name = NAME
[http]
listen = 127.0.0.1:8080
[stun]
servers = STUN_SERVERS
[rendezvous]
url = http://RENDEZVOUS:9000
[console]
format = json
"""


def servers(ipv4, ipv6):
    """The addresses of the server that a node with these can use."""
    return ([lab.SERVER, lab.SECOND_SERVER] if ipv4 else []) + (
        [f"[{lab.SERVER_IPV6}]", f"[{lab.SECOND_SERVER_IPV6}]"] if ipv6 else [])


def node_ini(name, transport, addresses):
    values = {"NAME": name, "TRANSPORT": transport, "RENDEZVOUS": addresses[0],
              "STUN_SERVERS": ", ".join(f"{address}:3478" for address in addresses)}
    ini = NODE_INI
    for key, value in values.items():
        ini = ini.replace(key, value)
    return ini


def metric(process, name):
    """What a node's /metrics has under this name, of all labels together. It is asked inside of its host."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", 8080, timeout=5)) as connection:
        connection.sock = process.host.socket(socket.SOCK_STREAM)
        connection.sock.settimeout(connection.timeout)
        connection.sock.connect((connection.host, connection.port))
        connection.request("GET", "/metrics")
        shown = connection.getresponse().read().decode()
    found = re.findall(rf"^{name}(?:{{.*}})? (\S+)$", shown, re.MULTILINE)
    assert found, f"{process.name} has no metric {name}:\n{shown}"
    return sum(map(float, found))


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

    def server(self, host, ini=SERVER_INI):
        process = Gimlet(self.binary, "server", ini, host.command)
        self.stack.callback(process.stop)
        return process

    def node(self, host, name, ipv4=True, ipv6=False):
        process = Gimlet(self.binary, name, node_ini(name, self.transport, servers(ipv4, ipv6)), host.command)
        process.host = host
        self.stack.callback(process.stop)
        return process
