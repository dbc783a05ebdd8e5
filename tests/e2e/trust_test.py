#!/usr/bin/python3
"""What people see of who their peers are."""

import unittest

from selenium.webdriver.common.keys import Keys

from browser import DESKTOP, PHONE
from played import ANN, EVE, WORDS, Scene, peer

VERIFIED = {"trust": "verified", "verified_as": "ann"}
REFUSED = {"state": "refused", "refusal": "identity_changed", "encrypted": False, "trust": "unproven", "code": None,
           "path": None, "message": "another identity is verified under this name"}


class Verifying(Scene):
    def test_two_people_compare_and_say_so(self):
        page = self.open(peer(ANN, "Ann"))
        page.wait_for_text("#encryption", "Encrypted, not verified")
        self.press_button(page, "Verify")
        page.wait_for_text("#verify-title", "Verify Ann")
        page.wait_for_text("#verify-text", "by phone or in person; they must be the same on both screens")
        self.assertEqual(page.texts("#verify-words li"), WORDS.split())
        self.assertEqual(page.text("#verify-digits"), "01234 56789")
        self.press_button(page, "They match")
        self.assertEqual(self.said(page, "verify_peer"),
                         [{"type": "verify_peer", "peer_id": ANN, "code": "01234 56789"}])
        self.assertEqual(page.text("#verify-title"), "Verify Ann", "the node has the last word")
        self.change(page, ANN, "Ann", **VERIFIED)
        page.wait_for_text("#verify-title", "Ann is verified")
        self.press_button(page, "Close")
        page.wait_for_text("#encryption", "Encrypted and verified")
        page.wait_for_text(f".peer[data-peer='{ANN}'] .peer-detail", "encrypted and verified")

        self.press_button(page, "Verified")
        self.press_button(page, "Forget")
        self.assertEqual(self.said(page, "unverify_peer"), [{"type": "unverify_peer", "peer_id": ANN}])
        self.change(page, ANN, "Ann")
        page.wait_for_text("#encryption", "Encrypted, not verified")

    def test_what_the_node_refuses_is_said_in_the_dialog(self):
        page = self.open(peer(ANN, "Ann"))
        self.press_button(page, "Verify")
        self.press_button(page, "They match")
        self.tell(page, {"type": "error", "code": "other_code", "peer_id": ANN, "message": "Compare again."})
        page.wait_for_text("#verify-error", "Compare again.")

    def test_a_new_code_replaces_the_old_one_before_the_eyes(self):
        page = self.open(peer(ANN, "Ann"))
        self.press_button(page, "Verify")
        self.change(page, ANN, "Ann", code={"words": "one two three four five", "digits": "98765 43210"})
        page.wait_for_text("#verify-digits", "98765 43210")
        page.wait_for_text("#verify-text", "The link was made anew")
        self.press_button(page, "They match")
        self.assertEqual(self.said(page, "verify_peer")[0]["code"], "98765 43210")

    def test_codes_that_differ_are_a_strong_warning_until_the_link_is_another(self):
        page = self.open(peer(ANN, "Ann"))
        self.press_button(page, "Verify")
        self.press_button(page, "They differ")
        page.wait_for_text("#verify-title", "Do not trust this link")
        page.wait_for_text("#verify-note", "End the link")
        self.assertEqual(self.said(page, "verify_peer"), [])
        self.press_button(page, "Close")
        page.wait_for_text("#encryption", "The codes differ")
        page.wait_for_text("#alarms", "somebody may stand between you and Ann")
        self.change(page, ANN, "Ann", code={"words": WORDS, "digits": "11111 11111"})
        page.wait_for_text("#encryption", "Encrypted, not verified")
        self.assertEqual(page.text("#alarms"), "")

    def test_codes_that_differ_end_the_link(self):
        page = self.open(peer(ANN, "Ann"))
        self.press_button(page, "Verify")
        self.press_button(page, "They differ")
        self.press_button(page, "End the link")
        self.assertEqual(self.said(page, "refuse_peer"), [{"type": "refuse_peer", "peer_id": ANN}])
        self.change(page, ANN, "Ann", **{**REFUSED, "refusal": "codes_differ"})
        page.wait_for_text("#verify-title", "The link with Ann has ended")
        self.assertEqual(page.text("#alarms"), "", "it is over")
        self.press_button(page, "Link again")
        self.assertEqual(self.said(page, "unverify_peer"), [{"type": "unverify_peer", "peer_id": ANN}])

    def test_the_way_back_stays_at_hand_until_the_new_code_is_there(self):
        ended = {**REFUSED, "refusal": "codes_differ", "message": "the codes that two people compared were not the same"}
        page = self.open(peer(ANN, "Ann", **ended))
        self.assertFalse(page.find("#encryption").is_displayed())
        self.press_button(page, "What to do")
        page.wait_for_text("#verify-title", "The link with Ann has ended")
        self.press_button(page, "Link again")
        anew = {"code": None, "encrypted": False, "trust": "unproven", "path": None}
        for state in ("waiting", "attempted"):
            self.change(page, ANN, "Ann", state, **anew)
            page.wait_for_text("#verify-title", "Linking with Ann …")
        self.change(page, ANN, "Ann", code=None)
        page.wait_for_text("#verify-title", "Linking with Ann …")
        self.change(page, ANN, "Ann")
        page.wait_for_text("#verify-title", "Verify Ann")
        page.wait_for_text("#verify-digits", "01234 56789")
        self.change(page, ANN, "Ann", "lost", **anew)
        page.wait_for_text("#verify-title", "There is no link with Ann now")

    def test_by_keyboard_alone(self):
        page = self.open(peer(ANN, "Ann"))
        page.run("document.getElementById('verify').focus()")
        page.press(Keys.ENTER)
        page.wait(lambda: page.focused() == "verify-title", "the focus should move into the dialog")
        seen = []
        for _ in range(3):
            page.press(Keys.TAB)
            seen.append(page.focused())
        self.assertEqual(seen, ["They match", "They differ", "Not now"])
        page.press(Keys.ESCAPE)
        page.wait(lambda: page.focused() == "verify", "the focus should come back")

    def test_nothing_is_offered_where_nothing_can_be_compared(self):
        page = self.open(peer(ANN, "Old worker", encrypted=False, trust="unproven", code=None, cipher=None))
        page.wait_for_text("#encryption", "Not encrypted")
        self.assertFalse(page.find("#verify").is_displayed())


