"""natbox does what its settings say, seen from a host behind it and from the public network."""

import contextlib
import socket
import sys
import threading
import time
import unittest

import lab
import labtest

PEER = (lab.SERVER, 7000)
PEER_OTHER_PORT = (lab.SERVER, 7001)
STRANGER = (lab.SECOND_SERVER, 7000)
ECHO = bytes.fromhex("0800 836a 7474 0021")  # identifier 7474; the sum is that of the whole
ECHO_REPLY = bytes.fromhex("0000 8b6a 7474 0021")
SOON = 5  # seconds; a bound of failure
NEVER = 0.3  # what has not come by then was dropped: everything here is one machine


class BoxTest(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(lab.Lab())
        self.peers = {address: self.bound(self.lab.server, address) for address in (PEER, PEER_OTHER_PORT, STRANGER)}

    def bound(self, host, address, kind=socket.SOCK_DGRAM):
        made = self.enterContext(contextlib.closing(host.socket(kind)))
        made.settimeout(SOON)
        made.bind(address)
        return made

    def make(self, **settings):
        self.box = self.lab.box(1, seed=1, **settings)
        self.host = self.lab.behind(self.box, 1)
        self.inside = self.bound(self.host, ("10.1.0.2", 5000))

    def out(self, to, sender=None, words=b"out"):
        """Sends to a peer; the address that it came from."""
        (sender or self.inside).sendto(words, to)
        got, source = self.peers[to].recvfrom(100)
        self.assertEqual(got, words)
        return source

    def comes_in(self, peer, to, within=SOON, words=b"in"):
        """Whether what a peer sends there reaches the host in so many seconds."""
        self.peers[peer].sendto(words, to)
        self.inside.settimeout(within)
        try:
            return self.inside.recvfrom(100) == (words, peer)
        except TimeoutError:
            return False

    def test_port_restricted_is_what_it_is_by_itself(self):
        self.make()
        mapped = self.out(PEER)
        self.assertEqual(mapped, ("203.0.113.11", 5000))
        self.assertEqual(self.out(STRANGER), mapped)
        self.assertTrue(self.comes_in(PEER, mapped))
        self.assertTrue(self.comes_in(STRANGER, mapped))
        self.assertFalse(self.comes_in(PEER_OTHER_PORT, mapped, NEVER))
        self.assertFalse(self.comes_in(PEER, ("203.0.113.11", 5001), NEVER))

    def test_full_cone_lets_everybody_in(self):
        self.make(filtering="endpoint")
        mapped = self.out(PEER)
        for peer in self.peers:
            self.assertTrue(self.comes_in(peer, mapped), peer)

    def test_address_restricted_asks_for_the_address_only(self):
        self.make(filtering="address")
        mapped = self.out(PEER)
        self.assertTrue(self.comes_in(PEER_OTHER_PORT, mapped))
        self.assertFalse(self.comes_in(STRANGER, mapped, NEVER))

    def test_symmetric_maps_each_destination_anew(self):
        self.make(mapping="port", allocation="sequential", ports="30000-30099")
        first, second, third = (self.out(peer)[1] for peer in self.peers)
        self.assertEqual([(second - first) % 100, (third - second) % 100], [1, 1])
        self.assertEqual(self.out(PEER)[1], first)
        self.assertFalse(self.comes_in(PEER_OTHER_PORT, ("203.0.113.11", first), NEVER))

    def test_random_ports_are_of_the_block(self):
        self.make(mapping="address", allocation="random", ports="40000-40063")
        first = self.out(PEER)[1]
        self.assertEqual(self.out(PEER_OTHER_PORT)[1], first)
        ports = {first, self.out(STRANGER)[1]}
        self.assertEqual(len(ports), 2)
        self.assertTrue(all(40000 <= port <= 40063 for port in ports), ports)

    def test_hairpin_is_as_it_was_set(self):
        self.make(hairpin="yes", filtering="endpoint")
        mapped = self.out(PEER)
        neighbour = self.lab.host("neighbour")
        self.lab.plug(neighbour, self.box, 1, 3, alone=True)
        other = self.bound(neighbour, ("10.1.0.3", 5000))
        other.sendto(b"round", mapped)
        got, source = self.inside.recvfrom(100)
        self.assertEqual((got, source), (b"round", ("203.0.113.11", 5001)))  # its port is taken
        self.box.tell("set hairpin=no")
        self.out(PEER)
        other.sendto(b"round", mapped)
        self.inside.settimeout(NEVER)
        self.assertRaises(TimeoutError, self.inside.recv, 100)

    def test_a_planted_flow_costs_the_mapping(self):
        self.make(stray="planted")
        mapped = self.out(PEER)
        self.assertFalse(self.comes_in(STRANGER, mapped, NEVER))
        self.assertNotEqual(self.out(STRANGER), mapped)
        self.assertEqual(self.out(PEER), mapped)

    def test_an_idle_mapping_expires(self):
        self.make(idle=0.5, filtering="endpoint")
        mapped = self.out(PEER)
        time.sleep(0.6)
        self.assertFalse(self.comes_in(PEER, mapped, NEVER))

    def test_a_busy_mapping_ends_after_an_absolute_time(self):
        self.make(absolute=0.6, allocation="random")
        mapped, end = self.out(PEER), time.monotonic() + SOON
        while self.out(PEER) == mapped:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.1)

    def test_it_forgets_and_maps_anew_when_told(self):
        self.make()
        mapped = self.out(PEER)
        self.box.tell("expire")
        self.assertFalse(self.comes_in(PEER, mapped, NEVER))
        self.assertEqual(self.out(PEER), mapped)
        self.box.rebind()
        first = self.out(PEER)
        self.box.rebind()
        self.assertEqual(len({mapped, first, self.out(PEER)}), 3)

    def test_it_drops_for_a_while(self):
        self.make()
        mapped = self.out(PEER)
        self.box.tell("drop 1")
        began = time.monotonic()
        while not self.comes_in(PEER, mapped, NEVER):
            self.assertLess(time.monotonic() - began, SOON)
        self.assertGreater(time.monotonic() - began, 0.9)

    def test_it_loses_and_blocks(self):
        self.make()
        mapped = self.out(PEER)
        for closed, opened in (("loss=100", "loss=0"), ("udp=no", "udp=yes")):
            self.box.tell(f"set {closed}")
            self.assertFalse(self.comes_in(PEER, mapped, NEVER), closed)
            self.box.tell(f"set {opened}")
            self.assertTrue(self.comes_in(PEER, mapped), opened)

    def test_packets_are_delayed_each_way(self):
        self.make(delay=100)
        began = time.monotonic()
        mapped = self.out(PEER)
        self.peers[PEER].sendto(b"back", mapped)
        self.inside.recv(100)
        self.assertGreaterEqual(time.monotonic() - began, 0.2)

    def test_few_hops_open_it_and_die_on_the_way(self):
        self.make(hops=4)
        self.inside.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 5)
        self.inside.sendto(b"near", PEER)
        self.inside.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 64)
        self.assertTrue(self.comes_in(PEER, ("203.0.113.11", 5000)))
        self.out(PEER, words=b"far")

    def test_it_has_several_addresses(self):
        self.box = self.lab.box(1, seed=1, also="203.0.113.60", pooling="arbitrary", mapping="port")
        self.host = self.lab.behind(self.box, 1)
        addresses = set()
        for port in range(5000, 5016):
            with contextlib.closing(self.host.socket()) as sender:
                sender.bind(("10.1.0.2", port))
                addresses.add(self.out(PEER, sender)[0])
        self.assertEqual(addresses, {"203.0.113.11", "203.0.113.60"})

    def test_tcp_and_ping_pass(self):
        self.make(mapping="port", allocation="random", udp="no")
        listener = self.bound(self.lab.server, PEER, socket.SOCK_STREAM)
        listener.listen()
        megabyte = bytes(range(256)) * 4096

        def serve():
            connection, _ = listener.accept()
            with connection:
                connection.sendall(megabyte)

        thread = threading.Thread(target=serve)
        thread.start()
        with contextlib.closing(self.host.socket(socket.SOCK_STREAM)) as client:
            client.settimeout(SOON)
            client.connect(PEER)
            got = b"".join(iter(lambda: client.recv(65536), b""))
        thread.join()
        self.assertEqual(got, megabyte)

        ping = self.enterContext(contextlib.closing(self.host.socket(socket.SOCK_RAW, socket.IPPROTO_ICMP)))
        ping.settimeout(SOON)
        ping.sendto(ECHO, (lab.SERVER, 0))
        self.assertEqual(ping.recv(100)[-len(ECHO):], ECHO_REPLY)

    def test_a_closed_port_is_told(self):
        """ICMP's errors find their way back, with what they quote translated."""
        self.make(allocation="random")
        self.inside.connect((lab.SERVER, 9))
        self.inside.send(b"anybody?")
        self.assertRaises(ConnectionRefusedError, self.inside.recv, 100)

    def test_what_it_does_not_know_it_says(self):
        self.make()
        for line in ("set mapping=none", "set shape=round", "set ports=9-8", "dance"):
            self.assertRaisesRegex(RuntimeError, line.split()[-1], self.box.tell, line)


if __name__ == "__main__":
    sys.exit(labtest.main())
