import assert from "node:assert/strict";
import { test } from "node:test";

import { Conversation, MAX_MESSAGES, concerns } from "./web/model/conversation.js";

const received = (seq, content = "hi", from = "ann") =>
	({ type: "p2p_message_received", from_peer_id: from, name: "Ann", content, id: "", time: 1000 + seq, seq });
const sent = (seq, id, to = ["ann"], deliveries) =>
	({ type: "message_sent", id, content: `text of ${id}`, to, time: 1000 + seq, seq, deliveries });
const delivery = (id, state, peer = "ann", message = "") =>
	({ type: "delivery", id, peer_id: peer, state, message });
const contents = (conversation) => conversation.entries.map((entry) => entry.content ?? entry.text);

test("a message of ours goes from pending over accepted to delivered", () => {
	const conversation = new Conversation();
	conversation.begin("run", "");
	conversation.pend({ id: "m1", content: "hello", to: null, time: 1 });
	const [entry] = conversation.entries;
	assert.equal(entry.pending, true);
	assert.equal(conversation.apply(sent(1, "m1")), null, "it is no news");
	assert.equal(entry.pending, false);
	assert.deepEqual(entry.to, ["ann"]);
	const before = entry.revision;
	conversation.apply(delivery("m1", "delivered"));
	assert.equal(entry.deliveries.get("ann").state, "delivered");
	assert.ok(entry.revision > before);
	assert.equal(conversation.entries.length, 1);
});

test("what another page sends is shown too", () => {
	const conversation = new Conversation();
	conversation.begin("run", "");
	assert.equal(conversation.apply(sent(1, "m1")).kind, "sent");
	conversation.apply(delivery("unknown", "delivered"));
	assert.deepEqual(contents(conversation), ["text of m1"]);
});

test("after a reconnection nothing is lost and nothing is shown twice", () => {
	const conversation = new Conversation();
	conversation.begin("run", "");
	conversation.apply({ type: "history", messages: [received(1, "one"), sent(2, "m2")] });
	conversation.apply(received(3, "three"));
	assert.deepEqual(conversation.begin("run", "restarted"), { same: true, pending: [] });
	conversation.apply({
		type: "history",
		messages: [received(1, "one"), sent(2, "m2", ["ann"], [{ peer_id: "ann", state: "delivered", message: "" }]),
			received(3, "three"), received(4, "missed")],
	});
	assert.deepEqual(contents(conversation), ["one", "text of m2", "three", "missed"]);
	assert.equal(conversation.entries[1].deliveries.get("ann").state, "delivered");
});

test("a message handed over before the connection broke is asked for again, or found in the history", () => {
	const conversation = new Conversation();
	conversation.begin("run", "");
	conversation.pend({ id: "m1", content: "hello", to: "ann", time: 1 });
	const { same, pending } = conversation.begin("run", "");
	assert.equal(same, true);
	assert.deepEqual(pending.map((entry) => entry.id), ["m1"]);
	conversation.apply({ type: "history", messages: [sent(1, "m1")] });
	assert.equal(conversation.pending("m1"), null);
	assert.equal(conversation.entries.length, 1);
});

test("another node, or a restarted one, begins below a line", () => {
	const conversation = new Conversation();
	conversation.begin("a", "never shown");
	conversation.apply(sent(1, "m1", ["ann", "bob"]));
	conversation.apply(delivery("m1", "queued", "ann"));
	conversation.apply(delivery("m1", "sent", "bob"));
	conversation.pend({ id: "m2", content: "hello", to: null, time: 1 });
	const { same, pending } = conversation.begin("b", "another one");
	assert.equal(same, false);
	assert.equal(pending.length, 1);
	conversation.remove(pending[0]);
	conversation.apply(received(1, "first of the new one"));
	assert.deepEqual(contents(conversation), ["text of m1", "another one", "first of the new one"]);
	const [entry] = conversation.entries;
	assert.equal(entry.deliveries.get("ann").state, "failed");
	assert.equal(entry.deliveries.get("bob").state, "unconfirmed");
});

test("a refused message can stay, as one that went nowhere", () => {
	const conversation = new Conversation();
	conversation.begin("run", "");
	conversation.pend({ id: "m1", content: "hello", to: null, time: 1 });
	conversation.refuse(conversation.pending("m1"), "too large");
	assert.equal(conversation.pending("m1"), null);
	assert.deepEqual([...conversation.entries[0].deliveries.values()], [{ state: "failed", message: "too large" }]);
});

test("messages of a node that does not count are all new", () => {
	const conversation = new Conversation();
	conversation.begin("run", "");
	conversation.apply(received(undefined, "one"));
	conversation.apply(received(undefined, "one"));
	assert.equal(conversation.entries.length, 2);
});

test("the oldest messages go", () => {
	const conversation = new Conversation();
	conversation.begin("run", "");
	for (let seq = 1; seq <= MAX_MESSAGES; seq++)
		conversation.apply(received(seq));
	assert.equal(conversation.trimmed, false);
	conversation.apply(received(MAX_MESSAGES + 1, "last"));
	assert.equal(conversation.entries.length, MAX_MESSAGES);
	assert.equal(conversation.trimmed, true);
	assert.equal(conversation.entries.at(-1).content, "last");
});

test("what else the node says is no message", () => {
	const conversation = new Conversation();
	conversation.begin("run", "");
	for (const object of [{ type: "notice", message: "x" }, { type: "history" }, {}])
		assert.equal(conversation.apply(object), null);
	assert.equal(conversation.entries.length, 0);
});

test("entries concern the peer that they came from or went to", () => {
	const conversation = new Conversation();
	conversation.begin("a", "");
	conversation.apply(received(1, "x", "ann"));
	conversation.apply(sent(2, "m2", ["ann", "bob"]));
	conversation.begin("b", "line");
	const concerned = (peer) => conversation.entries.map((entry) => concerns(entry, peer));
	assert.deepEqual(concerned(null), [true, true, true]);
	assert.deepEqual(concerned("ann"), [true, true, true]);
	assert.deepEqual(concerned("bob"), [false, true, true]);
	assert.deepEqual(concerned("eve"), [false, false, true]);
});
