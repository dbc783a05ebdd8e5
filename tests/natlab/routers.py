"""Routers with a NAT each: the kernel's where it can be what is wanted, and natbox, in user space, for the rest.

A router has two devices: "wan" towards the public network, or towards a carrier's, and "lan", a bridge that its hosts
are plugged into.
"""

import contextlib
import subprocess

from hosts import Host

# Packets that nobody asked for are dropped before conntrack keeps them: a router that keeps them spoils the punch
# (Polykey #357).
GUARD = """
    chain input { type filter hook input priority filter; policy drop;
        ct state established,related accept; iifname "lan" accept; iifname "lo" accept; }
"""


class Router(Host):
    """What all routers have: addresses, and forwarding of IPv6 behind a firewall that lets nobody in unasked."""

    def __init__(self, name, address, inside):
        """address is that of its public side, inside begins those behind it, as "10.1.0"."""
        super().__init__(name)
        self.address = address
        self.inside = inside
        self.prefix6 = None  # of the network behind it, as "2001:db8:1::", if there is IPv6
        # A new namespace takes these from the machine, which may have set them otherwise.
        self.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0",
                 "net.ipv4.conf.default.rp_filter=0")

    def make_lan(self):
        self.batch(f"""link add name lan type bridge
            link set lan up
            addr add {self.inside}.1/24 dev lan
            """)

    def route_ipv6(self, number, gateway, device):
        """IPv6 as providers give it: a network of its own, without translation."""
        self.prefix6 = f"2001:db8:{number:x}::"
        self.run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1")
        self.batch(f"""addr add {self.prefix6}1/64 dev lan nodad
            route add default via {gateway} dev {device}
            """)
        self.nft("""
            table ip6 firewall {
                chain forward { type filter hook forward priority filter; policy drop;
                    ct state established,related accept; iifname "lan" accept; }
            }
        """)

    def block_udp_ipv6(self):
        self.nft("""
            table ip6 blocked {
                chain forward { type filter hook forward priority -10; meta l4proto udp drop; }
            }
        """)


class Nat(Router):
    """The kernel's NAT. It translates as the last of these methods says."""

    def configure(self, address_with_length, gateway=None):
        self.ip("addr", "add", address_with_length, "dev", "wan")
        if gateway:
            self.ip("route", "add", "default", "via", gateway)
        self.make_lan()

    def table(self, chains):
        self.nft(f"""
            table ip natlab
            delete table ip natlab
            table ip natlab {{ {GUARD} {chains} }}
        """)

    def masquerade(self, ports="", random=False, udp=True):
        """Maps independently of the destination as long as the port is free, and filters by address and port
        (port-restricted). random gives each flow a port of its own (symmetric); ports, like "30000-39999", says which
        ports new mappings get."""
        how = " fully-random" if random else ""
        to = f"meta l4proto {{ tcp, udp }} masquerade to :{ports}{how}" if ports else f"masquerade{how}"
        self.table(f"""
            chain postrouting {{ type nat hook postrouting priority srcnat; oifname "wan" {to}; }}
            chain forward {{ type filter hook forward priority filter; policy drop;
                {"" if udp else "meta l4proto udp drop;"} ct state established,related accept; iifname "lan" accept; }}
        """)

    def one_to_one(self, host, asked_only=False):
        """Its address stands for one host's, port by port: whoever sends there is let in (full cone), or only whose
        address that host has sent to (address-restricted)."""
        asked = "ip saddr @asked" if asked_only else ""
        self.table(f"""
            set asked {{ type ipv4_addr; flags dynamic, timeout; timeout 2m; }}
            chain prerouting {{ type nat hook prerouting priority dstnat;
                iifname "wan" meta l4proto udp {asked} dnat to {host}; }}
            chain postrouting {{ type nat hook postrouting priority srcnat; oifname "wan" masquerade; }}
            chain forward {{ type filter hook forward priority filter; policy drop;
                iifname "lan" update @asked {{ ip daddr }} accept;
                ct state established,related accept; iifname "wan" meta l4proto udp {asked} accept; }}
        """)

    def forget(self):
        """Loses every mapping at once."""
        self.run("conntrack", "-F")


class Box(Router):
    """natbox between the kernel's two devices: BoxSettings.h has its settings, as mapping="port"."""

    def __init__(self, name, address, inside, program, settings):
        """settings may name further addresses of its public side: also="203.0.113.60,203.0.113.61"."""
        super().__init__(name, address, inside)
        also = settings.pop("also", "")
        self.addresses = [address, *filter(None, also.split(","))]
        words = [f"{key}={value}" for key, value in settings.items()]
        self.process = subprocess.Popen(self.command(program, ",".join(self.addresses), *words), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.ready = self.process.stdout.readline().strip()
        if not self.ready.startswith("ready"):
            raise RuntimeError(f"natbox ended with {self.process.wait()}: {words}")
        self.ranges = 0

    def configure(self, address_with_length, gateway=None):
        """The address is not the kernel's, which would keep what comes for it: it answers for it (ARP) and routes it
        to the box. It asks others by an address of its own."""
        length = address_with_length.split("/")[1]
        network, _, last = self.address.rpartition(".")
        self.run("sysctl", "-qw", "net.ipv4.conf.wan.proxy_arp=1", "net.ipv4.neigh.wan.proxy_delay=0")
        self.ip("addr", "add", f"{network}.{int(last) + 100}/{length}", "dev", "wan")
        if gateway:
            self.ip("route", "add", "default", "via", gateway)
        self.make_lan()
        routes = "".join(f"route add {address}/32 dev out\n" for address in self.addresses)
        self.batch(f"""link set in up
            link set out up
            {routes}
            route add default dev in table 100
            rule add iif lan lookup 100
            """)

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if answer != "ok":
            raise RuntimeError(f"natbox: {line}: {answer}")

    def forget(self):
        """Loses every mapping at once."""
        self.tell("restart")

    def rebind(self):
        """Maps everything anew, to other ports than before."""
        self.ranges += 1
        first = 20000 + self.ranges % 2 * 20000
        self.tell(f"set ports={first}-{first + 19999}")

    def end(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
