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
REPAIR = 5  # seconds of silence at most: the target. Four times as many are a failure.


class Story(labtest.LabTest):
    """One node behind a box, one behind the kernel's NAT."""

    def setUp(self):
        super().setUp()
        self.box = self.lab.box(1, delay=10)
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


if __name__ == "__main__":
    sys.exit(labtest.main())
