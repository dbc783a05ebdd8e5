#!/usr/bin/python3
"""Real nodes and a rendezvous that lies to them: what it changes is refused, whom it puts in another's place is
refused, and two strangers with it in their middle see codes that differ. Each time the node says why."""

import contextlib
import pathlib
import sys
import tempfile
import unittest

import lying
from lines import Gimlet

BINARY = "gimlet"
SECRET = "the keys are under the mat"
OTHER_ID = "9b2d7c11-5f0a-8e3c-a1d4-00112233445f"  # of nobody who is here

NODE_INI = """
[node]
plugins = udp-punch, rendezvous, console
name = NAME
state_dir = STATE
peers = PEERS
[http]
listen = none
[udp-punch]
listen = 127.0.0.1:0
[rendezvous]
url = http://127.0.0.1:PORT
[console]
format = json
"""

class Node(Gimlet):
    """A node that is told by its name."""

    def __init__(self, name, rendezvous, folder, peers=""):
        config = NODE_INI
        for word, value in {"NAME": name, "STATE": folder, "PEERS": peers, "PORT": str(rendezvous.port)}.items():
            config = config.replace(word, value)
        super().__init__(BINARY, name, config)
        self.id = self.wait("its own id", lambda o: o["type"] == "init_info")["worker_id"]
        self.wait("the rendezvous", lambda o: o["type"] == "signaling" and o["state"] == "online")

    def wait_peer(self, what, wanted):
        return self.wait(what, lambda o: o["type"] == "peer" and wanted(o["peer"]))["peer"]

    def wait_notice(self, part):
        return self.wait(f"a notice with {part!r}", lambda o: o["type"] == "notice" and part in o["message"])["message"]

    def wait_code(self, peer):
        """The digits that a person would read out."""
        return self.wait_peer(f"the code with {peer}", lambda p: p["id"] == peer and p["code"])["code"]["digits"]


class Scene(unittest.TestCase):
    def setUp(self):
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)
        self.folder = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory()))

    def begin(self, rendezvous):
        self.rendezvous = rendezvous
        self.stack.callback(rendezvous.close)

    def node(self, name, state=None, **options):
        node = Node(name, self.rendezvous, str(self.folder / (state or name)), **options)
        self.stack.callback(node.stop)
        return node


class Forgery(Scene):
    def test_a_description_that_is_passed_on_as_it_is_links(self):
        self.begin(lying.Forger())
        ann, bob = self.node("Ann"), self.node("Bob")
        self.assertEqual("proven", bob.wait_link(ann.id)["peer"]["trust"])
        ann.say(SECRET, bob.id)
        bob.wait_text(SECRET, ann.id)

    def test_whatever_is_changed_is_refused(self):
        for member in lying.CHANGES:
            with self.subTest(member):
                self.begin(lying.Forger(member))
                ann, bob = self.node("Ann", f"ann-{member}"), self.node("Bob", f"bob-{member}")
                told = bob.wait_notice(ann.id)
                self.assertIn("its description was changed on the way: the signature does not fit", told)
                self.assertIn("the rendezvous, or who sits there, may be lying", told)
                peer = bob.wait_peer("why there is no link", lambda p: p["id"] == ann.id and p["message"])
                self.assertEqual("lost", peer["state"])
                self.assertIn("the signature does not fit", peer["message"])
                states = [o["peer"]["state"] for node in (ann, bob) for o in node.seen + node.pending()
                          if o["type"] == "peer"]
                self.assertNotIn("up", states)
                ann.stop()
                bob.stop()


class Impostor(lying.Rendezvous):
    """Shows Eve to Ann as somebody else."""

    as_id = None
    as_name = None

    def meets(self, one, other):
        return {one.name, other.name} in ({"Ann", "Bob"}, {"Ann", "Eve"})

    def shown(self, member, viewer):
        if member.name == "Eve" and viewer.name == "Ann":
            return self.as_id or member.id, self.as_name or member.name
        return member.id, member.name


