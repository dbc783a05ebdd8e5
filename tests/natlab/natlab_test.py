"""Nodes behind kernel NATs link, chat and recover. Each test prints what it measured."""

import sys
import time

import labtest
from labtest import LabTest


class PortPreserving(LabTest):
    """Two nodes, each behind a NAT of its own that keeps the port (port-restricted x port-restricted)."""

    def setUp(self):
        super().setUp()
        self.nats = [self.lab.nat(1), self.lab.nat(2)]
        hosts = [self.lab.behind(nat, number) for number, nat in enumerate(self.nats, 1)]
        began = time.monotonic()
        self.alice = self.cast.node(hosts[0], "alice")
        self.bob = self.cast.node(hosts[1], "bob")
        self.go_direct(self.alice, self.bob, began)

    def test_chat_both_ways(self):
        self.chat(self.alice, self.bob, "from alice")
        self.chat(self.bob, self.alice, "from bob")

    def test_a_restarted_rendezvous_loses_no_link(self):
        self.server.kill()
        for one in (self.alice, self.bob):
            one.wait("that the rendezvous is gone", lambda o: o["type"] == "signaling" and o["state"] != "online")
        self.chat(self.alice, self.bob, "without a rendezvous")
        self.chat(self.bob, self.alice, "nor any STUN server")
        began = time.monotonic()
        self.cast.server(self.lab.server)
        for one in (self.alice, self.bob):
            one.wait("the rendezvous again", lambda o: o["type"] == "signaling" and o["state"] == "online")
        self.measured("registered again", began)
        self.chat(self.alice, self.bob, "and with one")
        for one in (self.alice, self.bob):
            lost = [o for o in one.seen if o["type"] == "peer" and o["peer"]["state"] in ("silent", "lost")]
            self.assertEqual(lost, [], one.report())

    def recovers(self):
        began = time.monotonic()
        self.alice.say("before it is mended")
        self.bob.wait_text("before it is mended")
        self.chat(self.bob, self.alice, "and back")
        self.measured("recovered", began)

    def test_a_nat_that_forgets_is_recovered_from(self):
        self.nats[0].forget()
        self.recovers()

    def test_a_nat_that_forgets_and_maps_anew_is_recovered_from(self):
        self.nats[0].masquerade("30000-39999")
        self.nats[0].forget()
        self.recovers()

    def test_a_quiet_link_is_recovered_too(self):
        """Nobody types, so only keepalives can notice; both ways work before anybody does."""
        self.nats[0].masquerade("30000-39999")
        self.nats[0].forget()
        began = time.monotonic()
        address = self.nats[0].address + ":3"
        self.bob.wait("alice at her new port", lambda o: o["type"] == "peer" and o["peer"]["state"] == "up"
                      and (o["peer"]["address"] or "").startswith(address))
        self.measured("recovered", began)
        self.chat(self.alice, self.bob, "still there?")
        self.chat(self.bob, self.alice, "as ever")
        self.measured("chatting", began)

    def test_two_nats_that_forget_are_recovered_from(self):
        for nat in self.nats:
            nat.masquerade("30000-39999")
            nat.forget()
        self.recovers()


class Plain(PortPreserving):
    """The same without encryption, as workers of the first version have it."""

    transport = "udp-plain"


class Secrecy(LabTest):
    def test_nothing_that_is_said_can_be_read_on_the_way(self):
        tap = self.lab.public.tap()
        self.addCleanup(tap.end)
        hosts = [self.lab.behind(self.lab.nat(number), number) for number in (1, 2)]
        began = time.monotonic()
        alice, bob = self.cast.node(hosts[0], "alice"), self.cast.node(hosts[1], "bob")
        self.go_direct(alice, bob, began)
        for words in ("the treasure is under the oak", "und der Schlüssel liegt beim Förster"):
            self.chat(alice, bob, words)
            self.chat(bob, alice, words)
        seen = tap.end()
        self.assertIn(b"udp-punch/1", seen, "the tap sees nothing, not even what is said to the rendezvous")
        for part in (b"treasure", b"oak", "Schlüssel".encode(), b"chat_message"):
            self.assertNotIn(part, seen)


class SameNetwork(LabTest):
    def test_two_nodes_behind_one_nat_without_hairpin(self):
        nat = self.lab.nat(1)
        alice = self.cast.node(self.lab.behind(nat, 1, 2), "alice")
        bob = self.cast.node(self.lab.behind(nat, 1, 3), "bob")
        began = time.monotonic()
        self.go_direct(alice, bob, began)
        self.chat(alice, bob, "hello neighbour")
        self.chat(bob, alice, "hello yourself")


class LateNetwork(LabTest):
    def test_a_network_that_comes_after_the_start_is_waited_for(self):
        nats = [self.lab.nat(1), self.lab.nat(2)]
        early = self.cast.node(self.lab.behind(nats[0], 1), "early")
        host = self.lab.behind(nats[1], 2, connected=False)
        late = self.cast.node(host, "late")
        late.wait("that there is no network",
                  lambda o: o["type"] == "init_info" and o["signaling"]["state"] == "offline"
                  or o["type"] == "signaling" and o["state"] == "offline")
        began = time.monotonic()
        self.lab.plug(host, nats[1], 2)
        self.go_direct(early, late, began)
        self.chat(late, early, "here at last")


if __name__ == "__main__":
    sys.exit(labtest.main())
