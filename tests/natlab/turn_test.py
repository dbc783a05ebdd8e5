"""Two nodes whose networks let no datagram through to each other link through a TURN server (coturn)."""

import sys
import tempfile
import time

import lab
import labtest
import node
from lines import Gimlet, Process

TURN_PORT = 3489
TURN_INI = """
[turn]
servers = {servers}
user = anna
password = secret
"""


class Coturn(Process):
    """A TURN server at the server's first address."""

    def __init__(self, host):
        self.folder = tempfile.TemporaryDirectory()
        super().__init__("coturn", host.command(
            "turnserver", "-v", "-n", "--no-cli", "--no-tls", "--no-dtls", "--no-rfc5780", "--log-file=stdout",
            "--pidfile=/dev/null", f"--userdb={self.folder.name}/db", "--relay-threads=1", "-L", lab.SERVER,
            f"--listening-port={TURN_PORT}", "--lt-cred-mech", "--user=anna:secret", "--realm=example.org"))
        self.wait("its listener", lambda o: "Total General servers" in o.get("line", ""))

    def kill(self):
        super().kill()
        self.folder.cleanup()


class Turn(labtest.LabTest):
    server_ini = node.SERVER_INI + node.WITHOUT_RELAY

    def setUp(self):
        super().setUp()
        self.coturn = Coturn(self.lab.server)
        self.addCleanup(lambda: self.coturn.killed or self.coturn.kill())

    def host(self, number, udp):
        """A host whose router lets UDP through to the server alone, or none at all."""
        router = self.lab.nat(number)
        allowed = f"ip saddr {lab.SERVER} accept; ip daddr {lab.SERVER} accept;" if udp else ""
        router.nft(f"""
            table ip wall {{
                chain forward {{ type filter hook forward priority filter - 10; policy accept;
                    meta l4proto != udp accept; {allowed} drop; }}
            }}
        """)
        return self.lab.behind(router, number)

    def node(self, host, name, *servers):
        ini = node.node_ini(name, "udp-punch", node.servers(ipv4=True, ipv6=False))
        if servers:
            ini = ini.replace(" stun,", " stun, turn,") + TURN_INI.format(servers=", ".join(servers))
        process = Gimlet(self.binary, name, ini, host.command)
        self.cast.stack.callback(process.stop)
        return process

    @staticmethod
    def peer(seen):
        """The id of the linked peer in what wait_link saw."""
        views = [seen["peer"]] if seen["type"] == "peer" else seen["peers"]
        return next(view["id"] for view in views if view["state"] == "up")

    def link(self, *nodes):
        began = time.monotonic()
        self.peers = [self.peer(one.wait_link()) for one in nodes]
        print(f"{self.id().split('.', 1)[-1]}: linked after {time.monotonic() - began:.2f} s", flush=True)
        alice, bob = nodes
        for words in ("hello", "a second time"):
            alice.say(words)
            bob.wait_text(words)
            bob.say(words.upper())
            alice.wait_text(words.upper())

    def test_both_have_a_relay(self):
        url = f"turn:{lab.SERVER}:{TURN_PORT}"
        self.link(self.node(self.host(1, udp=True), "alice", url), self.node(self.host(2, udp=True), "bob", url))

    def test_both_reach_it_by_tcp_only(self):
        urls = [f"turn:{lab.SERVER}:{TURN_PORT}", f"turn:{lab.SERVER}:{TURN_PORT}?transport=tcp"]
        self.link(self.node(self.host(1, udp=False), "alice", *urls), self.node(self.host(2, udp=False), "bob", *urls))

    def test_one_relay_is_enough(self):
        """The other one only has to reach the server by UDP."""
        url = f"turn:{lab.SERVER}:{TURN_PORT}?transport=tcp"
        self.link(self.node(self.host(1, udp=False), "alice", url), self.node(self.host(2, udp=True), "bob"))

    def test_a_restarted_relay_is_found_again(self):
        url = f"turn:{lab.SERVER}:{TURN_PORT}?transport=tcp"
        alice, bob = (self.node(self.host(n, udp=False), name, url) for n, name in ((1, "alice"), (2, "bob")))
        self.link(alice, bob)
        self.coturn.kill()
        self.coturn = Coturn(self.lab.server)
        began = time.monotonic()
        alice.say("said meanwhile", to=self.peers[0])
        bob.wait_text("said meanwhile")
        print(f"{self.id().split('.', 1)[-1]}: recovered after {time.monotonic() - began:.2f} s", flush=True)
        bob.say("heard")
        alice.wait_text("heard")


if __name__ == "__main__":
    sys.exit(labtest.main())
