"""Starting gimlet (or what runs it) and asking it over HTTP."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import tempfile
import time

DEADLINE = 30  # seconds after which a test gives up; a bound of failure, not a target
TOKEN = "0123456789abcdef0123456789abcdef"


def free_port(kind=socket.SOCK_STREAM):
    """A port that nobody has right now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(port, path, token=None, host="127.0.0.1"):
    """Status and body, or None when nobody answers."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def wait_for(what, condition, alive=()):
    """Returns the condition's first true value. Fails when a process of `alive` ends or the deadline passes."""
    end = time.monotonic() + DEADLINE
    while True:
        value = condition()
        if value:
            return value
        for process in alive:
            assert process.poll() is None, f"ended with {process.returncode} before {what}:\n{log(process)}"
        assert time.monotonic() < end, f"not within {DEADLINE} s: {what}\n" + "\n".join(map(log, alive))
        time.sleep(0.02)


def wait_ready(port, process):
    """Returns once the process that serves this port says that it is ready."""
    wait_for(f"port {port} is ready", lambda: (get(port, "/readyz") or [0])[0] == 200, [process])


def linked_peers(port):
    """The peers with whom the node at this port has a link that is up."""
    answer = get(port, "/readyz", TOKEN)
    return [peer for peer in json.loads(answer[1]).get("peers", []) if peer["state"] == "up"] if answer else []


def log(process):
    """What a process started here has written so far."""
    process.log_file.flush()
    with open(process.log_file.name, encoding="utf-8", errors="replace") as file:
        return file.read()


@contextlib.contextmanager
def running(arguments, environment=None):
    """A process until the end of the block; then SIGTERM, and it must exit with 0."""
    with tempfile.NamedTemporaryFile("w", suffix=".log") as file:
        process = subprocess.Popen(arguments, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
        process.log_file = file
        try:
            yield process
            if process.poll() is None:
                stop(process)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def stop(process):
    """SIGTERM; to the one child of a process that only waits for it (unshare)."""
    with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
        children = file.read().split()
    for pid in children or [process.pid]:
        os.kill(int(pid), signal.SIGTERM)
    code = process.wait(DEADLINE)
    assert code == 0, f"ended with {code} after SIGTERM:\n{log(process)}"
