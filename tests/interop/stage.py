"""A rendezvous and nodes with udp-punch in this network namespace, for peers that others wrote."""

import contextlib
import pathlib
import sys
import tempfile

from lines import Gimlet, Process

HERE = pathlib.Path(__file__).parent

SERVER_INI = """
[node]
plugins = rendezvous-server, stun-server
[http]
listen = 127.0.0.1:0
[stun-server]
listen = *:0
"""

NODE_INI = """
[node]
plugins = udp-punch, stun, rendezvous, echo, console
plugin_path = PLUGINS
name = NAME
state_dir = STATE
[http]
listen = none
[udp-punch]
listen = *:0
accept_unsigned = yes
[stun]
servers = 127.0.0.1:STUN
[rendezvous]
url = http://127.0.0.1:HTTP
[console]
format = json
"""


class Stage:
    """The processes of one test; ends them all, the last one first."""

    def __init__(self, build, server=SERVER_INI):
        self.build = pathlib.Path(build)
        self.stack = contextlib.ExitStack()
        self.folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.server = self.keep(Gimlet(self.build / "bin/gimlet", "server", server))
        self.http = self.server.wait_log(r"listening on http://127\.0\.0\.1:(\d+)")
        self.stun = self.server.wait_log(r"(?i)STUN.* on UDP \S*:(\d+)")

    def close(self):
        self.stack.close()

    def keep(self, process):
        self.stack.callback(process.stop if hasattr(process, "stop") else process.kill)
        return process

    def node(self, name, **changes):
        config = NODE_INI
        words = {"NAME": name, "STATE": f"{self.folder}/{name}", "STUN": self.stun, "HTTP": self.http,
                 "PLUGINS": str(self.build / "tests/interop"), **changes}
        for word, value in words.items():
            config = config.replace(word, value)
        node = self.keep(Gimlet(self.build / "bin/gimlet", name, config))
        return node, node.wait("its own id", lambda o: o["type"] == "init_info")["worker_id"]

    def peer(self, script, **environment):
        return self.keep(Process(script, [sys.executable, "-B", str(HERE / script)],
                                 {"RENDEZVOUS_SERVICE_URL": f"http://127.0.0.1:{self.http}", **environment}))