class Refusing(Scene):
    def test_a_changed_identity_is_a_loud_refusal(self):
        page = self.open(peer(EVE, "Ann", **REFUSED))
        page.wait_for_text("#alarms", "is not the Ann that was verified here")
        self.assertEqual(page.attribute("#alarms", "role"), "alert")
        page.wait_for_text(f".peer[data-peer='{EVE}'] .peer-detail", "Refused")
        self.tell(page, {"type": "notice", "message": f"Refused: somebody has another identity ({EVE}, not {ANN})."})
        self.tell(page, {"type": "notice", "message": "Something else."})
        page.wait_for_text("#notices", "Something else.")
        self.assertNotIn(EVE, page.text("#notices"), "what the alarm says is not said twice")

        self.press_button(page, "What to do")
        page.wait_for_text("#verify-title", "Ann has another identity")
        self.press_button(page, "Forget the old identity")
        self.assertEqual(self.said(page, "unverify_peer"), [{"type": "unverify_peer", "peer_id": EVE}])
        self.change(page, EVE, "Ann")
        page.wait_for_text("#verify-title", "Verify Ann")
        self.assertEqual(page.text("#alarms"), "")

    def test_who_is_not_in_peers_is_refused_without_an_alarm(self):
        page = self.open(peer(EVE, "Stranger", **{**REFUSED, "refusal": "not_in_peers",
                                                  "message": "its id is not in [node] peers"}))
        page.run("document.querySelectorAll('.peer input')[1].click()")
        page.wait_for_text("#status", "Refused: its id is not in [node] peers")
        self.assertEqual(page.text("#alarms"), "")
        self.assertFalse(page.find("#encryption").is_displayed())


class Details(Scene):
    def test_every_fact_of_a_link_in_words(self):
        page = self.open(peer(ANN, "Ann"))
        page.find("#open-details").click()
        for fact in ("proven by its key, not verified", "encrypted, not verified", "ECDHE-ECDSA-AES128-GCM-SHA256",
                     "direct, from node to node", "192.168.1.7:40001 this machine", "203.0.113.7:40002 seen from outside",
                     "Encryption", "13 ms", "4.0 KiB", "2.0 KiB", "3 packets", "takes a second STUN server"):
            page.wait_for_text("#details-body", fact)
        self.change(page, ANN, "Ann", remote_type="host")
        page.wait_for_text("#details-body", "203.0.113.7:40002 its own address")
        self.change(page, ANN, "Ann", remote_type="relayed", address="[100::1]:9", path="relayed")
        page.wait_for_text("#details-body", "the relay of the rendezvous")
        self.change(page, ANN, "Ann")
        page.run("document.querySelector('[data-verify]').focus()")
        self.change(page, ANN, "Ann", bytes_sent=9999)
        page.wait_for_text("#details-body", "9.8 KiB")
        self.assertEqual(page.focused(), "Verify …", "the focus stays where it is")
        page.press(Keys.ENTER)
        page.wait_for_text("#verify-title", "Verify Ann")


