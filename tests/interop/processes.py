"""The processes of an interop test: rendezvous and STUN in one gimlet, nodes, workers of the first version."""

import contextlib
import json
import os
import pathlib
import queue
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

DEADLINE = 60  # seconds; a bound of failure, four times the slowest target
HERE = pathlib.Path(__file__).parent
STEERING = ("PORT", "K_SERVICE", "RENDEZVOUS_SERVICE_URL", "STUN_HOST", "STUN_PORT", "INTERNAL_UDP_PORT",
            "PING_INTERVAL_SEC", "PING_TIMEOUT_SEC", "STATE_DIRECTORY")


def clean_environment():
    return {key: value for key, value in os.environ.items()
            if not key.startswith("GIMLET_") and key not in STEERING}


class Process:
    """A child that prints one JSON object a line; its log (stderr) is shown when a wait fails."""

    def __init__(self, name, command, environment=None):
        self.name = name
        self.log = tempfile.NamedTemporaryFile("r", suffix=".log")
        with open(self.log.name, "w") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                                            text=True, env={**clean_environment(), **(environment or {})})
        self.objects = queue.Queue()
        self.seen = []
        self.killed = False
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            with contextlib.suppress(ValueError):
                self.objects.put(json.loads(line))

    def write(self, value):
        self.process.stdin.write(json.dumps(value) + "\n")
        self.process.stdin.flush()

    def wait(self, what, wanted, seconds=DEADLINE):
        """The next object for which wanted(object) is true."""
        end = time.monotonic() + seconds
        while True:
            try:
                found = self.objects.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"{self.name} did not see {what} within {seconds} s\n{self.report()}") from None
            self.seen.append(found)
            if wanted(found):
                return found

    def pending(self):
        """All objects that came and were not waited for."""
        found = []
        with contextlib.suppress(queue.Empty):
            while True:
                found.append(self.objects.get_nowait())
        self.seen += found
        return found

    def wait_log(self, pattern, seconds=DEADLINE):
        """The first group of a line of the log."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            with open(self.log.name) as log:
                if match := re.search(pattern, log.read()):
                    return match.group(1)
            time.sleep(0.02)
        raise AssertionError(f"{self.name} logged nothing like {pattern}\n{self.report()}")

    def report(self):
        objects = "\n".join(json.dumps(o) for o in self.seen[-15:])
        with open(self.log.name) as log:
            return f"--- {self.name}: last objects\n{objects}\n--- {self.name}: log\n{log.read()}"

    def kill(self):
        self.killed = True
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            pipe.close()


class Gimlet(Process):
    """Ends by SIGTERM, with exit code 0."""

    def __init__(self, binary, name, config):
        self.config = tempfile.NamedTemporaryFile("w", suffix=".ini")
        self.config.write(config)
        self.config.flush()
        super().__init__(name, [binary, "--config", self.config.name])

    def say(self, content, to=None):
        self.write({"type": "send_p2p_message", "content": content, **({"to": to} if to else {})})

    def wait_link(self, peer, state="up"):
        return self.wait(f"a link with {peer} that is {state}",
                         lambda o: o["type"] == "peer" and o["peer"]["id"] == peer and o["peer"]["state"] == state)

    def wait_text(self, content, peer):
        return self.wait(f"the words {content!r}",
                         lambda o: o["type"] == "p2p_message_received" and o["content"] == content
                         and o["from_peer_id"] == peer)

    def stop(self):
        if self.killed:
            return
        if self.process.poll() is None:
            self.process.terminate()
        try:
            code = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not end on SIGTERM\n{self.report()}") from None
        self.kill()
        assert code == 0, f"{self.name} ended with {code}\n{self.report()}"


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
plugins = udp-plain, stun, rendezvous, console
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

    def node(self, name):
        config = NODE_INI
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
