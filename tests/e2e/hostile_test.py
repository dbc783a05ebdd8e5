#!/usr/bin/python3
"""What people see of a rendezvous that lies to them: real nodes, real pages (tests/interop has the rest)."""

import unittest

import lying
from browser import Page
from nodes import Node, Rendezvous, free_port


class Hostile(unittest.TestCase):
    def begin(self, rendezvous):
        self.rendezvous = self.keep(rendezvous, "close")
        self.rendezvous.stun = free_port()  # of nobody; a link on one machine needs none

    def keep(self, thing, ending):
        self.addCleanup(getattr(thing, ending))
        return thing

    def node(self, name):
        return self.keep(Node(name, self.rendezvous, transport="udp-punch"), "remove")

    def page(self, node):
        return self.keep(Page(node.address()), "close")

    def code(self, page):
        page.wait(lambda: page.all("#verify") and page.find("#verify").is_displayed(), "there should be a code")
        page.find("#verify").click()
        return page.text("#verify-digits")

    def test_a_changed_description_is_refused_and_the_page_says_why(self):
        self.begin(lying.Forger("fingerprint"))
        bob = self.page(self.node("Bob"))
        self.node("Ann")
        bob.wait_for_text("#notices", "its description was changed on the way: the signature does not fit; the "
                                      "rendezvous, or who sits there, may be lying")
        bob.wait(lambda: "Ann" in bob.texts(".peer[data-state=lost] .peer-name"), "there should be no link with Ann")
        bob.picture("hostile-forgery")

    def test_strangers_with_somebody_in_their_middle_see_other_codes(self):
        self.begin(lying.Middle())
        for name in ("Ann", "Bob"):
            false = self.node(name)
            self.rendezvous.own.add(false.wait_for(r"this node is .*, id (\S+)").group(1))
        ann, bob = self.page(self.node("Ann")), self.page(self.node("Bob"))
        for page, other in ((ann, "Bob"), (bob, "Ann")):
            page.wait_for_link(other)
            page.wait_for_text("#encryption", "Encrypted, not verified")
        self.assertNotEqual(self.code(ann), self.code(bob))
        ann.picture("hostile-middle")

    def test_a_relayed_challenge_is_refused_and_the_page_says_why(self):
        real = self.keep(Rendezvous(), "remove")
        self.begin(lying.Relay(real.port, f"127.0.0.1:{real.port}"))
        ann = self.page(self.node("Ann"))
        ann.wait_for_text("#signaling", "Refused: no new peers are found")
        ann.find("#open-details").click()
        ann.wait_for_text("#details", "the proof is for another host; if a proxy stands before it, see names in its "
                                      "[rendezvous-server]; if none does, it may have tried to use this node's proof "
                                      "at another rendezvous")
        self.assertFalse(self.rendezvous.has_said("welcome"))
        ann.picture("hostile-relay")


if __name__ == "__main__":
    unittest.main()
