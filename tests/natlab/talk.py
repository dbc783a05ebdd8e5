"""Two nodes that say 50 numbered messages a second to each other, and what came of it."""

import collections
import threading
import time

RATE = 50  # messages a second, each way
AGAIN = 0.5  # seconds after which what was refused is said again
DEADLINE = 80  # seconds for the last message, after the last was said; a bound of failure
GLANCE = 0.2  # seconds after which a listener looks whether it is still wanted


class Voice:
    """One node's part: what it says, and what of the other's it has heard."""

    def __init__(self, process, to):
        """to is the id of the other one: the node keeps what is said to it while there is no link."""
        self.process = process
        self.to = to
        self.said = 0
        self.refused = collections.deque()  # as the node's outbox was full: to be said again
        self.refusals = 0
        self.heard = []  # the other's numbers, as they came
        self.times = []
        self.routes = []  # each change of the link, with its time
        self.silent = threading.Event()  # it says no more
        self.deaf = threading.Event()  # and hears no more
        self.failures = []  # of its threads
        self.speaker, self.listener = (threading.Thread(target=self.keep, args=(part,), daemon=True)
                                       for part in (self.say, self.listen))

    def keep(self, part):
        try:
            part()
        except Exception as error:
            self.failures.append(error)

    def say(self):
        # Behind its time it says several at once, as somebody does who is woken late.
        began = again = time.monotonic()
        while not self.silent.wait(1 / RATE):
            while self.said < (time.monotonic() - began) * RATE:
                self.say_number(self.said)
                self.said += 1
            if time.monotonic() > again:
                again = time.monotonic() + AGAIN
                self.say_again()

    def say_again(self):
        for _ in range(len(self.refused)):
            self.say_number(self.refused.popleft())

    def say_number(self, number):
        self.process.write({"type": "send_p2p_message", "to": self.to, "content": f"number {number}",
                            "id": f"{self.process.name}-{number}"})

    def listen(self):
        while not self.deaf.is_set():
            if (seen := self.process.next(GLANCE)) is not None:
                self.hear(seen, time.monotonic())

    def hear(self, seen, now):
        if seen["type"] == "p2p_message_received" and seen["content"].startswith("number "):
            self.heard.append(int(seen["content"].split()[1]))
            self.times.append(now)
        elif seen["type"] == "error":
            assert seen["code"] == "full", seen
            self.refused.append(int(seen["id"].rpartition("-")[2]))
            self.refusals += 1
        elif seen["type"] == "peer":
            self.routes.append((now, seen["peer"]["state"], seen["peer"]["path"]))


def id_of(process):
    """The id of a node, which it says at its start."""
    return next(seen["worker_id"] for seen in process.seen if seen["type"] == "init_info")


class Talk:
    """A context manager: they talk as long as it lasts, and have then heard everything. Until then nobody else can wait
    for what they see."""

    def __init__(self, one, other):
        """Both have been seen to be linked."""
        self.voices = (Voice(one, id_of(other)), Voice(other, id_of(one)))

    def __enter__(self):
        for voice in self.voices:
            voice.listener.start()
            voice.speaker.start()
        return self

    def __exit__(self, kind, *error):
        try:
            for voice in self.voices:
                voice.silent.set()
                voice.speaker.join()
            if kind is None:
                self.wait_all()
        finally:
            for voice in self.voices:
                voice.deaf.set()
                voice.listener.join()
        if kind is None:
            self.check()

    def check(self):
        """Raises what a thread has failed by."""
        for voice in self.voices:
            for failure in voice.failures:
                raise AssertionError(f"{voice.process.name}: {failure!r}\n{self.report()}") from failure

    def pairs(self):
        return zip(self.voices, self.voices[::-1])

    def wait_all(self):
        end = time.monotonic() + DEADLINE
        while any(len(set(hearer.heard)) < sayer.said for sayer, hearer in self.pairs()):
            self.check()
            assert time.monotonic() < end, "not everything came:\n" + self.report()
            for voice in self.voices:
                voice.say_again()
            time.sleep(AGAIN)

    def wait_heard(self, count, since):
        """Until both have heard so many since then."""
        end = time.monotonic() + DEADLINE
        while any(sum(at > since for at in voice.times) < count for voice in self.voices):
            self.check()
            assert time.monotonic() < end, f"they do not hear each other:\n{self.report()}"
            time.sleep(0.05)

    def gap(self, since, until=float("inf")):
        """The longest silence of either between the two, in seconds."""
        longest = 0
        for voice in self.voices:
            times = [since, *(at for at in voice.times if since < at < until)]
            longest = max([longest, *(after - before for before, after in zip(times, times[1:]))])
        return longest

    def report(self):
        return "\n".join(
            f"{hearer.process.name} heard {len(set(hearer.heard))} of {sayer.said}, "
            f"{len(hearer.heard) - len(set(hearer.heard))} twice; {sayer.refusals} refusals as the outbox was full\n"
            + hearer.process.report() for sayer, hearer in self.pairs())
