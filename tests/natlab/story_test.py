"""What happens to networks while two nodes say 50 messages a second to each other. Nothing is lost, and nothing is
shown twice; each test prints the longest silence."""

import contextlib
import sys
import time

import labtest
import node
import talk
from meeting import DIRECT, RELAYED, Meeting

QUIET = 2  # seconds of talk before something happens, and after it is mended
OUTAGE = 20
LIFETIME = 40  # of busy mappings; a node takes what is shorter than 30 for something else
UNHEARD = 0.25  # seconds of silence that nobody notices: the target
REPAIR = 5  # seconds of silence at most: the target. Four times as many are a failure.


class Talking(labtest.LabTest):
    """One node behind a box, one behind the kernel's NAT."""

    box_settings = {"delay": 10}

    def setUp(self):
        super().setUp()
        self.box = self.lab.box(1, **self.box_settings)
        self.nat = self.lab.nat(2)
        hosts = self.lab.behind(self.box, 1), self.lab.behind(self.nat, 2)
        began = time.monotonic()
        self.alice, self.bob = (self.cast.node(host, name) for host, name in zip(hosts, ("alice", "bob")))
        self.go_direct(self.alice, self.bob, began)

    @contextlib.contextmanager
    def talking(self, what, outage=0):
        """The block does something to the network at its start, of which the outage is so many seconds."""
        with talk.Talk(self.alice, self.bob) as talking:
            began = time.monotonic()
            talking.wait_heard(QUIET * talk.RATE, began)
            began = time.monotonic()
            yield talking
            mended = time.monotonic()
            talking.wait_heard(QUIET * talk.RATE, mended)
        for sayer, hearer in talking.pairs():
            self.assertEqual(sorted(hearer.heard), list(range(sayer.said)), f"lost, or shown twice\n{talking.report()}")
            if not sayer.refusals:
                self.assertEqual(hearer.heard, sorted(hearer.heard), "out of order")
        self.assertEqual([o for voice in talking.voices for o in voice.process.seen
                          if o["type"] == "delivery" and o["state"] == "failed"], [])
        heard, gap = sum(len(voice.heard) for voice in talking.voices), talking.gap(began)
        print(f"{what}: {heard} messages, the longest silence {gap:.2f} s (target {REPAIR + outage} s), "
              f"{sum(voice.refusals for voice in talking.voices)} refused at first", flush=True)
        self.assertLess(gap, 4 * REPAIR + outage, talking.report())


class Story(Talking):
    def test_the_nat_rebinds(self):
        with self.talking("rebound"):
            self.box.rebind()

    def test_the_address_of_a_host_changes(self):
        with self.talking("moved"):
            self.alice.host.batch(f"""addr flush dev eth0
                addr add {self.box.inside}.9/24 dev eth0
                route add default via {self.box.inside}.1
                """)

    def test_the_rendezvous_restarts(self):
        with self.talking("restarted"):
            self.server.kill()
            self.server = self.cast.server(self.lab.server)

    def test_the_relay_is_taken_away(self):
        """It is in use until then: only now does the network let UDP through."""
        self.box.tell("set udp=no")
        Meeting(self.alice, self.bob).wait_route(RELAYED)
        with self.talking("without the relay"):
            self.box.tell("set udp=yes")
            self.server.kill()
            self.server = self.cast.server(self.lab.server, node.SERVER_INI + node.WITHOUT_RELAY)
        Meeting(self.alice, self.bob).wait_route(DIRECT)

    def test_every_packet_is_dropped_for_a_while(self):
        with self.talking(f"dropped for {OUTAGE} s", OUTAGE) as talking:
            began = time.monotonic()
            self.box.tell(f"drop {OUTAGE}")
            talking.wait_heard(1, began + OUTAGE)


class BusyMappings(Talking):
    """A NAT that ends them as soon as they have an age, as some carriers' do."""

    box_settings = {"delay": 10, "allocation": "random", "absolute": LIFETIME}

    def test_the_age_is_learnt_and_no_longer_heard(self):
        with self.talking(f"mappings end after {LIFETIME} s") as talking:
            began = time.monotonic()
            self.alice.wait_log("(NAT ends every mapping)", 4 * LIFETIME)
            talking.wait_heard(talk.RATE, learnt := time.monotonic())
            quiet = time.monotonic()
            self.moves(talking, 2, 4 * LIFETIME)
            silences = talking.gap(began, learnt), talking.gap(quiet)
        print(f"silent for {silences[0]:.2f} s until it was learnt, after {learnt - began:.0f} s, "
              f"and for {silences[1]:.2f} s since (target {UNHEARD} s)", flush=True)
        self.assertLess(silences[1], 4 * UNHEARD, talking.report())

    def moves(self, talking, times, seconds):
        """Until alice has moved to a fresh port so often, and both have heard each other for a while by the last."""
        end = time.monotonic() + seconds
        while node.metric(self.alice, "gimlet_udp_punch_fresh_ports_total") < times:
            self.assertLess(time.monotonic(), end, talking.report())
            time.sleep(0.5)
        talking.wait_heard(10 * talk.RATE, time.monotonic())


if __name__ == "__main__":
    sys.exit(labtest.main())
