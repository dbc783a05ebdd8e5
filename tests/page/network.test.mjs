import assert from "node:assert/strict";
import { test } from "node:test";

import { NodeModel } from "./web/model/node.js";
import { mappingWords, networkOf, networkRows } from "./web/model/network.js";

const fact = (topic, verdict, text, more = {}) => ({ topic, subject: null, verdict, text, value: null, round_trip_ms: null, ...more });

const NAT = { mapping: "address-dependent", filtering: "address-and-port-dependent", assignment: "sequential", step: -2, hairpin: false };

/// What is shown of each row: its label and its words.
function shown(network) {
	return networkRows(networkOf(network)).map(({ label, text }) => [label, text]);
}

test("the node's network is taken, live, and an older node's as well", () => {
	const node = new NodeModel();
	assert.deepEqual(node.network, networkOf());
	node.apply({ type: "init_info", worker_id: "me", mapping: "unknown", candidates: [], udp: "blocked", verdict: ["No."] });
	assert.equal(node.network.udp, "blocked");
	node.apply({ type: "network", mapping: "address-dependent", candidates: [], nat: NAT, facts: [fact("relay", "good", "answers")],
		udp: "works", verdict: ["Yes.", "And."] });
	assert.deepEqual(node.network.verdict, ["Yes.", "And."]);
	assert.equal(node.network.nat.step, -2);
	node.apply({ type: "network", mapping: "unknown", candidates: [] });
	assert.deepEqual(node.network, networkOf());
});

test("rows stand in the order in which people read them, each with its mark and time", () => {
	const rows = networkRows(networkOf({
		mapping: "endpoint-independent", udp: "works",
		facts: [fact("turn", "bad", "no answer in 5 s", { subject: "turn.example.org" }), fact("later", "unknown", "something"),
			fact("stun", "good", "answers", { subject: "stun.example.org:3478 IPv4", value: "203.0.113.7:40001", round_trip_ms: 23.4 }),
			fact("ipv4", "good", "sends from 192.168.1.5 by eth0", { value: "192.168.1.5" })],
	}));
	assert.deepEqual(rows.map(({ label }) => label), ["IPv4", "UDP", "STUN", "NAT mapping", "TURN", "later"]);
	assert.deepEqual(rows.map(({ verdict }) => verdict), ["good", "good", "good", "good", "bad", "unknown"]);
	assert.equal(rows[0].text, "sends from 192.168.1.5 by eth0", "what is said is not said twice");
	assert.equal(rows[2].text, "stun.example.org:3478 IPv4: answers, 203.0.113.7:40001");
	assert.equal(rows[2].time, "23 ms");
	assert.equal(rows[1].time, "");
});

test("what is known of the NAT is said, unless a plugin has said it", () => {
	assert.deepEqual(shown({ mapping: "address-dependent", nat: NAT }).map(([label]) => label),
		["NAT mapping", "NAT filtering", "NAT ports", "Hairpin"]);
	const ports = (nat) => shown({ nat: { ...NAT, ...nat } }).find(([label]) => label === "NAT ports")[1];
	assert.equal(ports({}), "Sequential: each is 2 below the one before");
	assert.equal(ports({ step: 1 }), "Sequential: each is 1 above the one before");
	assert.match(ports({ assignment: "random" }), /Random/);
	const told = shown({ nat: NAT, facts: [fact("filtering", "unknown", "as the plugin says it")] });
	assert.deepEqual(told.filter(([label]) => label === "NAT filtering"), [["NAT filtering", "as the plugin says it"]]);
	const without = shown({ nat: NAT, facts: [fact("mapping", "good", "no NAT"), fact("filtering", "good", "lets anybody in")] });
	assert.deepEqual(without, [["NAT mapping", "no NAT"], ["NAT filtering", "lets anybody in"]], "there are no ports of a NAT that is not there");
	assert.deepEqual(shown({}), [["NAT mapping", mappingWords("unknown")]]);
});

test("what a NAT does is not guessed, and that is no alarm", () => {
	assert.match(mappingWords("unknown", [{ type: "server-reflexive" }]), /second STUN server.*made without it/);
	assert.match(mappingWords("unknown", [{ type: "host" }]), /no STUN server has answered/);
	assert.match(mappingWords("address-dependent", []), /another port/);
});
