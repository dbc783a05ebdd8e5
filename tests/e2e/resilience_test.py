#!/usr/bin/python3
"""What the pages say, and what goes on, when something else ends."""

import signal
import unittest

from browser import Page
from nodes import Node, Rendezvous, free_port
from scene import TwoPages


class LostRendezvous(TwoPages):
    def test_pages_say_so_and_the_chat_goes_on(self):
        self.rendezvous.end()
        for page in (self.ann, self.bob):
            page.wait(lambda p=page: p.attribute("#signaling", "data-signaling") in ("offline", "connecting"),
                      "the page should say that the rendezvous is not reached")
        self.ann.say("still here")
        self.bob.wait_for_message("still here")
        self.bob.say("me too")
        self.ann.wait_for_message("me too")
        self.ann.wait_for_delivery("still here")
        self.assertEqual(self.ann.attribute("#status", "data-state"), "up")
        self.ann.picture("without-rendezvous")

        self.rendezvous.start()
        for page in (self.ann, self.bob):
            page.wait_for_text("#signaling", "Online: peers can be found")
        self.ann.say("and again")
        self.bob.wait_for_message("and again")


class LostNode(unittest.TestCase):
    def setUp(self):
        self.rendezvous = Rendezvous()
        self.addCleanup(self.rendezvous.remove)
        self.port = free_port()

    def start(self, name, web=None):
        node = Node(name, self.rendezvous, f"127.0.0.1:{self.port}", web)
        self.addCleanup(node.remove)
        return node

    def open(self, node):
        page = Page(node.address())
        self.addCleanup(page.close)
        page.wait_for_text("#self-name", node.name)
        return page

    def test_the_page_says_so_keeps_what_was_typed_and_comes_back(self):
        node = self.start("Ann")
        page = self.open(node)
        page.say("nobody is there")
        page.wait_for_text("#composer-error", "Nobody is linked yet; your text stays here.")
        self.assertEqual(page.box_value(), "nobody is there")
        node.end()
        page.wait_for_text("#connection", "no connection to its node")
        self.assertIn("Not known", page.text("#status"))
        page.say("into the void")
        page.wait_for_text("#composer-error", "no connection")
        self.assertEqual(page.box_value(), "into the void")
        page.picture("without-node")
        node.start()
        page.wait(lambda: not page.find("#connection").is_displayed(), "the page should be connected again")
        self.assertEqual(page.box_value(), "into the void")

    def test_the_page_says_when_another_worker_answers(self):
        first = self.start("Ann")
        page = self.open(first)
        first.end()
        page.wait_for_text("#connection", "no connection to its node")
        second = self.start("Eve")
        page.wait_for_text("#self-name", "Eve")
        page.wait_for_text("#log", "Another worker answers now: Eve")
        self.assertIn(page.text("#self-id"), second.log())

    def test_one_page_too_many_is_told_why(self):
        node = self.start("Ann", {"max_pages": "1"})
        self.open(node)
        late = Page(node.address())
        self.addCleanup(late.close)
        late.wait_for_text("#connection", "no further page")



class DegradedPlugin(unittest.TestCase):
    def test_the_page_says_what_works_with_less_than_it_should(self):
        rendezvous = Rendezvous()
        self.addCleanup(rendezvous.remove)
        node = Node("Ann", rendezvous, more={
            "node": {"plugins": "udp-plain, stun, rendezvous, web, http-echo", "optional": "http-echo"},
            "http-echo": {"url": f"http://127.0.0.1:{free_port()}"},
        })
        self.addCleanup(node.remove)
        page = Page(node.address())
        self.addCleanup(page.close)
        page.wait_for_text("#notices", "http-echo is degraded: ")
        page.find("#open-details").click()
        page.wait_for_text("#details", "discovery, optional")
        page.picture("degraded")


class SilentPeer(unittest.TestCase):
    def test_a_peer_that_sleeps_is_called_silent_and_gets_its_message_when_it_wakes(self):
        rendezvous = Rendezvous()
        self.addCleanup(rendezvous.remove)
        brisk = {"udp-plain": {"keepalive": "0.5", "lost_after": "3600"}}
        ann, bob = Node("Ann", rendezvous, more=brisk), Node("Bob", rendezvous, more=brisk)
        self.addCleanup(ann.remove)
        self.addCleanup(bob.remove)
        page = Page(ann.address())
        self.addCleanup(page.close)
        page.wait_for_link("Bob")
        bob.send_signal(signal.SIGSTOP)
        page.wait(lambda: page.all(".peer[data-state=silent]"), "Bob should be called silent")
        self.assertEqual(page.attribute("#status", "data-state"), "silent")
        page.say("while you slept")
        page.wait_for_message("while you slept", "own")
        self.assertNotIn("delivered", page.run("return [...document.querySelectorAll('.own')].map(e => e.dataset.delivery)"))
        page.picture("silent")
        bob.send_signal(signal.SIGCONT)
        page.wait_for_delivery("while you slept")
        page.wait_for_link("Bob")


if __name__ == "__main__":
    unittest.main()