class Substitution(Scene):
    def setUp(self):
        super().setUp()
        self.begin(Impostor())

    def verified(self):
        """Ann, who has verified Bob, and Bob's id; Bob is gone."""
        ann, bob = self.node("Ann"), self.node("Bob")
        ann.wait_code(bob.id)
        ann.write({"type": "verify_peer", "peer_id": bob.id})
        ann.wait_peer("that Bob is verified", lambda p: p["id"] == bob.id and p["trust"] == "verified")
        bob.stop()
        ann.wait_peer("that Bob is gone", lambda p: p["id"] == bob.id and not p["present"])
        return ann, bob.id

    def assert_refused(self, ann, peer_id, part):
        refused = ann.wait_peer("a refusal", lambda p: p["id"] == peer_id and p["state"] in ("refused", "lost")
                                and part in p["message"])
        self.assertEqual("unproven", refused["trust"])
        self.assertNotIn("up", [o["peer"]["state"] for o in ann.pending()
                                if o["type"] == "peer" and o["peer"]["id"] == peer_id])
        return refused

    def test_another_id_under_a_verified_name_is_refused(self):
        ann, _ = self.verified()
        self.rendezvous.as_name = "Bob"
        eve = self.node("Eve")
        told = ann.wait_notice("has another identity than the one that was verified under this name")
        self.assertIn(eve.id, told)
        refused = self.assert_refused(ann, eve.id, "another identity is verified under this name")
        self.assertEqual(("refused", "identity_changed"), (refused["state"], refused["refusal"]))

    def test_another_key_under_a_verified_id_is_refused(self):
        ann, bob_id = self.verified()
        self.rendezvous.as_id, self.rendezvous.as_name = bob_id, "Bob"
        self.node("Eve")
        self.assertIn("may be lying", ann.wait_notice("its description is signed by the key of another id"))
        self.assert_refused(ann, bob_id, "its description is signed by the key of another id")

    def test_an_id_that_is_not_in_peers_is_refused(self):
        ann = self.node("Ann", peers=OTHER_ID)
        eve = self.node("Eve")
        ann.wait_notice("its id is not in [node] peers")
        refused = self.assert_refused(ann, eve.id, "its id is not in [node] peers")
        self.assertEqual(("refused", "not_in_peers"), (refused["state"], refused["refusal"]))

    def test_another_key_under_an_id_in_peers_is_refused(self):
        self.rendezvous.as_id = OTHER_ID
        ann = self.node("Ann", peers=OTHER_ID)
        self.node("Eve")
        self.assertIn("may be lying", ann.wait_notice("its description is signed by the key of another id"))
        self.assert_refused(ann, OTHER_ID, "its description is signed by the key of another id")


class ManInTheMiddle(Scene):
    def setUp(self):
        super().setUp()
        self.begin(lying.Middle())
        self.false_ann, self.false_bob = self.false_node("Ann"), self.false_node("Bob")
        self.ann, self.bob = self.node("Ann"), self.node("Bob")

    def false_node(self, name):
        """It comes before the victims, so that none of them is known yet."""
        node = self.node(name, f"false-{name}")
        self.rendezvous.own.add(node.id)
        return node

    def test_reads_everything_but_is_not_verified_and_the_codes_differ(self):
        for victim, false in ((self.ann, self.false_bob), (self.bob, self.false_ann)):
            self.assertEqual("proven", victim.wait_link(false.id)["peer"]["trust"], "proven, which is not verified")
        self.ann.say(SECRET, self.false_bob.id)
        self.false_bob.wait_text(SECRET, self.ann.id)
        self.false_ann.say(SECRET, self.bob.id)
        self.bob.wait_text(SECRET, self.false_ann.id)

        seen_by_ann, seen_by_bob = self.ann.wait_code(self.false_bob.id), self.bob.wait_code(self.false_ann.id)
        self.assertNotEqual(seen_by_ann, seen_by_bob)
        # Each of the two is a code of its own link, and right there.
        self.assertEqual(seen_by_ann, self.false_bob.wait_code(self.ann.id))

        # Bob reads his code out by phone.
        self.ann.write({"type": "verify_peer", "peer_id": self.false_bob.id, "code": seen_by_bob})
        refusal = self.ann.wait("that the codes differ",
                                lambda o: o["type"] == "error" and o.get("code") == "other_code")
        self.assertEqual(self.false_bob.id, refusal["peer_id"])
        self.assertIn("code", refusal["message"])
        self.ann.write({"type": "refuse_peer", "peer_id": self.false_bob.id})
        ended = self.ann.wait_peer("the end of the link", lambda p: p["id"] == self.false_bob.id
                                   and p["state"] == "refused")
        self.assertEqual("codes_differ", ended["refusal"])
        self.assertIn("somebody may stand in between", ended["message"])

    def test_has_a_new_guess_only_with_a_new_link(self):
        """The code of a link stays; every new link, with the same keys, has another one that nobody could foresee."""
        codes = [self.ann.wait_code(self.false_bob.id)]
        for _ in range(2):
            self.false_bob.stop()
            self.ann.wait_peer("that it is gone", lambda p: p["id"] == self.false_bob.id and not p["present"])
            before = self.false_bob.id
            self.false_bob = self.false_node("Bob")
            self.assertEqual(before, self.false_bob.id)
            codes.append(self.ann.wait_peer("the code of the new link", lambda p: p["code"]
                                            and p["code"]["digits"] != codes[-1])["code"]["digits"])
        self.assertEqual(3, len(set(codes)))


