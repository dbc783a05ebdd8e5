"""The scene of most tests: a rendezvous and two nodes that are linked, with their pages open."""

import unittest

from browser import DESKTOP, Page
from nodes import Node, Rendezvous


class TwoPages(unittest.TestCase):
    """Ann and Bob, linked. Made once for all tests of a class, which therefore use texts of their own."""

    SIZE = DESKTOP
    DARK = False

    @classmethod
    def setUpClass(cls):
        cls.rendezvous = cls.keep(Rendezvous(), "remove")
        cls.ann_node = cls.keep(Node("Ann", cls.rendezvous), "remove")
        cls.bob_node = cls.keep(Node("Bob", cls.rendezvous), "remove")
        cls.ann = cls.keep(Page(cls.ann_node.address(), cls.SIZE, cls.DARK), "close")
        cls.bob = cls.keep(Page(cls.bob_node.address(), cls.SIZE, cls.DARK), "close")
        cls.ann.wait_for_link("Bob")
        cls.bob.wait_for_link("Ann")

    @classmethod
    def keep(cls, thing, ending):
        cls.addClassCleanup(getattr(thing, ending))
        return thing
