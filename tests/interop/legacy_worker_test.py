#!/usr/bin/python3
"""Workers that speak only the plain wire, with our rendezvous, our STUN server and our nodes."""

import signal
import sys
import time
import unittest
import uuid

import processes

BINARY = "gimlet"
WORDS = "grüße \U0001f44b \"quoted\" \\ <b>bold</b>\nsecond line"
OFFER = ["peer_udp_ip", "peer_udp_port", "peer_worker_id", "type"]


class Legacy(unittest.TestCase):
    def setUp(self):
        self.cast = processes.Cast(BINARY)
        self.addCleanup(self.cast.close)

    def own_id(self, node):
        return node.wait("its own id", lambda o: o["type"] == "init_info")["worker_id"]

    def chat(self, node, node_id, worker, worker_id, words):
        """The words go both ways."""
        worker.say("worker: " + words)
        node.wait_text("worker: " + words, worker_id)
        node.say("node: " + words, worker_id)
        worker.wait_event("chat", peer=node_id, content="node: " + words)

    def link(self, node_name="node", worker_name="worker"):
        node = self.cast.node(node_name)
        node_id = self.own_id(node)
        worker = self.cast.worker(worker_name)
        worker_id = worker.wait_event("registered")["id"]
        self.assertEqual(OFFER, worker.wait_event("offer", peer=node_id)["keys"])
        node.wait_link(worker_id)
        worker.wait_event("up", peer=node_id)
        return node, node_id, worker, worker_id

    def test_pairs_and_chats_with_a_node(self):
        node, node_id, worker, worker_id = self.link()
        self.chat(node, node_id, worker, worker_id, WORDS)
        self.chat(node, node_id, worker, worker_id, "x" * 1000)

    def test_stays_linked_through_two_silent_minutes(self):
        node, node_id, worker, worker_id = self.link()
        time.sleep(125)
        states = [o["peer"]["state"] for o in node.pending() if o["type"] == "peer" and o["peer"]["id"] == worker_id]
        self.assertNotIn("lost", states, node.report())
        self.assertNotIn("attempted", states, node.report())
        self.assertEqual([], [o for o in worker.pending() if o["event"] in ("offer", "closed", "chat")])
        self.chat(node, node_id, worker, worker_id, "still there")

    def test_two_workers_and_one_node(self):
        node, node_id, first, first_id = self.link("node", "first")
        second = self.cast.worker("second")
        second_id = second.wait_event("registered")["id"]
        second.wait_event("offer", peer=node_id)
        node.wait_link(second_id)
        self.chat(node, node_id, first, first_id, "one")
        self.chat(node, node_id, second, second_id, "two")
        node.say("to all")
        for worker in (first, second):
            worker.wait_event("chat", peer=node_id, content="to all")
        first.kill()
        node.wait("that the first left", lambda o: o["type"] == "peer" and o["peer"]["id"] == first_id
                  and not o["peer"]["present"])
        self.chat(node, node_id, second, second_id, "three")

    def test_a_worker_meets_one_peer_after_the_other(self):
        node, node_id, worker, worker_id = self.link()
        other = self.cast.node("other")
        other_id = self.own_id(other)
        other.wait_link(node_id)
        self.assertEqual([], [o for o in worker.pending() if o["event"] == "offer"])
        node.kill()
        worker.wait_event("offer", peer=other_id)
        other.wait_link(worker_id)
        self.chat(other, other_id, worker, worker_id, WORDS)

    def test_a_worker_that_loses_the_rendezvous_comes_back(self):
        node, node_id, worker, worker_id = self.link(worker_name="worker")
        worker.process.send_signal(signal.SIGSTOP)
        replacement = self.cast.worker("replacement", WORKER_ID=worker_id, RETRY_SEC="1")
        offer = replacement.wait_event("offer", peer=node_id)
        self.assertEqual(OFFER, offer["keys"])
        self.chat_through(node, node_id, replacement, worker_id)
        worker.process.send_signal(signal.SIGCONT)
        self.assertEqual(4409, worker.wait_event("closed")["code"])

    def chat_through(self, node, node_id, worker, worker_id):
        """As chat(), to a worker whose link is made anew: words to the old address may be lost."""
        worker.wait_event("up", peer=node_id)
        worker.say("worker: again")
        node.wait_text("worker: again", worker_id)
        for attempt in range(20):
            node.say(f"node: {attempt}", worker_id)
            try:
                worker.wait("words of the node", lambda o: o["event"] == "chat" and o["peer"] == node_id, 2)
                return
            except AssertionError:
                continue
        self.fail(f"no words of the node arrived\n{node.report()}\n{worker.report()}")


