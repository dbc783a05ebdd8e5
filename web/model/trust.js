// What is true of a link's secrecy and of who is at its other end, in words. Pure.

import { displayName } from "./text.js";

const LINKED = ["up", "silent"];

export function isLinked(peer) {
	return LINKED.includes(peer?.state);
}

/// Whether a person, or the configuration, says whose identity it is.
export function isVerified(peer) {
	return peer?.trust === "verified" || peer?.trust === "configured";
}

/// Whether a person has ended the link because of its code, and may think better of it.
export function isEndedByCode(peer) {
	return peer?.refusal === "codes_differ";
}

/// Whether there is no code yet, but is going to be one.
export function isLinking(peer) {
	if (peer?.state === "waiting" || peer?.state === "attempted")
		return true;
	return isLinked(peer) && Boolean(peer.encrypted) && peer.trust === "proven" && !peer.code?.digits && !peer.code_failure;
}

/// Whether there are codes to compare with this peer.
export function canCompare(peer) {
	return isLinked(peer) && Boolean(peer.code?.digits);
}

const SECRECY = {
	open: {
		level: "open", text: "Not encrypted",
		meaning: "Whoever carries the datagrams between the nodes can read what is written here.",
	},
	closed: {
		level: "closed", text: "Encrypted, not verified",
		meaning: "Nobody on the way can read what is written here, but nobody has checked who is at the other end: compare the codes to be sure.",
	},
	verified: {
		level: "verified", text: "Encrypted and verified",
		meaning: "Only the two nodes can read what is written here, and it is known who is at the other end.",
	},
	differs: {
		level: "differs", text: "The codes differ",
		meaning: "Somebody may stand between you and the other: write nothing confidential here.",
	},
};

/// How secret the words to one peer are; null if there is nothing to say while there is no link.
export function secrecyOf(peer, differs = false) {
	if (!isLinked(peer))
		return null;
	if (differs)
		return SECRECY.differs;
	if (!peer.encrypted)
		return SECRECY.open;
	return isVerified(peer) ? SECRECY.verified : SECRECY.closed;
}

/// The same for all who are linked: as weak as the weakest of them; null if there are none.
export function secrecyOfAll(node) {
	const all = node.peers.map((peer) => secrecyOf(peer, node.differs(peer))).filter(Boolean);
	for (const level of ["differs", "open", "closed", "verified"]) {
		const found = all.find((one) => one.level === level);
		if (found)
			return found;
	}
	return null;
}

/// The same in the details, where there is a row for it in any case.
export function secrecyWords(peer, differs = false) {
	if (peer.refusal || peer.state === "refused")
		return "nothing is sent";
	return secrecyOf(peer, differs)?.text.toLowerCase() ?? "none without a link";
}

/// What is known of who a peer is.
export function identityWords(peer, differs = false) {
	if (peer.refusal === "identity_changed")
		return "not the one that was verified under this name";
	if (differs || peer.refusal === "codes_differ")
		return "the codes differ: somebody may stand in between";
	const earlier = peer.verified_as && peer.verified_as !== displayName(peer.name, peer.id).toLowerCase()
		? ` (verified before as ${peer.verified_as})` : "";
	// Whoever is verified already needs no code.
	const uncoded = isLinked(peer) && peer.code_failure ? `; there is no code to compare: ${peer.code_failure}` : "";
	switch (peer.trust) {
	case "verified":
		return "verified by comparing codes";
	case "configured":
		return "named in [node] peers and proven";
	case "proven":
		return `proven by its key, not verified${earlier}${uncoded}`;
	default:
		if (peer.verified_as)
			return `verified before as ${peer.verified_as}; not proven now`;
		return isLinked(peer) ? "not proven" : "not known without a link";
	}
}

const PATHS = {
	"direct": "direct, from node to node",
	"direct, same network": "direct, within the same network",
	"relayed": "through a relay, which sees encrypted data only",
};

export function pathWords(peer) {
	return PATHS[peer.path] ?? (peer.path || "none now");
}

/// Peers that people must hear of at once, worst first.
export function alarms(node) {
	const changed = node.peers.filter((peer) => peer.refusal === "identity_changed");
	const unproven = node.peers.filter((peer) => peer.refusal === "unproven");
	const differing = node.peers.filter((peer) => isLinked(peer) && node.differs(peer));
	return [
		...changed.map((peer) => ({ peer, kind: "changed", text: changedText(peer) })),
		...differing.map((peer) => ({ peer, kind: "differs", text: differsText(peer) })),
		...unproven.map((peer) => ({ peer, kind: "unproven", text: unprovenText(peer) })),
	];
}

function changedText(peer) {
	const name = displayName(peer.name, peer.id);
	return `Refused: somebody calls themselves ${name}, but is not the ${name} that was verified here. It may be a stranger in ${name}'s place. Nothing is sent to them.`;
}

function differsText(peer) {
	const name = displayName(peer.name, peer.id);
	return `The codes differ: somebody may stand between you and ${name}, and read everything. Write nothing confidential here.`;
}

function unprovenText(peer) {
	return `Refused: ${displayName(peer.name, peer.id)}: ${peer.message || "its identity is known and was not proven"}.`;
}
