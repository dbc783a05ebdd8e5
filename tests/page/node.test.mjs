import assert from "node:assert/strict";
import { test } from "node:test";

import { NodeModel } from "./web/model/node.js";
import { Unread } from "./web/model/unread.js";
import { candidateWords, isSession, linkReason, nobodyWords, remoteCandidateWords, summariseDelivery, summariseLinks } from "./web/model/words.js";

const peer = (id, state, more = {}) => ({ id, name: id, state, message: "", encrypted: false, ...more });

function introduced(more = {}) {
	const node = new NodeModel();
	node.apply({
		type: "init_info", worker_id: "me", name: "Kitchen", version: "0.1.0", max_message: 1057, encrypted: false,
		run: "r1", signaling: { state: "online", message: "" }, ready: true, peers: [peer("ann", "up")],
		plugins: [{ name: "stun", state: "ready", required: true }], mapping: "endpoint-independent",
		candidates: [{ type: "host", address: "192.0.2.1:1", source: "s" }], ...more,
	});
	return node;
}

test("the node introduces itself", () => {
	const node = introduced();
	assert.equal(node.self.maxMessage, 1057);
	assert.equal(node.signaling.state, "online");
	assert.equal(node.peer("ann").state, "up");
	assert.equal(node.network.candidates.length, 1);
	assert.equal(node.peer("bob"), null);
});

test("an introduction of the first version is enough", () => {
	const node = new NodeModel();
	node.apply({ type: "init_info", worker_id: "me", p2p_peer_id: null });
	assert.equal(node.self.id, "me");
	assert.equal(node.self.maxMessage, 0);
	assert.deepEqual(node.peers, []);
});

test("changes are taken one by one", () => {
	const node = introduced();
	node.apply({ type: "peer", peer: peer("bob", "attempted") });
	node.apply({ type: "peer", peer: peer("ann", "lost") });
	assert.deepEqual(node.peers.map(({ id, state }) => [id, state]), [["ann", "lost"], ["bob", "attempted"]]);
	node.apply({ type: "peer_forgotten", peer_id: "ann" });
	assert.equal(node.peers.length, 1);
	node.apply({ type: "signaling", state: "refused", message: "unauthorised" });
	assert.equal(node.signaling.message, "unauthorised");
	node.apply({ type: "network", mapping: "address-dependent", candidates: [] });
	assert.equal(node.network.mapping, "address-dependent");
	node.apply({ type: "later" });
	node.apply({ type: "toString" });
	node.apply({});
});

test("troubled plugins are told, and whether the node is ready", () => {
	const node = introduced();
	assert.deepEqual(node.troubledPlugins, []);
	node.apply({ type: "plugin", plugin: { name: "echo", state: "failed", required: false } });
	assert.equal(node.ready, true);
	assert.equal(node.troubledPlugins.length, 1);
	node.apply({ type: "plugin", plugin: { name: "stun", state: "failed", required: true } });
	assert.equal(node.ready, false);
	node.apply({ type: "plugin", plugin: { name: "stun", state: "degraded", required: true } });
	assert.equal(node.ready, true);
});

test("notices are kept until they are read, each once, and not without bound", () => {
	const node = introduced();
	for (const message of ["one", "two", "one", ""])
		node.apply({ type: "notice", message });
	assert.deepEqual(node.notices.map(({ text }) => text), ["one", "two"]);
	node.dismissNotice(node.notices[0]);
	assert.deepEqual(node.notices.map(({ text }) => text), ["two"]);
	for (let i = 0; i < 100; i++)
		node.apply({ type: "notice", message: `n${i}` });
	assert.equal(node.notices.length, 5);
});

test("whether words are encrypted is the link's to say while it is up", () => {
	const node = new NodeModel();
	assert.equal(node.encrypted(), null);
	const other = introduced({ encrypted: true, peers: [peer("ann", "up"), peer("bob", "lost")] });
	assert.equal(other.encrypted(), true);
	assert.equal(other.encrypted("ann"), false);
	assert.equal(other.encrypted("bob"), true);
});

test("all links together are summarised truthfully", () => {
	const online = { state: "online" };
	assert.equal(summariseLinks([], online).text, "Waiting for somebody to join the room");
	assert.equal(summariseLinks([], { state: "offline" }).text, "Waiting to go online");
	assert.deepEqual(summariseLinks([peer("ann", "lost", { message: "no answer" })], online),
		{ state: "lost", text: "Lost: no answer" });
	assert.deepEqual(summariseLinks([peer("a", "lost"), peer("b", "up"), peer("c", "silent")], online),
		{ state: "up", text: "1 of 3 links up" });
	assert.deepEqual(summariseLinks([peer("a", "attempted"), peer("b", "waiting")], online),
		{ state: "attempted", text: "0 of 2 links up" });
	const refused = peer("c", "refused", { message: "its id is not in [node] peers" });
	assert.deepEqual(summariseLinks([peer("a", "up"), refused], online), { state: "up", text: "Up: datagrams arrive" });
	assert.deepEqual(summariseLinks([refused], online),
		{ state: "refused", text: "Refused: its id is not in [node] peers" });
	assert.equal(summariseLinks([refused, refused], online).text, "2 peers are refused");
	assert.deepEqual(summariseLinks([], { state: "refused" }), { state: "refused", text: "The rendezvous refuses this node" });
	assert.equal(linkReason(peer("a", "attempted")), "datagrams are sent, none has come back yet");
});