SERVER_INI = """
[node]
plugins = rendezvous-server
[http]
listen = 127.0.0.1:0
[rendezvous-server]
names = NAMES
"""


class ForgingRelay(lying.Relay):
    """Writes the real one's name over its own."""

    def __init__(self, port, host):
        self.name = host
        super().__init__(port, host)

    def change(self, message):
        return {**message, "host": self.name} if message["type"] == "prove" else message


class RelayedChallenge(Scene):
    """A rendezvous that a worker dials uses its proof at another one, so as to have its id there."""

    def real(self, names=""):
        server = Gimlet(BINARY, "real", SERVER_INI.replace("NAMES", names))
        self.stack.callback(server.stop)
        return server, int(server.wait_log(r"listening on http://127\.0\.0\.1:(\d+)"))

    def assert_refused(self, relay, why):
        self.begin(relay)
        config = NODE_INI
        for word, value in {"NAME": "Ann", "STATE": str(self.folder / "Ann"), "PEERS": "",
                            "PORT": str(relay.port)}.items():
            config = config.replace(word, value)
        victim = Gimlet(BINARY, "Ann", config)
        self.stack.callback(victim.stop)
        told = victim.wait("that it is refused", lambda o: o["type"] == "signaling" and o["state"] == "refused")
        closed, said = relay.wait_said("close"), relay.wait_said("error")
        self.assertEqual((4401, why), (closed["code"], closed["reason"]))
        self.assertEqual(("bad_proof", f"This id is not proven: {why}."), (said["code"], said["message"]))
        self.assertFalse(relay.has_said("welcome"))
        # What the hostile one passes on of it is what the victim's people read.
        self.assertIn(f"the rendezvous does not take this node's id for its own: {why}", told["message"])
        self.assertIn("it may have tried to use this node's proof at another rendezvous", told["message"])

    def test_is_refused_by_the_host_that_the_worker_dialled(self):
        server, port = self.real()
        self.assert_refused(lying.Relay(port, f"127.0.0.1:{port}"), "the proof is for another host")
        server.wait_log(r"(A worker proved its id for another host)")

    def test_is_refused_where_the_name_is_forged(self):
        _, port = self.real()
        self.assert_refused(ForgingRelay(port, f"127.0.0.1:{port}"), "the signature does not hold")

    def test_is_refused_where_the_request_is_forged_and_names_are_set(self):
        _, port = self.real("rendezvous.example")
        self.assert_refused(lying.Relay(port), "the proof is for another host")

    def test_is_what_names_are_for(self):
        """The departure that docs/SECURITY.md tells: without names whoever forges the Host is let in."""
        _, port = self.real()
        self.begin(lying.Relay(port))
        self.node("Ann")
        self.rendezvous.wait_said("welcome")


if __name__ == "__main__":
    if "--gimlet" in sys.argv:
        at = sys.argv.index("--gimlet")
        BINARY = sys.argv[at + 1]
        del sys.argv[at:at + 2]
    unittest.main(verbosity=2)
