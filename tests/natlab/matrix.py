"""One cell of the matrix: two nodes in two networks, and the way that they find."""

import concurrent.futures
import dataclasses
import itertools
import time

import lab
import node
import sides
from meeting import DIRECT, RELAYED, Meeting

EITHER = "either"
HOLD = 5  # for which a link that is to stay relayed is watched
TRY = 15  # for which two nodes may try what succeeds now and then

# In the order of the issue; "same NAT" stands for both sides at once.
KINDS = ("open", "full_cone", "address_restricted", "port_restricted", "symmetric_random", "symmetric_sequential",
         "cgn_port_restricted", "cgn_symmetric", "ipv6_only", "udp_blocked")
# Symmetric NATs with random ports, whoever owns them, and with any.
RANDOM = {"symmetric_random", "cgn_symmetric"}
HARD = {*RANDOM, "symmetric_sequential"}
# Those who answer nobody but the very port that was sent to.
STRICT = {*HARD, "port_restricted", "cgn_port_restricted"}


def expected(one, other):
    """The route that a pair of networks allows."""
    pair = {one, other}
    if "udp_blocked" in pair or pair == {"ipv6_only", "ipv4_only"} or pair <= RANDOM:
        return RELAYED
    return EITHER if pair <= HARD and pair & RANDOM else DIRECT


def punched(one, other):
    """Whether a pair of networks has to be punched: plain checks cannot succeed, and shots may."""
    pair = {one, other}
    return pair <= STRICT and bool(pair & HARD) and not pair <= RANDOM


@dataclasses.dataclass
class Outcome:
    route: str
    linked: float  # seconds from the start of the later node
    direct: float | None
    punches: int  # rounds of both


@dataclasses.dataclass
class Cell:
    one: str
    other: str
    engine: str
    expected: str

    @property
    def name(self):
        of_choice = self.engine == "box" and not {self.one, self.other} & set(sides.BOX_ONLY)
        return f"{self.one}_x_{self.other}" + ("_by_box" if of_choice else "")

    def build(self, made):
        """The two sides. A network of one kind of addresses meets one of both kinds, unless that is said otherwise."""
        both = "ipv6_only" in (self.one, self.other)
        late = {"tcp_delay": sides.LATE} if self.one == "poisoning" else {}
        return [sides.build(made, kind, number, self.engine, both and kind not in ("ipv6_only", "ipv4_only"), **more)
                for number, kind, more in ((1, self.one, {}), (2, self.other, late))]

    def run(self, binary):
        with lab.Lab() as made, node.Cast(binary, "udp-punch") as cast:
            cast.server(made.server).wait_log("(listening|ready)")
            one, other = (cast.node(side.host, name, side.ipv4, side.ipv6)
                          for side, name in zip(self.build(made), ("alice", "bob")))
            return self.meet(Meeting(one, other))

    def meet(self, meeting):
        meeting.wait_route("")
        linked = time.monotonic() - meeting.began
        meeting.chat("at first")
        if self.expected == DIRECT:
            meeting.wait_route(DIRECT)
            direct = time.monotonic() - meeting.began
        else:
            direct = self.watch(meeting, HOLD if self.expected == RELAYED else TRY)
        meeting.chat("in the end")
        route = meeting.settled()
        punches = sum(node.metric(process, "gimlet_udp_punch_punches_total") for process in meeting.nodes)
        return Outcome(route, linked, direct, int(punches))

    @staticmethod
    def watch(meeting, seconds):
        """For so long; returns after how long the link went direct, if it did."""
        try:
            meeting.wait_route(DIRECT, seconds)
            return time.monotonic() - meeting.began
        except AssertionError:
            return None


class SameNat(Cell):
    """Two hosts behind one NAT. They reach each other past it, or, kept apart as guests are, only by its hairpin."""

    @property
    def name(self):
        return f"same_nat_{self.one}"

    def build(self, made):
        hairpin = self.one == "with_hairpin"
        box = made.box(1, hairpin="yes" if hairpin else "no")
        found = []
        for last in (2, 3):
            host = made.behind(box, 1, last, connected=False)
            made.plug(host, box, 1, last, alone=hairpin)
            found.append(sides.Side(host))
        return found


def cells():
    """All of them. What the kernel's NATs can be is theirs; what only the box can be is met by boxes."""
    for one, other in itertools.combinations_with_replacement(KINDS, 2):
        boxed = {one, other} & set(sides.BOX_ONLY)
        yield Cell(one, other, "box" if boxed else "kernel", expected(one, other))
    yield SameNat("with_hairpin", "", "box", DIRECT)
    yield SameNat("without_hairpin", "", "box", DIRECT)
    yield Cell("ipv6_only", "ipv4_only", "kernel", RELAYED)
    for other in (*KINDS, "poisoning"):
        yield Cell("poisoning", other, "box", expected("poisoning", other))
    # Kernel and box agree.
    for one, other in (("full_cone", "symmetric_random"), ("address_restricted", "symmetric_random"),
                       ("port_restricted", "port_restricted"), ("port_restricted", "symmetric_random"),
                       ("cgn_port_restricted", "port_restricted"), ("symmetric_random", "symmetric_random")):
        yield Cell(one, other, "box", expected(one, other))


class Matrix:
    """Runs cells, several at a time; each has a lab of its own."""

    AT_ONCE = 6

    def __init__(self):
        self.pool = concurrent.futures.ThreadPoolExecutor(self.AT_ONCE)
        self.running = {}
        self.outcomes = {}

    def start(self, cell, binary):
        self.running[cell.name] = self.pool.submit(cell.run, binary)

    def outcome(self, cell):
        self.outcomes[cell.name] = found = self.running[cell.name].result()
        return found

    def table(self, cells_by_name):
        rows = [("cell", "engine", "expected", "route", "linked", "direct", "punches")]
        for name, found in self.outcomes.items():
            cell = cells_by_name[name]
            rows.append((name, cell.engine, cell.expected, found.route, f"{found.linked:.2f} s",
                         "-" if found.direct is None else f"{found.direct:.2f} s", str(found.punches)))
        widths = [max(map(len, column)) for column in zip(*rows)]
        lines = ["  ".join(word.ljust(width) for word, width in zip(row, widths)).rstrip() for row in rows]
        return "\n".join([*lines, *self.share(cells_by_name)])

    def share(self, cells_by_name):
        """How many of those that may go either way went direct."""
        tried = [found for name, found in self.outcomes.items() if cells_by_name[name].expected == EITHER]
        if tried:
            yield f"{sum(found.route == DIRECT for found in tried)} of {len(tried)} that need luck went direct"