test("that nobody is in the room is said only by the rendezvous", () => {
	assert.match(nobodyWords({ state: "online" }), /^Nobody else is in the room yet/);
	assert.match(nobodyWords({ state: "refused" }), /^The rendezvous refuses this node/);
	for (const state of ["offline", "connecting", undefined])
		assert.equal(nobodyWords({ state }), "Peers appear here once this node is online.");
});

test("whoever is lost is in the room or has left it", () => {
	const lost = (more) => linkReason(peer("a", "lost", { message: "the peer ended the link", ...more }));
	assert.equal(lost({ present: true }), "the peer ended the link; it is in the room");
	assert.equal(lost({ present: false }), "the peer ended the link; it has left the room");
	assert.equal(lost({}), "the peer ended the link", "an older node does not say");
	assert.equal(lost({ present: false, message: "silent, and the peer has left the rendezvous" }),
		"silent, and the peer has left the rendezvous");
	assert.equal(linkReason(peer("a", "attempted", { present: false, message: "asked" })), "asked");
});

test("an address of the other side is not this machine's", () => {
	assert.equal(candidateWords("host"), "this machine");
	assert.equal(remoteCandidateWords("host"), "its own address");
	assert.equal(remoteCandidateWords("peer-reflexive"), "seen by this node");
	assert.equal(remoteCandidateWords("relayed"), "relay");
	assert.equal(remoteCandidateWords(undefined), "");
	assert.equal(isSession({ type: "relayed", address: "[100::1:2]:9" }), true);
	assert.equal(isSession({ type: "relayed", address: "192.0.2.1:9" }), false);
});

test("a link that carries says which way it goes", () => {
	const up = (path, message) => linkReason(peer("a", "up", { path, message }));
	assert.equal(up("direct", ""), "direct");
	assert.equal(up("relayed", ""), "relayed");
	assert.equal(up("relayed", "trying direct…"), "relayed, trying direct…");
	assert.equal(up("relayed", "relayed, trying direct…"), "relayed, trying direct…");
	assert.equal(up("direct, same network", "its datagrams arrive"), "direct, same network, its datagrams arrive");
	assert.equal(up(null, "its datagrams arrive"), "its datagrams arrive");
	assert.equal(linkReason(peer("a", "lost", { path: "relayed", message: "no answer" })), "no answer");
});

test("a message to several says its worst fate", () => {
	const entry = (...deliveries) => ({ pending: false, deliveries: new Map(deliveries.map((one, at) => [at, one])) });
	assert.equal(summariseDelivery({ pending: true }).state, "sending");
	assert.equal(summariseDelivery(entry()).state, "sent");
	assert.deepEqual(summariseDelivery(entry({ state: "delivered" })), { state: "delivered", text: "Delivered" });
	assert.deepEqual(
		summariseDelivery(entry({ state: "delivered" }, { state: "failed", message: "the peer is gone" })),
		{ state: "failed", text: "Not delivered (1 of 2): the peer is gone" });
	assert.equal(summariseDelivery(entry({ state: "unconfirmed" }, { state: "sent" })).state, "sent");
	assert.equal(summariseDelivery(entry({ state: "queued", message: "the link is not up" })).text,
		"Queued until the link is up");
});

test("what was not seen is counted by peer", () => {
	const unread = new Unread();
	unread.received("ann", false);
	unread.received("ann", false);
	unread.received("bob", false);
	unread.received("bob", true);
	assert.deepEqual([unread.of("ann"), unread.of("bob"), unread.of("eve"), unread.total], [2, 1, 0, 3]);
	unread.saw("ann");
	unread.forget("eve");
	assert.equal(unread.total, 1);
	unread.saw(null);
	assert.equal(unread.total, 0);
});

test("what was said of a refusal is over with it", () => {
	const id = "0123456789abcdef";
	const node = introduced({ peers: [peer(id, "refused", { refusal: "codes_differ" })] });
	node.apply({ type: "notice", message: "not linking with ann (01234567): the codes were not the same" });
	node.apply({ type: "notice", message: "not linking with bob (76543210): the codes were not the same" });
	node.apply({ type: "peer", peer: peer(id, "waiting", { refusal: null }) });
	assert.deepEqual(node.newNotices.map(({ text }) => text), ["not linking with bob (76543210): the codes were not the same"]);
});

test("an alarm that has a banner of its own is no notice as well", () => {
	const node = introduced({ peers: [peer("eve-id", "refused", { refusal: "identity_changed" })] });
	node.apply({ type: "notice", message: "Refused: somebody (eve-id, not ann-id)" });
	node.apply({ type: "notice", message: "Something else" });
	assert.deepEqual(node.newNotices.map(({ text }) => text), ["Something else"]);
	node.apply({ type: "peer", peer: peer("eve-id", "waiting", { refusal: null }) });
	assert.deepEqual(node.newNotices.map(({ text }) => text), ["Something else"], "it is over");
});
