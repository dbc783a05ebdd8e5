"""Hosts made of the kernel's network namespaces."""

import contextlib
import ctypes
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading

CLONE_NEWNET = 0x40000000  # sched.h; os.setns comes with Python 3.12


def run(*command, check=True, text=None):
    """Runs a command, which reads the text; its output is part of the error when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, input=text)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def sweep():
    """Takes away what a lab left behind that was killed, as by CTest's time-out."""
    for line in run("ip", "netns", "list").splitlines():
        found = re.match(r"gl(\d+)-\S+", line)
        if found and not os.path.exists(f"/proc/{found[1]}"):
            for process in run("ip", "netns", "pids", found[0], check=False).split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(process), signal.SIGKILL)
            run("ip", "netns", "del", found[0], check=False)


class Host:
    """A network namespace."""

    def __init__(self, name):
        self.name = name
        run("ip", "netns", "add", name)
        self.ip("link", "set", "lo", "up")
        # Nobody else has its addresses; to find that out would take IPv6 a second or two.
        self.run("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.default.dad_transmits=0")

    def ip(self, *arguments):
        return run("ip", "-n", self.name, *arguments)

    def batch(self, lines):
        """Several commands of ip at once, a line each."""
        run("ip", "-n", self.name, "-batch", "-", text=lines)

    def command(self, *command):
        """The command line that runs a program here."""
        return ["ip", "netns", "exec", self.name, *command]

    def run(self, *command, check=True, text=None):
        return run(*self.command(*command), check=check, text=text)

    def nft(self, rules):
        self.run("nft", "-f", "-", text=rules)

    def socket(self, kind=socket.SOCK_DGRAM, protocol=0):
        """An IPv4 socket of this host's, in this process. Namespaces are entered by threads, so a thread makes it."""
        made = []

        def make():
            with open(f"/run/netns/{self.name}") as namespace:
                if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            made.append(socket.socket(socket.AF_INET, kind, protocol))

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        return made[0]

    def tap(self):
        return Tap(self)


class Tap:
    """Sees every frame of a host."""

    def __init__(self, host):
        self.file = tempfile.TemporaryFile()
        script = pathlib.Path(__file__).parent / "wiretap.py"
        self.process = subprocess.Popen(host.command(sys.executable, "-B", str(script)), stdout=self.file,
                                        stderr=subprocess.PIPE)
        self.process.stderr.readline()  # it says when it has begun

    def end(self):
        """All that was seen; once."""
        if self.file.closed:
            return b""
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()
        with self.file as file:
            file.seek(0)
            return file.read()
