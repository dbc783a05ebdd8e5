"""Hosts, routers and NATs made of the kernel's network namespaces.

    public network 203.0.113.0/24, 2001:db8::/64 (a bridge in a namespace of its own)
      .1 and .2   the server: rendezvous, and STUN on both addresses
      .11, .12..  routers, each with a private network 10.<n>.0.0/24 behind it, and 2001:db8:<n>::/64 where it has IPv6;
                  carriers, whose network 100.64.<n>.0/24 has routers of its own behind it
      .201..      hosts without a router

Names carry the process id and a number, so several labs live side by side; everything ends with the lab.
Addresses of RFC 5737, 3849, 6598 and 1918 inside namespaces that nothing else is connected to.
"""

import contextlib
import itertools
import os

from hosts import Host, run, sweep
from routers import Box, Nat

SERVER = "203.0.113.1"
SECOND_SERVER = "203.0.113.2"
SERVER_IPV6 = "2001:db8::1"
SECOND_SERVER_IPV6 = "2001:db8::2"
CORE_IPV6 = "2001:db8::ff"  # who routes IPv6 in the public network

LABS = itertools.count(1)


class Lab:
    """Builds hosts; a context manager that takes everything away again."""

    natbox = ""  # the program; whoever wants boxes says where it is

    def __init__(self):
        self.prefix = f"gl{os.getpid()}-{next(LABS)}"
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
        self.public.batch(f"""link add name br0 type bridge
            link set br0 up
            addr add {CORE_IPV6}/64 dev br0 nodad
            """)
        self.public.run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1")
        self.server = self.host("srv")
        self.connect(self.server, "eth0")
        self.server.batch(f"""addr add {SERVER}/24 dev eth0
            addr add {SECOND_SERVER}/24 dev eth0
            addr add {SERVER_IPV6}/64 dev eth0 nodad
            addr add {SECOND_SERVER_IPV6}/64 dev eth0 nodad
            route add default via {CORE_IPV6}
            """)

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

    def connect(self, host, name, carrier=None):
        """Plugs a host into the public network, or into a carrier's. Returns the other end of the cable."""
        port = f"p{next(self.numbers)}"
        self.wire(host, name, carrier or self.public, port)
        (carrier or self.public).ip("link", "set", port, "master", "lan" if carrier else "br0")
        return port

    def place(self, router, carrier):
        """Puts a router between its two networks."""
        self.connect(router, "wan", carrier)
        router.configure(f"{router.address}/24", f"{carrier.inside}.1" if carrier else None)
        return router

    @staticmethod
    def addresses(number, carrier, is_carrier):
        """The public side of a router, and what the addresses behind it begin with."""
        network = carrier.inside if carrier else "203.0.113"
        return f"{network}.{10 + number}", f"100.64.{number}" if is_carrier else f"10.{number}.0"

    def nat(self, number, ports="", carrier=None, is_carrier=False):
        """A kernel NAT with the public address 203.0.113.(10 + number) and the private network 10.number.0.0/24;
        behind a carrier's NAT if there is one. It is port-restricted until it is told otherwise."""
        nat = self.keep(Nat(f"{self.prefix}-nat{number}", *self.addresses(number, carrier, is_carrier)))
        self.place(nat, carrier)
        nat.masquerade(ports)
        return nat

    def box(self, number, carrier=None, is_carrier=False, **settings):
        """The same in user space."""
        name = f"{self.prefix}-box{number}"
        box = Box(name, *self.addresses(number, carrier, is_carrier), self.natbox, settings)
        self.keep(box)
        self.stack.callback(box.end)
        return self.place(box, carrier)

    def behind(self, nat, number, last=2, connected=True):
        """A host with the address 10.number.0.last behind a NAT."""
        host = self.host(f"h{number}-{last}")
        if connected:
            self.plug(host, nat, number, last)
        return host

    def plug(self, host, nat, number, last=2, alone=False):
        """alone keeps it from its neighbours, as networks for guests do: it reaches only the router."""
        port = self.connect(host, "eth0", nat)
        host.batch(f"""addr add {nat.inside}.{last}/24 dev eth0
            route add default via {nat.inside}.1
            """)
        if alone:
            nat.run("bridge", "link", "set", "dev", port, "isolated", "on")

    def open_host(self, number, ipv4=True, ipv6=True):
        """A host without a router, 203.0.113.(200 + number) and 2001:db8::(200 + number, in decimal)."""
        host = self.host(f"open{number}")
        self.connect(host, "eth0")
        if ipv4:
            host.ip("addr", "add", f"203.0.113.{200 + number}/24", "dev", "eth0")
            host.ip("route", "add", "default", "via", SERVER)  # nobody routes there; programs look for a default route
        if ipv6:
            host.batch(f"""addr add 2001:db8::{200 + number}/64 dev eth0 nodad
                route add default via {CORE_IPV6}
                """)
        return host

    def give_ipv6(self, router, number, device="wan"):
        """IPv6 for a router, by this device of its, and those who are plugged in afterwards by plug_ipv6."""
        router.ip("addr", "add", f"2001:db8::{10 + number}/64", "dev", device, "nodad")
        router.route_ipv6(number, CORE_IPV6, device)
        self.public.ip("route", "add", f"{router.prefix6}/64", "via", f"2001:db8::{10 + number}")

    def plug_ipv6(self, host, router, last=2):
        host.batch(f"""addr add {router.prefix6}{last}/64 dev eth0 nodad
            route add default via {router.prefix6}1
            """)
