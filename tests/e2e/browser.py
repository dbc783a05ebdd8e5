"""A headless Chromium with one page of a node open, and what the tests do and see there."""

import os

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from nodes import OUTPUT, PATIENCE

DESKTOP = (1280, 800)
PHONE = (390, 844)
PICTURES = os.path.join(OUTPUT, "pictures")
AXE = os.path.join(OUTPUT, "node_modules", "axe-core", "axe.min.js")


class Page:
    """A browser of its own, so that no page is in the background of another."""

    def __init__(self, address, size=DESKTOP, dark=False):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for switch in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                       "--hide-scrollbars", "--force-color-profile=srgb", f"--window-size={size[0]},{size[1]}"):
            options.add_argument(switch)
        if size == PHONE:
            metrics = {"width": size[0], "height": size[1], "pixelRatio": 2}
            options.add_experimental_option("mobileEmulation", {"deviceMetrics": metrics})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_page_load_timeout(PATIENCE)
        if size != PHONE:
            self.command("Emulation.setDeviceMetricsOverride",
                         {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False})
        self.set_dark(dark)
        self.driver.get(address)

    def command(self, name, parameters):
        self.driver.execute_cdp_cmd(name, parameters)

    def set_dark(self, dark):
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.command("Emulation.setEmulatedMedia", {"features": [scheme, still]})

    def close(self):
        self.driver.quit()

    # Looking

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def text(self, selector):
        """What stands there, whether it is in view or not; empty if there is no such element."""
        return self.run("return document.querySelector(arguments[0])?.textContent.trim() ?? ''", selector)

    def texts(self, selector):
        return self.run("return [...document.querySelectorAll(arguments[0])].map(e => e.textContent.trim())", selector)

    def attribute(self, selector, name):
        return self.run("return document.querySelector(arguments[0])?.getAttribute(arguments[1])", selector, name)

    def wait(self, condition, what):
        """Waits until a condition holds; what says which, should it never."""
        def holds(_):
            try:
                return condition()
            except StaleElementReferenceException:
                return False

        try:
            return WebDriverWait(self.driver, PATIENCE, poll_frequency=0.05).until(holds)
        except Exception as error:
            self.picture("failed")
            page = self.run("return document.body.innerText")
            raise AssertionError(f"{what}, but the page shows:\n{page}") from error

    def wait_for_text(self, selector, part):
        self.wait(lambda: part in self.text(selector), f"{selector} should say {part!r}")

    def wait_for_link(self, peer):
        """Waits until the link with a peer of that name is up."""
        def up():
            return self.run("return [...document.querySelectorAll('.peer[data-state=up] .peer-name')]"
                            ".some(e => e.textContent === arguments[0])", peer)
        self.wait(up, f"the link with {peer} should be up")

    def messages(self, kind=None):
        """The texts of the messages shown, as they are: 'own', 'other' or both."""
        return self.run("return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)",
                        f".message{'.' + kind if kind else ''} .content")

    def wait_for_message(self, text, kind="other"):
        self.wait(lambda: text in self.messages(kind), f"{text[:60]!r} should appear as {kind}")

    def wait_for_delivery(self, text, state="delivered"):
        def has_state():
            return self.run("return [...document.querySelectorAll('.message.own')].some(e => e.dataset.delivery === "
                            "arguments[1] && e.querySelector('.content').textContent === arguments[0])", text, state)
        self.wait(has_state, f"{text[:60]!r} should be {state}")

    def focused(self):
        """The id of the focused element, or its text."""
        return self.run("const e = document.activeElement; return e.id || e.textContent.trim()")

    def box_value(self):
        return self.find("#text").get_property("value")

    def errors(self):
        """What the browser has to complain about. Not: refused connections, which the tests cause, and that a
        header is of no use without HTTPS."""
        expected = ("WebSocket connection", "net::ERR_CONNECTION", "Cross-Origin-Opener-Policy")
        return [entry["message"] for entry in self.driver.get_log("browser")
                if not any(part in entry["message"] for part in expected)]

    # Doing

    def type(self, text):
        """Puts a text into the box at once, as pasting does; send_keys is slow and knows no emoji."""
        box = self.find("#text")
        box.click()
        self.run("arguments[0].value = arguments[1];"
                 "arguments[0].dispatchEvent(new Event('input', {bubbles: true}))", box, text)

    def say(self, text):
        self.type(text)
        self.press(Keys.ENTER)

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def press_with_shift(self, key):
        ActionChains(self.driver).key_down(Keys.SHIFT).send_keys(key).key_up(Keys.SHIFT).perform()

    def picture(self, name):
        os.makedirs(PICTURES, exist_ok=True)
        self.driver.save_screenshot(os.path.join(PICTURES, f"{name}.png"))

    def violations(self):
        """What axe-core finds wrong, as readable lines."""
        with open(AXE, encoding="utf-8") as source:
            self.run(source.read())
        self.driver.set_script_timeout(PATIENCE)
        result = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1]; axe.run(document).then(done, e => done({error: String(e)}))")
        assert "error" not in result, result
        assert len(result["passes"]) > 20, "axe has looked at nothing"
        return [f"{rule['id']}: {rule['help']}: {node['html'][:200]}" for rule in result["violations"] for node in rule["nodes"]]
