#!/usr/bin/python3
"""Real nodes over encrypted links: two people compare the codes on their screens, and whoever comes later under a
name that is known is refused, whatever the rendezvous says."""

import json
import unittest
import urllib.request

from browser import Page
from nodes import Node, Rendezvous, free_port


class Encrypted(unittest.TestCase):
    def setUp(self):
        self.rendezvous = self.keep(Rendezvous(), "remove")

    def keep(self, thing, ending):
        self.addCleanup(getattr(thing, ending))
        return thing

    def node(self, name, **keys):
        more = {"node": keys} if keys else None
        # Under an address that it keeps when it is started again.
        listen = f"127.0.0.1:{free_port()}"
        return self.keep(Node(name, self.rendezvous, listen, more=more, transport="udp-punch"), "remove")

    def page(self, node):
        return self.keep(Page(node.address()), "close")

    def ready(self, node):
        with urllib.request.urlopen(node.address() + "readyz") as answer:
            return json.load(answer)

    def worker_id(self, node):
        return node.wait_for(r"this node is .*, id (\S+)").group(1)

    def press_button(self, page, text):
        def buttons():
            return [one for one in page.all("button") if one.is_displayed() and one.text == text]
        page.wait(buttons, f"there should be a button {text!r}")
        buttons()[0].click()

    def code(self, page):
        """What the dialog shows."""
        page.wait(lambda: page.all("#verify") and page.find("#verify").is_displayed(), "there should be a code to compare")
        self.press_button(page, "Verify")
        return page.texts("#verify-words li"), page.text("#verify-digits")

    def verify(self, page, name):
        self.code(page)
        self.press_button(page, "They match")
        page.wait_for_text("#verify-title", f"{name} is verified")
        self.press_button(page, "Close")

    def test_two_people_verify_each_other_and_a_stranger_in_their_place_is_refused(self):
        ann_node, bob_node = self.node("Ann"), self.node("Bob")
        ann, bob = self.page(ann_node), self.page(bob_node)
        ann.wait_for_link("Bob")
        ann.wait_for_text("#encryption", "Encrypted, not verified")
        shown, seen = self.code(ann), self.code(bob)
        self.assertEqual(shown, seen, "both screens show the same")
        self.assertEqual(len(shown[0]), 5)
        self.press_button(ann, "They match")
        ann.wait_for_text("#verify-title", "Bob is verified")
        self.press_button(ann, "Close")
        ann.wait_for_text("#encryption", "Encrypted and verified")
        bob.wait_for_text("#encryption", "Encrypted, not verified")
        self.press_button(bob, "They differ")
        self.press_button(bob, "End the link")
        bob.wait_for_text("#verify-title", "The link with Ann has ended")
        ann.wait(lambda: not ann.all(".peer[data-state=up] .peer-verified:not([hidden])"), "the link should have ended")
        self.press_button(bob, "Link again")
        bob.wait_for_text("#verify-title", "Verify Ann")
        self.press_button(bob, "Not now")
        ann.wait_for_text("#encryption", "Encrypted and verified")
        [told] = self.ready(ann_node)["peers"]
        self.assertEqual((told["trust"], told["state"], told["path"]), ("verified", "up", "direct, same network"))
        self.assertTrue(told["cipher"])
        ann.picture("identity-verified")

        bob_node.end()
        ann.wait(lambda: not ann.all(".peer[data-state=up] .peer-verified:not([hidden])"), "Bob should be gone")
        eve_node = self.node("Bob")
        ann.wait_for_text("#alarms", "is not the Bob that was verified here")
        refused = next(one for one in self.ready(ann_node)["peers"] if one["state"] == "refused")
        self.assertEqual((refused["id"], refused["refusal"]), (self.worker_id(eve_node), "identity_changed"))
        ann_node.wait_for(r"error .*another identity than the one that was verified")
        ann.picture("identity-refused")

        bob_node.start()
        ann.wait(lambda: ann.all(".peer[data-state=up] .peer-verified:not([hidden])"), "the real Bob should be back")
        ann.say("only for the real Bob")
        bob.wait_for_message("only for the real Bob")

    def test_what_was_verified_outlives_the_node_and_can_be_forgotten(self):
        ann_node, bob_node = self.node("Ann"), self.node("Bob")
        ann = self.page(ann_node)
        ann.wait_for_link("Bob")
        self.verify(ann, "Bob")
        ann_node.end()
        ann_node.start()
        ann = self.page(ann_node)
        ann.wait_for_text("#encryption", "Encrypted and verified")

        bob_node.end()
        self.node("Bob")
        ann.wait_for_text("#alarms", "Refused")
        self.press_button(ann, "What to do")
        self.press_button(ann, "Forget the old identity")
        ann.wait_for_text("#verify-title", "Verify Bob")
        ann.wait(lambda: ann.text("#alarms") == "", "the alarm should be over")
        self.press_button(ann, "They match")
        ann.wait_for_text("#verify-title", "Bob is verified")

    def test_an_id_that_is_not_in_peers_is_refused_and_the_page_says_why(self):
        bob_node = self.node("Bob")
        ann_node = self.node("Ann", peers=self.worker_id(bob_node))
        ann = self.page(ann_node)
        ann.wait_for_text("#encryption", "Encrypted and verified")
        self.assertEqual(self.ready(ann_node)["peers"][0]["trust"], "configured")
        bob_node.end()
        self.node("Bob")
        ann.wait_for_text("#notices", "its id is not in [node] peers")
        ann.wait_for_text(".peer[data-state=refused] .peer-detail", "Refused")


if __name__ == "__main__":
    unittest.main()
