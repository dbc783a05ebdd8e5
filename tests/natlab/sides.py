"""The kinds of networks that the matrix puts a node in.

Each is built by the kernel's NATs or by natbox: engine "kernel" or "box". What the kernel cannot be is always a box.
"""

import dataclasses

from hosts import Host

# RFC 4787's words for the names that people use; natbox' defaults are port-restricted and port-preserving.
BOX = {
    "full_cone": {"filtering": "endpoint"},
    "address_restricted": {"filtering": "address"},
    "port_restricted": {},
    "symmetric_random": {"mapping": "port", "allocation": "random"},
    "symmetric_sequential": {"mapping": "port", "allocation": "sequential"},
    "poisoning": {"stray": "planted"},
}
CARRIER = {"cgn_port_restricted": "port_restricted", "cgn_symmetric": "symmetric_random"}
OTHERS = ("open", "ipv4_only", "ipv6_only", "udp_blocked")
KINDS = (*BOX, *CARRIER, *OTHERS)
BOX_ONLY = ("symmetric_sequential", "poisoning")

# A packet with few hops to live shall die between two NATs, and reach its own: real ones are farther apart than those
# on one bridge.
BOX_HOPS = 4

# Milliseconds by which the rendezvous is farther away from the second side than the first side is, where that one's
# router is a poisoning one: so its packets come before the first has heard of it, and spoil the first's mapping.
LATE = 150


@dataclasses.dataclass
class Side:
    host: Host
    ipv4: bool = True
    ipv6: bool = False


def build(lab, kind, number, engine="kernel", ipv6=False, **settings):
    """One side of a cell. ipv6 gives a network with IPv4 the other as well; settings are for a box."""
    if kind == "open":
        return Side(lab.open_host(number, ipv6=ipv6), ipv6=ipv6)
    if kind == "ipv4_only":
        return Side(lab.open_host(number, ipv6=False))
    carrier = make(lab, CARRIER[kind], 20 + number, engine, settings, is_carrier=True) if kind in CARRIER else None
    router = make(lab, "port_restricted" if carrier else kind, number, engine, {} if carrier else settings,
                  carrier=carrier)
    only6 = kind == "ipv6_only"
    host = lab.behind(router, number, connected=not only6)
    if only6:
        lab.connect(host, "eth0", router)
    if ipv6 or only6:
        give_ipv6(lab, router, host, number, kind)
    return Side(host, ipv4=not only6, ipv6=ipv6 or only6)


def make(lab, kind, number, engine, settings, **where):
    if kind in BOX_ONLY or engine == "box" and kind in BOX:
        hops = 0 if where.get("carrier") else BOX_HOPS
        return lab.box(number, hops=hops, **BOX[kind], **settings, **where)
    router = lab.nat(number, **where)
    if kind == "symmetric_random":
        router.masquerade(random=True)
    elif kind in ("full_cone", "address_restricted"):
        router.one_to_one(f"{router.inside}.2", asked_only=kind == "address_restricted")
    elif kind == "udp_blocked":
        router.masquerade(udp=False)
    return router


def give_ipv6(lab, router, host, number, kind):
    """A carrier's customers get IPv6 past its NAT."""
    device = "wan6" if kind in CARRIER else "wan"
    if kind in CARRIER:
        lab.connect(router, device)
    lab.give_ipv6(router, number, device)
    lab.plug_ipv6(host, router)
    if kind == "udp_blocked":
        router.block_udp_ipv6()
