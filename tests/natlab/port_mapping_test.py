"""A router that maps ports (miniupnpd) is asked by each protocol, in network namespaces."""

import pathlib
import subprocess
import sys
import tempfile
import time

import labtest
from lines import Gimlet

# miniupnpd serves no documentation addresses outside; these are in namespaces that nothing is connected to.
PUBLIC = "45.77.113"

NODE_INI = """
[node]
plugins = udp-punch, port-mapping, console
name = alice
[http]
listen = none
[udp-punch]
listen = *:40001
[port-mapping]
protocols = PROTOCOLS
[console]
format = json
"""

LINK_INI = NODE_INI.replace("port-mapping, console", "STUN rendezvous, console").replace("alice", "NAME") + f"""
[stun]
servers = {PUBLIC}.1:3478, {PUBLIC}.2:3478
[rendezvous]
url = http://{PUBLIC}.1:9000
"""

SERVER_INI = """
[node]
plugins = rendezvous-server, stun-server
[http]
listen = *:9000
[rendezvous-server]
relay = off
"""

ROUTER = """
flush ruleset
table inet filter {
    chain miniupnpd { }
    chain prerouting_miniupnpd { }
    chain postrouting_miniupnpd { }
    chain forward { type filter hook forward priority filter; policy drop;
        jump miniupnpd
        ct state established,related accept; iifname "lan" accept; }
    chain input { type filter hook input priority filter; policy drop;
        ct state established,related accept; iifname "lan" accept; iifname "lo" accept; }
    chain prerouting { type nat hook prerouting priority dstnat; jump prerouting_miniupnpd; }
    chain postrouting { type nat hook postrouting priority srcnat; jump postrouting_miniupnpd
        oifname "wan" masquerade fully-random; }
}
"""

DAEMON = """
ext_ifname=wan
listening_ip=lan
enable_natpmp=NATPMP
enable_upnp=UPNP
ipv6_disable=yes
upnp_table_name=filter
upnp_nat_table_name=filter
upnp_forward_chain=miniupnpd
upnp_nat_chain=prerouting_miniupnpd
upnp_nat_postrouting_chain=postrouting_miniupnpd
secure_mode=yes
min_lifetime=120
max_lifetime=86400
uuid=00000000-0000-4000-8000-000000000000
allow 1024-65535 10.1.0.0/24 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
"""


