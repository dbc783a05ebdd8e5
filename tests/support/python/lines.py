"""Processes that are driven by JSON lines: gimlet with [console] format = json, and the tests' own workers."""

import contextlib
import json
import os
import queue
import re
import subprocess
import tempfile
import threading
import time

DEADLINE = 80  # seconds; a bound of failure, four times the slowest target
STEERING = ("PORT", "K_SERVICE", "RENDEZVOUS_SERVICE_URL", "STUN_HOST", "STUN_PORT", "INTERNAL_UDP_PORT",
            "PING_INTERVAL_SEC", "PING_TIMEOUT_SEC", "STATE_DIRECTORY")


def clean_environment():
    """The environment without what gimlet would read there."""
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
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            try:
                self.objects.put(json.loads(line))
            except ValueError:
                self.objects.put({"type": "no JSON", "event": "no JSON", "line": line})

    def write(self, value):
        self.process.stdin.write(json.dumps(value) + "\n")
        self.process.stdin.flush()

    def next(self, seconds):
        """The next object; None if none comes within the time."""
        try:
            found = self.objects.get(timeout=max(0.0, seconds))
        except queue.Empty:
            return None
        self.seen.append(found)
        return found

    def wait(self, what, wanted, seconds=DEADLINE):
        """The next object for which wanted(object) is true."""
        end = time.monotonic() + seconds
        while (found := self.next(end - time.monotonic())) is not None:
            if wanted(found):
                return found
        raise AssertionError(f"{self.name} did not see {what} within {seconds} s\n{self.report()}")

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
        self.reader.join()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(BrokenPipeError):  # of words that nobody took any more
                pipe.close()


class Gimlet(Process):
    """A gimlet with an ini file of its own. Ends by SIGTERM, with exit code 0."""

    def __init__(self, binary, name, config, within=lambda *command: list(command)):
        """within makes the command line that runs a program in its place, as a lab's host does."""
        self.config = tempfile.NamedTemporaryFile("w", suffix=".ini")
        self.config.write(config)
        self.config.flush()
        self.state = tempfile.TemporaryDirectory()  # two nodes of one machine are two
        super().__init__(name, within(binary, "--config", self.config.name), {"XDG_STATE_HOME": self.state.name})

    def kill(self):
        super().kill()
        self.config.close()
        self.state.cleanup()

    def say(self, content, to=None):
        self.write({"type": "send_p2p_message", "content": content, **({"to": to} if to else {})})

    def wait_link(self, peer=None, state="up"):
        """A link in this state, with this peer or with anybody."""
        def fits(view):
            return view["state"] == state and peer in (None, view["id"])
        return self.wait(f"a link with {peer or 'anybody'} that is {state}",
                         lambda o: o["type"] == "peer" and fits(o["peer"])
                         or o["type"] == "init_info" and any(map(fits, o["peers"])))

    def wait_text(self, content, peer=None):
        return self.wait(f"the words {content!r}",
                         lambda o: o["type"] == "p2p_message_received" and o["content"] == content
                         and peer in (None, o["from_peer_id"]))

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