class Heading(Scene):
    """What stands above the conversation."""

    LONG = "relayed, since no direct path has been found: 12 pairs of addresses tried, no answer"

    def boxes(self, page, *selectors):
        return [page.run("const r = document.querySelector(arguments[0]).getBoundingClientRect();"
                         "return [r.left, r.top, r.right, r.bottom].map(Math.round)", one) for one in selectors]

    def test_the_time_stands_behind_the_text(self):
        for size in (DESKTOP, PHONE):
            page = self.open(peer(ANN, "Ann", path="relayed", message=self.LONG), size=size)
            page.run("document.querySelectorAll('.peer input')[1].click()")
            page.wait_for_text("#status", "no answer · for ")
            for details in (False, size == DESKTOP):
                if details:
                    page.find("#open-details").click()
                words, since, verify = self.boxes(page, ".head-words", ".since", "#verify")
                self.assertLess(words[3] - since[3], 8, "on the last line")
                self.assertTrue(page.run("const e = document.querySelector('.head-words');"
                                         "return e.scrollHeight <= e.clientHeight || e.clientHeight === 0"), "nothing is cut")
                self.assertGreater(words[2] - words[0], 250, "there is room for the text")
                self.assertTrue(verify[0] >= words[2] or verify[1] >= words[3], "beside or below")

    def test_without_a_badge_nothing_of_it_is_left(self):
        for state in ("lost", "refused"):
            page = self.open(peer(ANN, "Ann", state, message="the peer ended the link"), size=PHONE)
            page.run("document.querySelectorAll('.peer input')[1].click()")
            page.wait_for_text("#status", "the peer ended the link")
            head, status, details = self.boxes(page, ".head", "#status", "#open-details")
            self.assertEqual(head[2] - details[2], 12)
            self.assertLessEqual(head[3] - status[3], 12)

    def test_where_there_is_no_link_nothing_is_called_encrypted(self):
        page = self.open()
        page.wait_for_text("#no-peers", "Nobody else is in the room yet")
        self.assertFalse(page.find("#encryption").is_displayed())
        self.tell(page, {"type": "signaling", "state": "refused", "message": "401"})
        page.wait_for_text("#status", "The rendezvous refuses this node")
        page.wait_for_text("#no-peers", "The rendezvous refuses this node")
        self.assertFalse(page.find("#encryption").is_displayed())

    def test_the_box_is_as_high_as_its_text_whatever_its_width(self):
        page = self.open(peer(ANN, "Ann"))
        page.type("words that take one line on a wide screen and several on a narrow one")
        whole = "const e = document.getElementById('text'); return e.scrollHeight <= e.clientHeight && e.clientHeight"
        wide = page.run(whole)
        for width, fits in ((390, lambda: page.run(whole) > wide), (1280, lambda: page.run(whole) == wide)):
            page.command("Emulation.setDeviceMetricsOverride",
                         {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False})
            page.wait(fits, f"the box should fit at {width}")


class Looks(Scene):
    """axe-core finds nothing wrong, and nothing is cut off, on any screen, in light and dark."""

    def check(self, page, name):
        for dark in (False, True):
            page.set_dark(dark)
            self.assertEqual(page.violations(), [], f"{name}, {'dark' if dark else 'light'}")
            page.picture(f"trust-{name}-{'dark' if dark else 'light'}")
        self.assertLessEqual(page.run("return document.documentElement.scrollWidth"),
                             page.run("return window.innerWidth"), name)

    def test_without_a_violation(self):
        for size, screen in ((DESKTOP, "desktop"), (PHONE, "phone")):
            page = self.open(peer(ANN, "Ann"), size=size)
            self.press_button(page, "Verify")
            self.check(page, f"{screen}-compare")
            self.press_button(page, "They differ")
            self.check(page, f"{screen}-differ")
            self.press_button(page, "Close")
            self.check(page, f"{screen}-differing")
            self.change(page, ANN, "Ann", **VERIFIED)
            self.press_button(page, "Verified")
            self.check(page, f"{screen}-verified")
            self.press_button(page, "Close")
            self.change(page, EVE, "Ann", **REFUSED)
            page.wait_for_text("#alarms", "Refused")
            self.check(page, f"{screen}-refused")
            self.press_button(page, "What to do")
            self.check(page, f"{screen}-changed")
            self.press_button(page, "Keep refusing")
            page.find("#open-details").click()
            page.wait_for_text("#details-body", "verified by comparing codes")
            self.check(page, f"{screen}-facts")
            self.assertEqual(page.errors(), [])


if __name__ == "__main__":
    unittest.main()
