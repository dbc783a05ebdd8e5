"""Hosts, routers and NATs made of the kernel's network namespaces.

    public network 203.0.113.0/24 (a bridge in a namespace of its own)
      .1 and .2   the server: rendezvous, and STUN on both addresses
      .11, .12..  routers, each with a private network 10.<n>.0.0/24 behind it

Names carry the process id, so several labs live side by side; everything ends with the lab.
Addresses of RFC 5737 and RFC 1918 inside namespaces that nothing else is connected to.
"""

import contextlib
import itertools
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

SERVER = "203.0.113.1"
SECOND_SERVER = "203.0.113.2"


def run(*command, check=True):
    """Runs a command; its output is part of the error when it fails."""
    done = subprocess.run(command, capture_output=True, text=True)
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

    def ip(self, *arguments):
        return run("ip", "-n", self.name, *arguments)

    def command(self, *command):
        """The command line that runs a program here."""
        return ["ip", "netns", "exec", self.name, *command]

    def run(self, *command, check=True):
        return run(*self.command(*command), check=check)

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


class Nat(Host):
    """A router that translates: the kernel's masquerade, which maps independently of the destination as long as a
    port is free, and filters by address and port (port-restricted)."""

    def __init__(self, name, address):
        super().__init__(name)
        self.address = address
        self.run("sysctl", "-qw", "net.ipv4.ip_forward=1")

    def masquerade(self, ports=""):
        """Translates from now on; ports, like "30000-39999", says which ports new mappings get. Packets that nobody
        asked for are dropped before conntrack keeps them: a router that keeps them spoils the punch (Polykey #357)."""
        to = f"meta l4proto {{ tcp, udp }} masquerade to :{ports}" if ports else "masquerade"
        self.nft(f"""
            flush ruleset
            table ip nat {{
                chain postrouting {{ type nat hook postrouting priority srcnat; oifname "wan" {to}; }}
            }}
            table ip filter {{
                chain input {{ type filter hook input priority filter; policy drop;
                    ct state established,related accept; iifname "lan" accept; iifname "lo" accept; }}
                chain forward {{ type filter hook forward priority filter; policy drop;
                    ct state established,related accept; iifname "lan" accept; }}
            }}
        """)

    def nft(self, rules):
        subprocess.run(self.command("nft", "-f", "-"), input=rules, text=True, check=True)

    def forget(self):
        """Loses every mapping at once."""
        self.run("conntrack", "-F")


class Lab:
    """Builds hosts; a context manager that takes everything away again."""

    def __init__(self):
        self.prefix = f"gl{os.getpid()}"
        self.numbers = itertools.count(1)
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        sweep()
        try:
            self.build()
        except BaseException:
            self.stack.close()
            raise
        return self

    def build(self):
        self.public = self.host("pub")
        self.public.ip("link", "add", "name", "br0", "type", "bridge")
        self.public.ip("link", "set", "br0", "up")
        self.server = self.host("srv")
        self.connect(self.server, "eth0")
        for address in (SERVER, SECOND_SERVER):
            self.server.ip("addr", "add", f"{address}/24", "dev", "eth0")

    def __exit__(self, *error):
        self.stack.close()

    def keep(self, host):
        self.stack.callback(run, "ip", "netns", "del", host.name, check=False)
        return host

    def host(self, name):
        return self.keep(Host(f"{self.prefix}-{name}"))

    def wire(self, one, name, other, other_name):
        """A cable between two hosts."""
        one.ip("link", "add", "name", name, "type", "veth", "peer", "name", other_name, "netns", other.name)
        one.ip("link", "set", name, "up")
        other.ip("link", "set", other_name, "up")

    def connect(self, host, name):
        """Plugs a host into the public network."""
        port = f"p{next(self.numbers)}"
        self.wire(host, name, self.public, port)
        self.public.ip("link", "set", port, "master", "br0")

    def nat(self, number, ports=""):
        """A NAT with the public address 203.0.113.(10 + number) and the private network 10.number.0.0/24."""
        nat = self.keep(Nat(f"{self.prefix}-nat{number}", f"203.0.113.{10 + number}"))
        self.connect(nat, "wan")
        nat.ip("addr", "add", f"{nat.address}/24", "dev", "wan")
        nat.ip("link", "add", "name", "lan", "type", "bridge")
        nat.ip("link", "set", "lan", "up")
        nat.ip("addr", "add", f"10.{number}.0.1/24", "dev", "lan")
        nat.masquerade(ports)
        return nat

    def behind(self, nat, number, last=2, connected=True):
        """A host with the address 10.number.0.last behind a NAT."""
        host = self.host(f"h{number}-{last}")
        if connected:
            self.plug(host, nat, number, last)
        return host

    def plug(self, host, nat, number, last=2):
        port = f"l{next(self.numbers)}"
        self.wire(host, "eth0", nat, port)
        nat.ip("link", "set", port, "master", "lan")
        host.ip("addr", "add", f"10.{number}.0.{last}/24", "dev", "eth0")
        host.ip("route", "add", "default", "via", f"10.{number}.0.1")
