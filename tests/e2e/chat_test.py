#!/usr/bin/python3
"""What is typed on one page appears on the other, as it was typed, once, and says what became of it."""

import re
import unittest

from selenium.webdriver.common.keys import Keys

from scene import TwoPages


class Chat(TwoPages):
    def test_both_ways(self):
        self.ann.say("Hello Bob, the lathe is free.")
        self.bob.wait_for_message("Hello Bob, the lathe is free.")
        self.ann.wait_for_delivery("Hello Bob, the lathe is free.")
        self.bob.say("Thanks, on my way 👍")
        self.ann.wait_for_message("Thanks, on my way 👍")
        self.bob.wait_for_delivery("Thanks, on my way 👍")
        self.assertIn("Bob", self.ann.texts(".message.other .who"))
        for time in self.ann.texts(".message .time"):
            self.assertRegex(time, r"^\d\d:\d\d$")
        self.assertEqual(self.ann.box_value(), "")
        self.ann.picture("chat")

    def test_the_page_says_who_answers_and_how_the_link_is(self):
        self.assertEqual(self.ann.text("#self-name"), "Ann")
        worker = re.search(r"\bid ([0-9a-f-]{36})", self.ann_node.log()).group(1)
        self.assertEqual(self.ann.text("#self-id"), worker[:8])
        self.assertIn("Up", self.ann.text("#status"))
        self.assertEqual(self.ann.attribute("#status", "data-state"), "up")
        self.assertEqual(self.ann.text("#encryption"), "Not encrypted")
        self.ann.wait_for_text("#signaling", "Online: peers can be found")

    def test_a_reload_loses_nothing_that_was_shown(self):
        self.ann.say("before the reload")
        self.bob.wait_for_message("before the reload")
        self.bob.say("and the answer")
        self.ann.wait_for_message("and the answer")
        self.ann.wait_for_delivery("before the reload")
        self.ann.type("not sent yet")
        before = self.ann.messages()
        self.ann.driver.refresh()
        self.ann.wait(lambda: self.ann.messages() == before, f"the page should show {before}")
        self.ann.wait_for_delivery("before the reload")
        self.assertEqual(self.ann.box_value(), "not sent yet")
        self.ann.wait_for_link("Bob")
        self.ann.type("")

    def test_a_second_page_of_the_node_shows_the_same(self):
        self.ann.say("seen everywhere")
        self.bob.wait_for_message("seen everywhere")
        first = self.ann.driver.current_window_handle
        self.ann.driver.switch_to.new_window("window")
        try:
            self.ann.driver.get(self.ann_node.address())
            self.ann.wait_for_message("seen everywhere", "own")
            self.ann.say("from the second page")
            self.bob.wait_for_message("from the second page")
        finally:
            self.ann.driver.close()
            self.ann.driver.switch_to.window(first)
        self.ann.wait_for_message("from the second page", "own")

    def test_markup_stays_text(self):
        markup = '<img src=x onerror="window.hacked = 1"><b>bold</b> &amp; <script>window.hacked = 2</script>'
        self.ann.say(markup)
        self.bob.wait_for_message(markup)
        self.ann.wait_for_message(markup, "own")
        for page in (self.ann, self.bob):
            self.assertEqual(page.all(".content :not(a)"), [])
            self.assertIsNone(page.run("return window.hacked ?? null"))

    def test_addresses_become_links_and_markup_around_them_stays_text(self):
        text = 'See <a href="javascript:alert(1)">https://example.org/a?b=1&c=2</a>, or http://192.0.2.1/.'
        self.ann.say(text)
        self.bob.wait_for_message(text)
        self.ann.wait_for_message(text, "own")
        for page in (self.ann, self.bob):
            links = page.run("""
                return [...document.querySelectorAll('.content a')].map(a => [a.href, a.textContent, a.target, a.rel])""")
            self.assertEqual(links, [
                ["https://example.org/a?b=1&c=2", "https://example.org/a?b=1&c=2", "_blank", "noopener noreferrer"],
                ["http://192.0.2.1/", "http://192.0.2.1/", "_blank", "noopener noreferrer"]])
            self.assertEqual(page.all(".content :not(a)"), [])

    def test_nothing_to_send_is_refused(self):
        for nothing in ("", "   ", "\n\n"):
            self.ann.say(nothing)
            self.ann.wait_for_text("#composer-error", "nothing to send")
        self.ann.type("x")
        self.assertEqual(self.ann.text("#composer-error"), "")
        self.ann.type("")

    def test_the_longest_message_goes_and_one_byte_more_is_refused(self):
        self.ann.find("#open-details").click()
        rows = self.ann.wait(lambda: self.ann.texts(".facts dd"), "the details should be there")
        limit = int(next(row for row in rows if row.endswith(" bytes")).removesuffix(" bytes").replace(",", ""))
        self.ann.find("[data-close=details]").click()
        longest = "é" + "x" * (limit - 2)
        self.ann.type(longest)
        self.assertEqual(self.ann.text("#composer-count"), f"{limit:,} of {limit:,} bytes")
        self.ann.press(Keys.ENTER)
        self.bob.wait_for_message(longest)

        self.ann.say(longest + "y")
        self.ann.wait_for_text("#composer-error", f"{limit + 1:,} bytes")
        self.assertIn(f"{limit:,}", self.ann.text("#composer-error"))
        self.assertEqual(self.ann.box_value(), longest + "y", "what was typed is kept")
        self.assertEqual(self.ann.attribute("#text", "aria-invalid"), "true")
        self.ann.picture("too-long")
        self.ann.type("")

    def test_the_node_counts_as_the_page_does(self):
        for content in ('"' * 400, "\\" * 400, "a\tb" * 200, "\x01" * 150, "ü" * 500, "👍" * 250, "/" * 700):
            self.ann.say(content)
            self.bob.wait_for_message(content)
        self.assertEqual(self.ann.text("#composer-error"), "")

    def test_one_peer_can_be_talked_with_alone(self):
        self.ann.find(".peer:not([data-peer=everybody]) label").click()
        self.ann.wait_for_text("#title", "Bob")
        self.assertEqual(self.ann.text("#text-label"), "Message to Bob")
        self.ann.say("for Bob alone")
        self.bob.wait_for_message("for Bob alone")
        self.ann.find(".peer[data-peer=everybody] label").click()
        self.ann.wait_for_text("#title", "Everybody")
        self.ann.wait_for_message("for Bob alone", "own")

    def test_details_tell_the_way(self):
        self.ann.find("#open-details").click()
        self.ann.wait_for_text("#details", "udp-plain/1")
        for fact in ("127.0.0.1:", "udp-plain", "stun", "rendezvous", "web", "not encrypted", "Round trip"):
            self.assertIn(fact, self.ann.text("#details"))
        self.ann.picture("details")
        self.ann.find("[data-close=details]").click()

    def test_the_browser_has_nothing_to_complain_about(self):
        self.assertEqual(self.ann.errors() + self.bob.errors(), [])


if __name__ == "__main__":
    unittest.main()
