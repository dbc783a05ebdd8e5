#!/usr/bin/python3
"""The page is for everybody: by keyboard alone, on a phone, in light and in dark, and for screen readers."""

import unittest

from selenium.webdriver.common.keys import Keys

from browser import PHONE, Page
from scene import TwoPages


class Keyboard(TwoPages):
    def test_everything_by_keyboard(self):
        page = self.ann
        page.driver.refresh()
        page.wait_for_link("Bob")
        page.press(Keys.TAB)
        self.assertEqual(page.focused(), "Skip to the message box")
        page.press(Keys.ENTER)
        page.wait(lambda: page.focused() == "text", "the skip link should lead to the box")
        page.press("first line")
        page.press_with_shift(Keys.ENTER)
        page.press("second line", Keys.ENTER)
        self.bob.wait_for_message("first line\nsecond line")
        self.assertEqual(page.focused(), "text", "the focus stays where one writes")

    def test_the_order_of_focus_is_that_of_the_eye(self):
        page = self.ann
        page.driver.refresh()
        page.wait_for_link("Bob")
        order = []
        for _ in range(7):
            page.press(Keys.TAB)
            order.append(page.run("const e = document.activeElement; return e.id || e.name || e.textContent.trim()"))
        self.assertEqual(order, ["Skip to the message box", "copy-id", "peer", "open-details", "log", "text", "send"])

    def test_focus_can_be_seen(self):
        page = self.ann
        page.driver.refresh()
        page.wait_for_link("Bob")
        for _ in range(7):
            page.press(Keys.TAB)
            seen = page.run("""
                const e = document.activeElement;
                const shown = e.matches('.peer input') ? e.closest('label') : e;
                const style = getComputedStyle(shown);
                return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2""")
            self.assertTrue(seen, page.focused())

    def test_a_peer_is_chosen_by_arrow_keys(self):
        page = self.ann
        page.run("document.querySelector('.peer input:checked').focus()")
        page.press(Keys.ARROW_DOWN)
        page.wait_for_text("#title", "Bob")
        page.press(Keys.ARROW_UP)
        page.wait_for_text("#title", "Everybody")

    def test_details_open_and_close_and_give_the_focus_back(self):
        page = self.ann
        page.run("document.getElementById('open-details').focus()")
        page.press(Keys.ENTER)
        page.wait(lambda: page.focused() == "details-title", "the focus should move into the details")
        page.press(Keys.ESCAPE)
        page.wait(lambda: page.focused() == "open-details", "the focus should come back")
        self.assertFalse(page.find("#details").is_displayed())

    def test_what_happens_is_said_to_screen_readers(self):
        page = self.ann
        self.assertEqual(page.attribute("#log", "role"), "log")
        self.assertEqual(page.attribute("#status", "role"), "status")
        self.assertEqual(page.attribute("#composer-error", "role"), "alert")
        page.wait(lambda: page.attribute("#log", "aria-live") == "polite", "news should be read out")
        page.say("is this read out?")
        page.wait_for_delivery("is this read out?")
        self.assertEqual(page.texts(".message.own .fate")[-1], "Delivered", "a tick alone says nothing")


class Phone(TwoPages):
    SIZE = PHONE

    def assert_fits(self):
        self.assertLessEqual(self.ann.run("return document.documentElement.scrollWidth"), PHONE[0])
        box = self.ann.run("const r = document.getElementById('composer').getBoundingClientRect(); return [r.top, r.bottom]")
        self.assertGreater(box[0], 0)
        self.assertLessEqual(box[1], PHONE[1])

    def test_the_chat_fits_and_works(self):
        self.ann.say("From a phone, with a long word: " + "x" * 200)
        self.bob.wait_for_message("From a phone, with a long word: " + "x" * 200)
        self.bob.say("Short answer")
        self.ann.wait_for_message("Short answer")
        self.assert_fits()
        self.ann.picture("phone")

    def test_peers_are_behind_a_button_and_come_back_to_the_chat(self):
        self.assertFalse(self.ann.find("#people").is_displayed())
        self.ann.find("#open-people").click()
        self.assertTrue(self.ann.find("#people").is_displayed())
        self.ann.picture("phone-peers")
        self.ann.find(".peer:not([data-peer=everybody]) label").click()
        self.ann.wait_for_text("#title", "Bob")
        self.assertFalse(self.ann.find("#people").is_displayed())
        self.ann.find("#open-people").click()
        self.ann.find(".peer[data-peer=everybody] label").click()
        self.ann.wait_for_text("#title", "Everybody")
        self.assert_fits()

    def test_what_one_touches_is_large_enough(self):
        small = self.ann.run("""
            return [...document.querySelectorAll('main button, main textarea')].filter(e => e.offsetParent)
                .map(e => [e.id, e.getBoundingClientRect()]).filter(([, r]) => r.width < 40 || r.height < 40).map(([id]) => id)""")
        self.assertEqual(small, [])


class Accessibility(TwoPages):
    """axe-core finds no violation, in any state of the page that can be brought about."""

    def check(self, page, name):
        for dark in (False, True):
            page.set_dark(dark)
            self.assertEqual(page.violations(), [], f"{name}, {'dark' if dark else 'light'}")
            page.picture(f"{name}-{'dark' if dark else 'light'}")

    def test_without_a_violation(self):
        self.ann.say("One message from here, <b>not bold</b>.")
        self.bob.say("And one from there.")
        self.ann.wait_for_message("And one from there.")
        self.ann.wait_for_delivery("One message from here, <b>not bold</b>.")
        small = Page(self.ann_node.address(), PHONE)
        self.addCleanup(small.close)
        small.wait_for_message("And one from there.")
        for page, size in ((self.ann, "desktop"), (small, "phone")):
            self.check(page, f"{size}-chat")
            page.find("#open-details").click()
            page.wait_for_text("#details", "udp-plain/1")
            self.check(page, f"{size}-details")
            page.find("[data-close=details]").click()
            page.say(" ")
            page.wait_for_text("#composer-error", "nothing to send")
            self.check(page, f"{size}-error")
        small.find("#open-people").click()
        self.check(small, "phone-peers")

        self.bob_node.end()
        self.ann_node.end()
        self.ann.wait_for_text("#connection", "no connection to its node")
        self.check(self.ann, "desktop-lost")


if __name__ == "__main__":
    unittest.main()
