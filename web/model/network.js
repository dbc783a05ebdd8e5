// What is known of the network of the node, in words and in the order in which people read it. Pure.

import { formatRoundTrip } from "./text.js";

/// What the topics of facts are called, in the order in which they are shown.
const TOPICS = {
	"ipv4": "IPv4",
	"ipv6": "IPv6",
	"mtu": "MTU",
	"changes": "Changes",
	"udp": "UDP",
	"stun": "STUN",
	"mapping": "NAT mapping",
	"filtering": "NAT filtering",
	"port assignment": "NAT ports",
	"hairpin": "Hairpin",
	"port-mapping": "Port mapping",
	"rendezvous": "Rendezvous",
	"relay": "Relay",
	"turn": "TURN",
};

const MAPPINGS = {
	"endpoint-independent": "Endpoint-independent: every peer sees this node under the same address",
	"address-dependent": "Address-dependent (symmetric): the NAT shows each peer another port",
};

const FILTERINGS = {
	"endpoint-independent": "Endpoint-independent: it lets anybody in",
	"address-dependent": "Address-dependent: it lets in whoever was sent something",
	"address-and-port-dependent": "Address- and port-dependent: it lets in only the very port that was sent something",
};

const ASSIGNMENTS = {
	preserving: "Preserved: outside they are the same as inside",
	random: "Random: nobody can guess the next one",
};

const UDP = {
	works: { verdict: "good", text: "gets through, and the answers come back" },
	blocked: { verdict: "bad", text: "no answer comes back" },
};

/// What is known of a network before the node has said anything, and of what an older node leaves out.
export function networkOf({ mapping, candidates, nat, facts, udp, verdict } = {}) {
	return {
		mapping: mapping ?? "unknown", candidates: candidates ?? [], nat: nat ?? null, facts: facts ?? [],
		udp: udp ?? "unknown", verdict: verdict ?? [],
	};
}

/// @param candidates Those that were found: one address seen from outside tells nothing of how the NAT maps.
export function mappingWords(mapping, candidates = []) {
	if (mapping !== "unknown")
		return MAPPINGS[mapping] ?? String(mapping ?? "");
	return candidates.some((candidate) => candidate.type !== "host")
		? "Not measured: that takes a second STUN server at another address. Links are made without it."
		: "Not measured: no STUN server has answered. Links within one network are made without it.";
}

/// What is shown of the network, a row each: {verdict, label, text, time}; what is known of the NAT stands with what
/// plugins have said, unless they have said it themselves.
export function networkRows(network) {
	const rows = network.facts.map((fact) => ({ ...row(fact.topic, fact.verdict, factWords(fact)), time: timeOf(fact) }));
	const told = (topic) => network.facts.some((fact) => fact.topic === topic);
	// Who tells the mapping tells all there is to tell: where no NAT is, nothing of its ports.
	const more = told("mapping") ? [] : natRows(network).filter(({ topic }) => !told(topic));
	const udp = UDP[network.udp];
	return inOrder([...rows, ...more, ...(udp ? [row("udp", udp.verdict, udp.text)] : [])]);
}

function row(topic, verdict, text) {
	return { topic, label: TOPICS[topic] ?? topic, verdict, text, time: "" };
}

function factWords({ subject, text, value }) {
	const words = subject ? `${subject}: ${text}` : text;
	const tellsMore = value && !["yes", "no", "unknown"].includes(value) && !text.includes(value);
	return tellsMore ? `${words}, ${value}` : words;
}

function timeOf({ round_trip_ms: time }) {
	return time === null || time === undefined ? "" : formatRoundTrip(time);
}

function natRows({ nat, mapping, candidates }) {
	const good = mapping === "endpoint-independent" ? "good" : mapping === "unknown" ? "unknown" : "bad";
	const rows = [row("mapping", good, mappingWords(mapping, candidates))];
	if (FILTERINGS[nat?.filtering])
		rows.push(row("filtering", nat.filtering === "address-and-port-dependent" ? "unknown" : "good", FILTERINGS[nat.filtering]));
	if (nat?.assignment === "sequential")
		rows.push(row("port assignment", "unknown", `Sequential: each is ${Math.abs(nat.step)} ${nat.step < 0 ? "below" : "above"} the one before`));
	else if (ASSIGNMENTS[nat?.assignment])
		rows.push(row("port assignment", "unknown", ASSIGNMENTS[nat.assignment]));
	if (typeof nat?.hairpin === "boolean")
		rows.push(row("hairpin", nat.hairpin ? "good" : "unknown", nat.hairpin
			? "Yes: nodes behind this NAT reach each other by its public address, too"
			: "No: nodes behind this NAT reach each other by their local addresses only"));
	return rows;
}

function inOrder(rows) {
	const order = Object.keys(TOPICS);
	const rank = ({ topic }) => order.includes(topic) ? order.indexOf(topic) : order.length;
	return [...rows].sort((left, right) => rank(left) - rank(right));
}
