// The words for states. The same words stand in the log, in /readyz and in the manual.

import { isLinked } from "./trust.js";

export const LINK_WORDS = {
	waiting: "Waiting",
	attempted: "Attempted",
	up: "Up",
	silent: "Silent",
	lost: "Lost",
	refused: "Refused",
};

const LINK_MEANING = {
	waiting: "nothing has been tried yet",
	attempted: "datagrams are sent, none has come back yet",
	up: "datagrams arrive",
	silent: "nothing has been heard for a while",
	lost: "given up until the rendezvous offers this peer again",
	refused: "this node will not link with it",
};

export const DELIVERY_WORDS = {
	sending: "Handing over",
	queued: "Queued until the link is up",
	sent: "Sent, not confirmed yet",
	delivered: "Delivered",
	unconfirmed: "Sent to a worker that never confirms",
	failed: "Not delivered",
};

const CANDIDATE_WORDS = {
	"host": "this machine",
	"server-reflexive": "seen from outside",
	"peer-reflexive": "seen by a peer",
	"relayed": "relay",
};

/// What an address of the other side is, where it is not what one of this side would be.
const REMOTE_CANDIDATE_WORDS = {
	"host": "its own address",
	"peer-reflexive": "seen by this node",
};

/// How good a state is, for the summary of several links.
const LINK_ORDER = ["lost", "waiting", "attempted", "silent", "up"];

/// Why a link is as it is; of one that carries, which way it goes: "relayed, trying direct…"; of one that is
/// lost, whether the peer is still there.
export function linkReason(peer) {
	const path = isLinked(peer) ? peer.path ?? "" : "";
	const message = peer.message ?? "";
	if (peer.state === "lost" && message && typeof peer.present === "boolean" && !message.includes("has left"))
		return `${message}; ${peer.present ? "it is in the room" : "it has left the room"}`;
	if (!path || message.startsWith(path))
		return message || LINK_MEANING[peer.state] || "";
	return message ? `${path}, ${message}` : path;
}

export function candidateWords(type) {
	return CANDIDATE_WORDS[type] ?? String(type ?? "");
}

export function remoteCandidateWords(type) {
	return REMOTE_CANDIDATE_WORDS[type] ?? candidateWords(type);
}

/// The addresses by which a relay of the rendezvous names its sessions (100::/64) say nothing to people.
export function isSession({ type, address }) {
	return type === "relayed" && address.startsWith("[100::");
}

/// Why there is no peer, in the place of their list. What is not known while offline is not claimed.
export function nobodyWords(signaling) {
	switch (signaling?.state) {
	case "online":
		return "Nobody else is in the room yet. Peers appear here by themselves.";
	case "refused":
		return "The rendezvous refuses this node, so no peers are found.";
	default:
		return "Peers appear here once this node is online.";
	}
}

/// The state and the sentence that stand for all links together.
export function summariseLinks(peers, signaling) {
	if (peers.length === 0 && signaling?.state === "refused")
		return { state: "refused", text: "The rendezvous refuses this node" };
	if (peers.length === 0) {
		const online = signaling?.state === "online";
		return { state: "waiting", text: online ? "Waiting for somebody to join the room" : "Waiting to go online" };
	}
	const wanted = peers.filter((peer) => peer.state !== "refused");
	if (wanted.length === 0)
		return { state: "refused", text: peers.length === 1 ? `Refused: ${linkReason(peers[0])}` : `${peers.length} peers are refused` };
	return summariseWanted(wanted);
}

function summariseWanted(peers) {
	const best = peers.reduce((left, right) =>
		LINK_ORDER.indexOf(right.state) > LINK_ORDER.indexOf(left.state) ? right : left);
	const up = peers.filter((peer) => peer.state === "up").length;
	if (peers.length === 1)
		return { state: best.state, text: `${LINK_WORDS[best.state]}: ${linkReason(best)}` };
	return { state: best.state, text: `${up} of ${peers.length} links up` };
}

/// What became of a message that went to several peers: the least good state says it, failures first.
export function summariseDelivery(entry) {
	if (entry.pending)
		return { state: "sending", text: DELIVERY_WORDS.sending };
	const deliveries = [...entry.deliveries.values()];
	if (deliveries.length === 0)
		return { state: "sent", text: DELIVERY_WORDS.sent };
	for (const state of ["failed", "queued", "sent", "unconfirmed", "delivered"]) {
		const of = deliveries.filter((delivery) => delivery.state === state);
		if (of.length === 0)
			continue;
		const reason = state === "queued" ? "" : of.find((delivery) => delivery.message)?.message;
		const share = deliveries.length > 1 ? ` (${of.length} of ${deliveries.length})` : "";
		return { state, text: DELIVERY_WORDS[state] + share + (reason ? `: ${reason}` : "") };
	}
	return { state: "sent", text: DELIVERY_WORDS.sent };
}
