"""Nodes of one local network find each other by [lan], without a server and beside a rendezvous."""

import sys
import time

import lab
import labtest
from lines import Gimlet

ALONE_INI = """
[node]
plugins = udp-punch, lan, console
name = NAME
[http]
listen = none
[udp-punch]
listen = *:8081
[console]
format = json
"""

BOTH_INI = ALONE_INI.replace("udp-punch, lan", "udp-punch, rendezvous, lan") + f"""
[rendezvous]
url = http://{lab.SERVER}:9000
ping_interval = 1
ping_timeout = 1
"""


class LanTest(labtest.LabTest):
    server_ini = ""

    def node(self, host, name, ini=ALONE_INI):
        process = Gimlet(self.binary, name, ini.replace("NAME", name), host.command)
        self.cast.stack.callback(process.stop)
        return process

    def neighbours(self, count=2):
        """Hosts of one network, which has a router and nothing else."""
        router = self.lab.nat(1)
        return [self.lab.behind(router, 1, 2 + number) for number in range(count)]

    def chat(self, one, other):
        for speaker, hearer, words in ((one, other, "hello"), (other, one, "hello yourself")):
            speaker.say(words)
            hearer.wait_text(words)

    def linked_once(self, one, sessions=1):
        """The link came up as often as that, with one peer."""
        one.pending()
        peers = [o["peer"] for o in one.seen if o["type"] == "peer"]
        self.assertEqual(len({peer["id"] for peer in peers}), 1, one.report())
        states = [peer["state"] for peer in peers]
        rises = [before for before, after in zip(["none", *states], states) if after == "up" and before != "up"]
        self.assertEqual(len(rises), sessions, one.report())


class Alone(LanTest):
    def test_two_nodes_link_and_chat_without_any_server(self):
        hosts = self.neighbours()
        began = time.monotonic()
        alice, bob = self.node(hosts[0], "alice"), self.node(hosts[1], "bob")
        for one in (alice, bob):
            one.wait_link()
        self.measured("linked", began)
        self.chat(alice, bob)

    def test_a_newcomer_is_found_at_once(self):
        hosts = self.neighbours(3)
        alice, bob = self.node(hosts[0], "alice"), self.node(hosts[1], "bob")
        alice.wait_link()
        began = time.monotonic()
        carol = self.node(hosts[2], "carol")
        first = carol.wait_link()
        self.measured("linked with the first", began)
        known = (first["peer"] if "peer" in first else first["peers"][0])["id"]
        carol.wait("a link with the second", lambda o: o["type"] == "peer" and o["peer"]["state"] == "up"
                   and o["peer"]["id"] != known)
        self.measured("linked with the second", began)

    def test_ipv6_alone_will_do(self):
        hosts = self.neighbours()
        for number, host in enumerate(hosts, 1):
            host.ip("addr", "flush", "dev", "eth0", "scope", "global")
            host.ip("addr", "add", f"fd00:1::{number}/64", "dev", "eth0", "nodad")
        alice, bob = self.node(hosts[0], "alice"), self.node(hosts[1], "bob")
        for one in (alice, bob):
            one.wait_link()
        self.chat(alice, bob)

    def test_a_network_that_comes_later_is_found(self):
        router = self.lab.nat(1)
        host = self.lab.behind(router, 1, 2, connected=False)
        alice = self.node(host, "alice")
        bob = self.node(self.lab.behind(router, 1, 3), "bob")
        alice.wait("that there is no network",
                   lambda o: o["type"] == "init_info" and o["signaling"]["state"] == "offline"
                   or o["type"] == "signaling" and o["state"] == "offline")
        began = time.monotonic()
        self.lab.plug(host, router, 1, 2)
        for one in (alice, bob):
            one.wait_link()
        self.measured("linked", began)

    def test_two_nodes_of_one_machine(self):
        host = self.neighbours(1)[0]
        ini = ALONE_INI.replace("*:8081", "*:0")
        alice, bob = self.node(host, "alice", ini), self.node(host, "bob", ini)
        for one in (alice, bob):
            one.wait_link()
        self.chat(alice, bob)

    def test_who_ends_is_gone_and_comes_again(self):
        hosts = self.neighbours()
        alice, bob = self.node(hosts[0], "alice"), self.node(hosts[1], "bob")
        alice.wait_link()
        bob.stop()
        alice.wait("that bob is gone", lambda o: o["type"] == "peer" and not o["peer"]["present"])
        again = self.node(hosts[1], "bob")
        again.wait_link()
        alice.wait("that bob is here again", lambda o: o["type"] == "peer" and o["peer"]["present"]
                   and o["peer"]["state"] == "up")
        self.chat(alice, again)


class WithRendezvous(LanTest):
    def setUp(self):
        super().setUp()
        self.server = self.cast.server(self.lab.server)
        self.hosts = self.neighbours()
        began = time.monotonic()
        self.alice, self.bob = (self.node(host, name, BOTH_INI) for host, name in zip(self.hosts, ("alice", "bob")))
        for one in (self.alice, self.bob):
            one.wait_link()
        self.measured("linked", began)

    def without_rendezvous(self):
        self.server.kill()
        for one in (self.alice, self.bob):
            one.wait("that the rendezvous is gone", lambda o: o["type"] == "signaling"
                     and "local network" in o["message"] and "rendezvous http" not in o["message"]
                     or o["type"] == "plugin" and o["plugin"]["name"] == "rendezvous"
                     and o["plugin"]["state"] == "degraded")

    def test_there_is_one_link(self):
        self.chat(self.alice, self.bob)
        time.sleep(8)  # longer than the patience of either side
        for one in (self.alice, self.bob):
            self.linked_once(one)

    def test_the_rendezvous_may_go_and_come(self):
        self.chat(self.alice, self.bob)
        self.without_rendezvous()
        self.chat(self.alice, self.bob)
        self.cast.server(self.lab.server)
        for one in (self.alice, self.bob):
            one.wait("the rendezvous again", lambda o: o["type"] == "plugin" and o["plugin"]["name"] == "rendezvous"
                     and o["plugin"]["state"] == "ready")
        self.chat(self.alice, self.bob)
        for one in (self.alice, self.bob):
            self.linked_once(one)

    def test_a_link_that_breaks_without_the_rendezvous_is_mended(self):
        """Its address changes: the two can only agree on new ones by what is left."""
        self.without_rendezvous()
        host = self.hosts[1]
        host.ip("addr", "del", "10.1.0.3/24", "dev", "eth0")
        host.ip("addr", "add", "10.1.0.77/24", "dev", "eth0")
        began = time.monotonic()
        self.alice.say("where are you?")
        self.bob.wait_text("where are you?")
        self.measured("mended", began)
        self.bob.say("here")
        self.alice.wait_text("here")


if __name__ == "__main__":
    sys.exit(labtest.main())
