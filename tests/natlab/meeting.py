"""Two nodes that link, and the way that their link takes."""

import time

DIRECT, RELAYED = "direct", "relayed"

DEADLINE = 60  # seconds for a link, and again for its being direct; a bound of failure
GLANCE = 0.1  # seconds for one, before the other may have something to say


class Meeting:
    """Two nodes, and what is known of the link between them. What somebody has waited for before counts as well."""

    def __init__(self, one, other):
        self.nodes = (one, other)
        self.began = time.monotonic()
        self.routes = {}
        for process in self.nodes:
            for seen in process.seen:
                self.note(process, seen)

    def note(self, process, seen):
        """Keeps the route of the link that an object tells of."""
        for view in [seen["peer"]] if seen["type"] == "peer" else seen.get("peers", []):
            self.routes[process] = view["path"] if view["state"] == "up" else None

    def wait(self, what, process, wanted, seconds=DEADLINE):
        def noted(seen):
            self.note(process, seen)
            return wanted(seen)
        return process.wait(what, noted, seconds)

    def takes(self, process, route):
        """Whether its link is up, by a route that begins so."""
        found = self.routes.get(process)
        return found is not None and found.startswith(route)

    def all_take(self, route):
        return all(self.takes(process, route) for process in self.nodes)

    def wait_route(self, route, seconds=DEADLINE):
        """Until the link of both takes this route; "" is any."""
        for process in self.nodes:
            if not self.takes(process, route):
                self.wait(f"a link that is {route or 'up'}", process,
                          lambda _, process=process: self.takes(process, route), seconds)

    def settled(self, seconds=DEADLINE):
        """The route that both take. While a link changes, one may be ahead of the other."""
        end = time.monotonic() + seconds
        while not (routes := [route for route in (DIRECT, RELAYED) if self.all_take(route)]):
            assert time.monotonic() < end, f"no route that both take: {list(self.routes.values())}"
            for process in self.nodes:
                if (seen := process.next(GLANCE)) is not None:
                    self.note(process, seen)
        return routes[0]

    def chat(self, words):
        for one, other in (self.nodes, self.nodes[::-1]):
            text = f"{words}, says {one.name}"
            one.say(text)
            self.wait(f"the words {text!r}", other,
                      lambda o, text=text: o["type"] == "p2p_message_received" and o["content"] == text)
