// The list of those one can talk with: everybody, and each peer. A group of radio buttons underneath.

import { displayName, plural, shortId } from "../model/text.js";
import { isLinked, secrecyOf } from "../model/trust.js";
import { LINK_WORDS, linkReason, nobodyWords, summariseLinks } from "../model/words.js";
import { KeyedList, byId, element, setAttribute, setText } from "./dom.js";
import { icon, setIcon } from "./icons.js";

const EVERYBODY = { id: null };

export class PeersView {
	#list;
	#empty = byId("no-peers");
	#openLabel = byId("open-people-label");

	/// @param onSelect Called with a peer id, or null for everybody.
	constructor(onSelect) {
		this.#list = new KeyedList(byId("peers"), (item) => makeRow(item, onSelect));
	}

	render(node, selected, unread, connected) {
		const items = [EVERYBODY, ...node.peers].map((peer) =>
			({ ...describe(peer, node, unread), checked: selected === peer.id }));
		this.#list.update(connected ? items : items.map(asLastHeard), (item) => item.id ?? "");
		this.#empty.hidden = node.peers.length > 0 || !connected;
		setText(this.#empty, nobodyWords(node.signaling));
		const total = unread.total;
		setText(this.#openLabel, total ? `Peers (${total} new)` : "Peers");
	}
}

/// What one row shows.
function describe(peer, node, unread) {
	if (peer.id === null) {
		const { state } = summariseLinks(node.peers, node.signaling);
		return {
			id: null, icon: "everybody", state, name: "Everybody", note: "",
			detail: node.peers.length ? plural(node.peers.length, "peer") : "", unread: 0,
		};
	}
	return {
		id: peer.id, icon: peer.state, state: peer.state, name: displayName(peer.name, peer.id),
		note: peer.name ? shortId(peer.id) : "", detail: describeDetail(peer, node),
		verified: isLinked(peer) && peer.trust === "verified", alarming: Boolean(peer.refusal) && peer.refusal !== "not_in_peers",
		title: linkReason(peer), unread: unread.of(peer.id),
	};
}

/// "Up, relayed, encrypted, not verified". That a way is direct goes without saying here.
function describeDetail(peer, node) {
	const state = LINK_WORDS[peer.state] ?? peer.state;
	const way = isLinked(peer) && peer.path === "relayed" ? ", relayed" : "";
	const secrecy = secrecyOf(peer, node.differs(peer));
	return `${state}${way}${secrecy ? `, ${secrecy.text.toLowerCase()}` : ""}`;
}

/// Without a connection to the node nobody knows how the links are now.
function asLastHeard(item) {
	if (item.id === null)
		return { ...item, state: "unknown" };
	return { ...item, icon: "waiting", state: "unknown", verified: false, detail: `${item.detail}, when last heard of` };
}

function makeRow(item, onSelect) {
	const input = element("input", { type: "radio", name: "peer", value: item.id ?? "" });
	input.addEventListener("change", () => onSelect(item.id));
	const mark = element("span", { class: "state" });
	const name = element("bdi", { class: "peer-name" });
	const note = element("code", { class: "peer-note" });
	const detail = element("span", { class: "peer-detail" });
	const verified = element("span", { class: "peer-verified", title: "Verified" }, icon("shield"));
	const count = element("span", { class: "unread" });
	const row = element("li", { class: "peer" },
		element("label", {}, input, mark,
			element("span", { class: "peer-text" }, element("span", { class: "peer-line" }, name, verified, note), detail), count));
	return {
		element: row,
		update(next) {
			input.checked = next.checked;
			setIcon(mark, next.icon);
			setAttribute(row, "data-state", next.state);
			setAttribute(row, "data-peer", next.id ?? "everybody");
			setAttribute(row, "title", next.title || null);
			setAttribute(row, "data-alarming", next.alarming ? "true" : null);
			verified.hidden = !next.verified;
			setText(name, next.name);
			setText(note, next.note);
			setText(detail, next.detail);
			setText(count, next.unread ? `${next.unread} new` : "");
		},
	};
}
