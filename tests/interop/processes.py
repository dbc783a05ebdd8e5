"""The processes of an interop test: rendezvous and STUN in one gimlet, nodes, workers of the first version."""

import contextlib
import pathlib
import socket
import sys
import tempfile

from lines import Gimlet, Process

HERE = pathlib.Path(__file__).parent


class LegacyWorker(Process):
    def wait_event(self, event, **facts):
        return self.wait(f"{event} {facts or ''}",
                         lambda o: o["event"] == event and all(o[key] == value for key, value in facts.items()))

    def say(self, content):
        self.write(content)

    def stop(self):
        self.kill()


SERVER_INI = """
[node]
plugins = rendezvous-server, stun-server
[http]
listen = 127.0.0.1:0
[stun-server]
listen = 127.0.0.1:0
"""

NODE_INI = """
[node]
plugins = TRANSPORTS, stun, rendezvous, console
name = NAME
state_dir = STATE
[http]
listen = none
[udp-plain]
listen = 127.0.0.1:0
[stun]
servers = 127.0.0.1:STUN
[rendezvous]
url = http://127.0.0.1:HTTP
[console]
format = json
"""


class Cast:
    """The processes of one test; ends them all, the last one first."""

    def __init__(self, binary):
        self.binary = binary
        self.stack = contextlib.ExitStack()
        self.folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.server = self._keep(Gimlet(binary, "server", SERVER_INI))
        self.http = self.server.wait_log(r"listening on http://127\.0\.0\.1:(\d+)")
        self.stun = self.server.wait_log(r"STUN on UDP 127\.0\.0\.1:(\d+)")

    def close(self):
        self.stack.close()

    def _keep(self, process):
        self.stack.callback(process.stop)
        return process

    def node(self, name, transports="udp-plain"):
        config = NODE_INI.replace("TRANSPORTS", transports)
        for word, value in {"NAME": name, "STATE": f"{self.folder}/{name}", "STUN": self.stun, "HTTP": self.http}.items():
            config = config.replace(word, value)
        return self._keep(Gimlet(self.binary, name, config))

    def worker(self, name, **environment):
        return self._keep(LegacyWorker(name, [sys.executable, "-B", str(HERE / "legacy_worker.py")], {
            "RENDEZVOUS_SERVICE_URL": f"http://127.0.0.1:{self.http}/", "STUN_HOST": "127.0.0.1",
            "STUN_PORT": self.stun, "IP_ECHO_URL": f"http://127.0.0.1:{self.http}/ip",
            "INTERNAL_UDP_PORT": str(free_udp_port()), **environment}))


def free_udp_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("0.0.0.0", 0))
        return probe.getsockname()[1]
