"""Gimlet processes in a lab, driven by the JSON lines of their console."""

import contextlib
import json
import os
import queue
import subprocess
import tempfile
import threading
import time

import lab

DEADLINE = 80  # seconds; a bound of failure, four times the slowest target


class Gimlet:
    """A process in a host's namespace. Its log is shown when a wait fails."""

    def __init__(self, binary, host, name, config):
        self.name = name
        self.config = tempfile.NamedTemporaryFile("w", suffix=".ini")
        self.config.write(config)
        self.config.flush()
        self.log = tempfile.NamedTemporaryFile("r+", suffix=".log")
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith("GIMLET_") and key not in ("PORT", "K_SERVICE", "STATE_DIRECTORY")}
        self.state = tempfile.TemporaryDirectory()
        environment["XDG_STATE_HOME"] = self.state.name
        self.process = subprocess.Popen(
            host.command(binary, "--config", self.config.name), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self.log.fileno(), text=True, env=environment)
        self.objects = queue.Queue()
        self.seen = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.objects.put(json.loads(line))

    def say(self, content):
        self.process.stdin.write(json.dumps({"type": "send_p2p_message", "content": content}) + "\n")
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

    def wait_link(self, state="up"):
        return self.wait(f"a link that is {state}",
                         lambda o: o["type"] == "peer" and o["peer"]["state"] == state
                         or o["type"] == "init_info" and any(p["state"] == state for p in o["peers"]))

    def wait_text(self, content):
        return self.wait(f"the words {content!r}",
                         lambda o: o["type"] == "p2p_message_received" and o["content"] == content)

    def report(self):
        self.log.seek(0)
        objects = "\n".join(json.dumps(o) for o in self.seen[-12:])
        return f"--- {self.name}: last objects\n{objects}\n--- {self.name}: log\n{self.log.read()}"

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            code = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"{self.name} did not end on SIGTERM\n{self.report()}") from None
        assert code == 0, f"{self.name} ended with {code}\n{self.report()}"
        self._close()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self._close()

    def _close(self):
        self.reader.join()
        for file in (self.process.stdin, self.process.stdout, self.log, self.config):
            file.close()
        self.state.cleanup()


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
plugins = udp-plain, stun, rendezvous, console
name = NAME
[http]
listen = 127.0.0.1:8080
[udp-plain]
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

    def __init__(self, binary):
        self.binary = binary
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
        process = Gimlet(self.binary, host, "server", SERVER_INI)
        self.stack.callback(process.stop)
        return process

    def node(self, host, name):
        process = Gimlet(self.binary, host, name, NODE_INI.replace("NAME", name))
        self.stack.callback(process.stop)
        return process