class PortMappingTest(labtest.LabTest):
    server_ini = ""

    def setUp(self):
        super().setUp()
        for last in (1, 2):
            self.lab.server.ip("addr", "add", f"{PUBLIC}.{last}/24", "dev", "eth0")
        self.router = self.nat(1)
        self.host = self.lab.behind(self.router, 1)
        self.daemon = None

    def nat(self, number, address=None):
        nat = self.lab.nat(number)
        nat.ip("addr", "flush", "dev", "wan")
        nat.ip("addr", "add", f"{address or f'{PUBLIC}.{10 + number}'}/24", "dev", "wan")
        nat.nft(ROUTER)
        return nat

    def serve(self, natpmp="yes", upnp="yes"):
        """Starts the daemon of the router."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        config = pathlib.Path(folder) / "miniupnpd.conf"
        config.write_text(DAEMON.replace("NATPMP", natpmp).replace("UPNP", upnp))
        self.log = open(pathlib.Path(folder) / "log", "w+")
        self.addCleanup(self.log.close)
        self.daemon = subprocess.Popen(
            self.router.command("miniupnpd", "-d", "-f", str(config), "-P", f"{folder}/pid"),
            stdout=self.log, stderr=subprocess.STDOUT)
        self.addCleanup(self.end_daemon)
        port = "5351" if natpmp == "yes" else "1900"
        self.eventually("the daemon listens", lambda: f":{port} " in self.router.run("ss", "-Huln"))

    def end_daemon(self):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.terminate()
            self.daemon.wait(10)

    def eventually(self, what, condition, seconds=20):
        end = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.05)

    def node(self, protocols, host=None, ini=NODE_INI):
        process = Gimlet(self.binary, "alice", ini.replace("PROTOCOLS", protocols), (host or self.host).command)
        self.cast.stack.callback(process.stop)
        return process

    def rules(self):
        return self.router.run("nft", "list", "chain", "inet", "filter", "prerouting_miniupnpd")

    def wait_mapping(self, process, name):
        def fits(said):
            return any(f"port mapping by {name}" == one["source"] for one in said.get("candidates", []))
        said = process.wait(f"a mapping by {name}",
                            lambda o: o["type"] in ("network", "init_info") and fits(o))
        return next(one["address"] for one in said["candidates"] if one["source"].startswith("port mapping"))

    def maps(self, protocols, name):
        began = time.monotonic()
        alice = self.node(protocols)
        address = self.wait_mapping(alice, name)
        print(f"{self.id().split('.', 1)[-1]}: {address} after {time.monotonic() - began:.2f} s", flush=True)
        self.assertEqual(address, f"{PUBLIC}.11:40001")
        self.assertIn("dnat", self.rules())
        alice.stop()
        # The last datagram of PCP waits for no answer, so the router may not have read it yet.
        self.eventually("the mapping does not outlive the node", lambda: "dnat" not in self.rules())


class Protocols(PortMappingTest):
    def test_pcp(self):
        self.serve()
        self.maps("pcp", "PCP")

    def test_nat_pmp(self):
        self.serve()
        self.maps("nat-pmp", "NAT-PMP")

    def test_upnp(self):
        self.serve(natpmp="no")
        self.maps("upnp", "UPnP")

    def test_all_of_them_find_the_one_that_there_is(self):
        self.serve(natpmp="no")
        self.maps("pcp, nat-pmp, upnp", "UPnP")

    def test_where_no_router_answers_it_is_quiet(self):
        alice = self.node("pcp, nat-pmp, upnp")
        alice.wait_log(r"(forwards no port for this node)")
        said = alice.pending()
        self.assertFalse([o for o in said if o["type"] == "plugin" and o["plugin"]["state"] in ("degraded", "failed")])
        began = time.monotonic()
        alice.stop()
        self.assertLess(time.monotonic() - began, 8)

    def test_a_restarted_router_is_asked_again(self):
        """It tells everybody on the network that it has begun anew (RFC 6887, section 14)."""
        self.serve()
        alice = self.node("pcp")
        self.wait_mapping(alice, "PCP")
        # Epochs count seconds and may be two of them off (RFC 6887, section 8.5): a router that has lived for less
        # cannot be told from the one before.
        time.sleep(5)
        self.end_daemon()
        self.router.nft(ROUTER)
        self.assertNotIn("dnat", self.rules())
        self.serve()
        self.eventually("the mapping is there again", lambda: "dnat" in self.rules(), 60)

    def test_another_default_route_is_another_router(self):
        """The node tells its discoveries that the network has changed; nobody looks at the route now and then."""
        self.serve()
        alice = self.node("pcp")
        self.wait_mapping(alice, "PCP")
        self.router.ip("addr", "add", "10.1.0.254/24", "dev", "lan")
        self.host.ip("route", "replace", "default", "via", "10.1.0.254")
        self.eventually("the first router is told to forget the mapping", lambda: "dnat" not in self.rules())
        self.host.ip("route", "replace", "default", "via", "10.1.0.1")
        self.eventually("it is asked again", lambda: "dnat" in self.rules())


class Links(PortMappingTest):
    """What it is for: a symmetric NAT whose port is mapped is met by another symmetric one."""

    def test_two_symmetric_nats_link_directly_when_one_maps_the_port(self):
        self.serve()
        self.cast.server(self.lab.server, SERVER_INI)
        other = self.lab.behind(self.nat(2), 2)
        began = time.monotonic()
        alice = self.node("pcp", ini=LINK_INI.replace("STUN", "stun, port-mapping,").replace("NAME", "alice"))
        self.wait_mapping(alice, "PCP")
        bob = self.node("pcp", other, LINK_INI.replace("STUN", "stun,").replace("NAME", "bob"))
        for one in (alice, bob):
            one.wait_link()
        print(f"{self.id().split('.', 1)[-1]}: linked after {time.monotonic() - began:.2f} s", flush=True)
        alice.say("hello")
        bob.wait_text("hello")


if __name__ == "__main__":
    sys.exit(labtest.main(needs=["miniupnpd"]))