class LegacyAndEncryption(unittest.TestCase):
    """Beside a transport that encrypts."""

    def setUp(self):
        self.cast = processes.Cast(BINARY)
        self.addCleanup(self.cast.close)

    def test_a_node_that_encrypts_says_what_to_set(self):
        node = self.cast.node("node", "udp-punch")
        worker = self.cast.worker("worker")
        worker_id = worker.wait_event("registered")["id"]
        told = node.wait("why there is no link", lambda o: o["type"] == "notice" and worker_id in o["message"])
        self.assertEqual(f"cannot link with {worker_id}: it speaks udp-plain/1 only; add udp-plain to [node] plugins to "
                         "talk with it without encryption", told["message"])

    def test_a_node_that_has_both_serves_it_and_calls_it_unproven(self):
        node = self.cast.node("node", "udp-punch, udp-plain")
        worker = self.cast.worker("worker")
        worker_id = worker.wait_event("registered")["id"]
        node.wait_link(worker_id)
        worker.wait_event("up")
        worker.say(WORDS)
        node.wait_text(WORDS, worker_id)
        other = self.cast.node("other", "udp-punch")
        other_id = other.wait("its own id", lambda o: o["type"] == "init_info")["worker_id"]
        link = node.wait("the encrypted link", lambda o: o["type"] == "peer" and o["peer"]["id"] == other_id
                         and o["peer"]["state"] == "up")["peer"]
        self.assertEqual((True, "proven"), (link["encrypted"], link["trust"]))
        node.say("to the worker", worker_id)
        worker.wait_event("chat", content="to the worker")


class LegacyAlone(unittest.TestCase):
    """Without a node: our rendezvous and STUN server between workers of the first version."""

    def setUp(self):
        self.cast = processes.Cast(BINARY)
        self.addCleanup(self.cast.close)

    def test_two_workers_chat(self):
        one, two = self.cast.worker("one"), self.cast.worker("two")
        ids = [worker.wait_event("registered")["id"] for worker in (one, two)]
        for worker, peer in ((one, ids[1]), (two, ids[0])):
            self.assertEqual("ok", worker.wait_event("acknowledged")["status"])
            offer = worker.wait_event("offer", peer=peer)
            self.assertEqual(OFFER, offer["keys"])
            self.assertEqual("127.0.0.1", offer["ip"])
            worker.wait_event("up")
        one.say(WORDS)
        two.wait_event("chat", peer=ids[0], content=WORDS)
        two.say(WORDS)
        one.wait_event("chat", peer=ids[1], content=WORDS)

    def test_an_id_in_use_stays_with_who_lives_and_goes_to_who_comes_when_not(self):
        worker_id = str(uuid.uuid4())
        older = self.cast.worker("older", WORKER_ID=worker_id)
        older.wait_event("acknowledged", status="ok")
        newer = self.cast.worker("newer", WORKER_ID=worker_id, RETRY_SEC="1")
        self.assertEqual(4409, newer.wait_event("closed")["code"])
        older.process.send_signal(signal.SIGSTOP)
        newer.wait_event("acknowledged", status="ok")
        older.process.send_signal(signal.SIGCONT)
        self.assertEqual(4409, older.wait_event("closed")["code"])


if __name__ == "__main__":
    if "--gimlet" in sys.argv:
        at = sys.argv.index("--gimlet")
        BINARY = sys.argv[at + 1]
        del sys.argv[at:at + 2]
    unittest.main(verbosity=2)
