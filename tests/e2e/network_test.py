#!/usr/bin/python3
"""What people see of their network: what it means for links, what was measured, and which way a link goes."""

import unittest

from selenium.webdriver.common.keys import Keys

from browser import DESKTOP, PHONE
from played import ANN, Scene, peer

RELAYED = {"path": "relayed", "local_type": "relayed", "remote_type": "relayed"}
WHY = "no direct path: both NATs give out ports that nobody can guess; a port forwarded at one of the routers would do"


def fact(topic, verdict, text, **more):
    return {"topic": topic, "subject": None, "verdict": verdict, "text": text, "value": None, "round_trip_ms": None, **more}


NETWORK = {
    "mapping": "address-dependent",
    "candidates": [{"type": "server-reflexive", "address": "203.0.113.9:40001", "source": "stun.example.org:3478"}],
    "nat": {"mapping": "address-dependent", "filtering": "address-and-port-dependent", "assignment": "random", "step": 0,
            "hairpin": False},
    "facts": [
        fact("ipv4", "good", "sends from 192.168.1.5 by wlp0s20f3", value="192.168.1.5"),
        fact("ipv6", "unknown", "no way to the Internet"),
        fact("mtu", "good", "1500 bytes on wlp0s20f3", value="1500"),
        fact("stun", "good", "answers", subject="stun.l.google.com:19302 IPv4", value="203.0.113.9:40001",
             round_trip_ms=23.4),
        fact("stun", "bad", "no answer in 5 s", subject="a-stun-server-with-a-long-name.example.org:3478 IPv6"),
        fact("port-mapping", "bad", "the router answers neither PCP nor NAT-PMP nor UPnP"),
        fact("rendezvous", "good", "answers", subject="https://rendezvous.example.org", round_trip_ms=9.4),
        fact("relay", "good", "answers", round_trip_ms=18.2),
    ],
    "udp": "works",
    "verdict": ["Links are direct with every NAT but a symmetric one: this one is symmetric itself.",
                "The relay carries what has no direct path, encrypted from node to node.",
                "To have every link direct: let the router map ports, or forward one to this machine."],
}


class Network(Scene):
    def test_what_is_known_is_shown_and_kept_up_to_date(self):
        page = self.open(**NETWORK)
        page.find("#open-details").click()
        page.wait_for_text(".verdict", "every NAT but a symmetric one")
        rows = page.texts(".rows li")
        self.assertEqual([row.split(" ")[0] for row in rows],
                         ["Good:", "IPv6", "Good:", "Good:", "Good:", "Bad:", "Bad:", "NAT", "NAT", "Hairpin", "Bad:", "Good:", "Good:"])
        self.assertIn("Good: STUN stun.l.google.com:19302 IPv4: answers, 203.0.113.9:40001 23 ms", rows)
        page.wait_for_text("#details-body", "203.0.113.9:40001 seen from outside, says stun.example.org:3478")
        self.tell(page, {"type": "network", **NETWORK, "udp": "blocked", "verdict": ["No link is direct."]})
        page.wait_for_text(".verdict", "No link is direct.")
        self.assertIn("Bad: UDP no answer comes back", page.texts(".rows li"))

    def shows(self, page):
        return page.run("return document.querySelector('.verdict').checkVisibility()")

    def test_the_disclosure_stays_as_it_was_left(self):
        page = self.open(**NETWORK)
        page.find("#open-details").click()
        page.wait_for_text(".verdict", "every NAT")
        page.run("document.querySelector('.disclosure > summary').focus()")
        page.press(Keys.ENTER)
        self.assertFalse(self.shows(page))
        self.tell(page, {"type": "network", **NETWORK, "verdict": ["Another."]})
        page.wait_for_text(".verdict", "Another.")
        self.assertFalse(self.shows(page), "news do not open it")
        self.assertEqual(page.focused(), "Network", "nor do they take the focus away")
        page.press(Keys.ENTER)
        self.assertTrue(self.shows(page))

    def test_a_link_says_that_it_is_relayed_then_direct_or_why_not(self):
        page = self.open(peer(ANN, "Ann", **RELAYED, message="relayed, trying direct…"), **NETWORK)
        page.wait_for_text("#status", "Up: relayed, trying direct…")
        page.wait_for_text(".peer:not([data-peer=everybody]) .peer-detail", "Up, relayed, encrypted")
        self.change(page, ANN, "Ann", **RELAYED, message=WHY)
        page.wait_for_text("#status", f"Up: relayed, {WHY}")
        page.find("#open-details").click()
        page.wait_for_text("#details-body", "through a relay, which sees encrypted data only")
        page.wait_for_text("#details-body", f"Up: relayed, {WHY}")
        self.change(page, ANN, "Ann")
        page.wait_for_text("#status", "Up: direct")
        page.wait_for_text("#details-body", "direct, from node to node")


class Looks(Scene):
    """axe-core finds nothing wrong, and nothing is cut off, on any screen, in light and dark."""

    def test_without_a_violation(self):
        for size, screen in ((DESKTOP, "desktop"), (PHONE, "phone")):
            page = self.open(peer(ANN, "Ann", **RELAYED, message=WHY), size=size, **NETWORK)
            page.wait_for_text("#status", "relayed")
            page.picture(f"network-{screen}-relayed")
            page.find("#open-details").click()
            page.wait_for_text(".verdict", "every NAT")
            page.run("document.querySelector('.disclosure').scrollIntoView()")
            for dark in (False, True):
                page.set_dark(dark)
                self.assertEqual(page.violations(), [], f"{screen}, {'dark' if dark else 'light'}")
                page.picture(f"network-{screen}-{'dark' if dark else 'light'}")
            wide = page.run("return [...document.querySelectorAll('.disclosure, .disclosure *')]"
                            ".filter(e => e.getBoundingClientRect().right > window.innerWidth + 1).map(e => e.outerHTML)")
            self.assertEqual(wide, [])
            self.assertEqual(page.errors(), [])


if __name__ == "__main__":
    unittest.main()
