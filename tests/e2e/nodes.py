"""Real gimlet processes for the end-to-end tests: a rendezvous with STUN, and nodes with a page."""

import os
import re
import signal
import socket
import subprocess
import tempfile
import threading

BUILD = os.environ["E2E_BUILD"]
OUTPUT = os.environ["E2E_OUTPUT"]

# A bound of failure, not a target: on a busy machine everything takes its time.
PATIENCE = int(os.environ.get("E2E_PATIENCE", 60))


def free_port():
    """A TCP port that is free now, for a process that is to come back under the same one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Gimlet:
    """One running gimlet. Its log can be waited for."""

    def __init__(self, sections):
        self._folder = tempfile.TemporaryDirectory(prefix="gimlet-e2e-")
        self._file = os.path.join(self._folder.name, "gimlet.ini")
        with open(self._file, "w", encoding="utf-8") as ini:
            for section, keys in sections.items():
                ini.write(f"[{section}]\n")
                ini.writelines(f"{key} = {value}\n" for key, value in keys.items())
        self._log = []
        self._changed = threading.Condition()
        self._process = None
        self.start()

    def start(self):
        """Starts it, again if it has ended."""
        # Nothing from outside steers the test; a home of its own keeps state of other runs away.
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": self._folder.name,
            "XDG_STATE_HOME": self._folder.name,
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", ""),
        }
        with self._changed:
            self._log = []
        self._process = subprocess.Popen(
            [os.path.join(BUILD, "bin", "gimlet"), "run", "--config", self._file],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
            errors="replace",
        )
        threading.Thread(target=self._read, args=(self._process.stderr,), daemon=True).start()

    def _read(self, stream):
        for line in stream:
            with self._changed:
                self._log.append(line.rstrip("\n"))
                self._changed.notify_all()
        stream.close()

    def log(self):
        with self._changed:
            return "\n".join(self._log)

    def wait_for(self, pattern):
        """The match of a pattern in the log since the last start."""
        compiled = re.compile(pattern)

        def find():
            return next(filter(None, map(compiled.search, self._log)), None)

        with self._changed:
            found = self._changed.wait_for(lambda: find() or self._process.poll() is not None, PATIENCE) and find()
            if not found:
                raise AssertionError(f"no {pattern!r} in the log:\n" + "\n".join(self._log))
            return found

    def send_signal(self, number):
        if self._process.poll() is None:
            self._process.send_signal(number)

    def end(self, number=signal.SIGTERM):
        """Ends it and gives its exit code; killed, minus the signal's number."""
        self.send_signal(number)
        return self._process.wait(PATIENCE)

    def remove(self):
        self.end(signal.SIGKILL)
        self._folder.cleanup()


class Rendezvous(Gimlet):
    """A rendezvous and a STUN server on loopback, under ports that it keeps when it is started again."""

    def __init__(self):
        self.port = free_port()
        self.stun = free_port()
        super().__init__(
            {
                "node": {"plugins": "rendezvous-server, stun-server"},
                "http": {"listen": f"127.0.0.1:{self.port}"},
                "stun-server": {"listen": f"127.0.0.1:{self.stun}"},
            }
        )


class Node(Gimlet):
    """A node with a page."""

    def __init__(self, name, rendezvous, listen="127.0.0.1:0", web=None, more=None, transport="udp-plain"):
        sections = {
            "node": {"plugins": f"{transport}, stun, rendezvous, web", "name": name},
            "http": {"listen": listen},
            "rendezvous": {"url": f"http://127.0.0.1:{rendezvous.port}"},
            "stun": {"servers": f"127.0.0.1:{rendezvous.stun}"},
            transport: {"listen": "127.0.0.1:0"},
        }
        if web:
            sections["web"] = web
        for section, keys in (more or {}).items():
            sections.setdefault(section, {}).update(keys)
        self.name = name
        super().__init__(sections)

    def address(self):
        """The page's address as the log tells it."""
        return self.wait_for(r"the page is at (https?://\S+)").group(1)
