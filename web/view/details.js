// What lies underneath: who answers, the way to the rendezvous, the NAT, the links, the plugins.

import { displayName, formatBytes, formatRoundTrip, plural } from "../model/text.js";
import { LINK_WORDS, candidateWords, linkReason, mappingWords } from "../model/words.js";
import { byId, element } from "./dom.js";
import { icon } from "./icons.js";

const PLUGIN_ICONS = { ready: "up", starting: "attempted", degraded: "silent", failed: "lost", stopped: "waiting" };
const SIGNALING_ICONS = { online: "up", connecting: "attempted", offline: "silent", refused: "lost" };

export class DetailsView {
	#body = byId("details-body");
	#shown = "";

	render(node) {
		const parts = node.self ? sections(node) : [element("p", { class: "faint", text: "The node has not answered yet." })];
		const shown = parts.map((part) => part.outerHTML).join("");
		if (shown === this.#shown)
			return;
		this.#shown = shown;
		const top = this.#body.scrollTop;
		this.#body.replaceChildren(...parts);
		this.#body.scrollTop = top;
	}
}

function sections(node) {
	return [
		section("This node", facts(selfFacts(node))),
		section("Rendezvous", line(SIGNALING_ICONS[node.signaling.state], node.signaling.state, node.signaling.message,
			node.signaling.state)),
		section("Network", facts([["NAT mapping", mappingWords(node.network.mapping)]]), candidates(node)),
		section("Links", ...(node.peers.length ? node.peers.map(link) : [element("p", { class: "faint", text: "None yet." })])),
		section("Plugins", ...node.plugins.map(plugin)),
	];
}

function selfFacts({ self, ready }) {
	return [
		["Name", self.name || "none"],
		["Worker id", element("code", { text: self.id })],
		["Version", self.version],
		["Ready", ready ? "yes" : "not yet"],
		["Largest message", self.maxMessage ? plural(self.maxMessage, "byte") : "no limit known"],
		["Content", self.encrypted ? "encrypted between the nodes" : "not encrypted"],
	];
}

function candidates({ network }) {
	if (network.candidates.length === 0)
		return element("p", { class: "faint", text: "No address has been found under which this node can be reached." });
	return element("ul", { class: "plain" }, ...network.candidates.map((candidate) =>
		element("li", {}, element("code", { text: candidate.address }),
			element("span", { class: "faint", text: ` ${candidateOrigin(candidate)}` }))));
}

function candidateOrigin({ type, source }) {
	const words = candidateWords(type);
	return source && source !== words ? `${words}, says ${source}` : words;
}

function link(peer) {
	const rows = [
		["Worker id", element("code", { text: peer.id })],
		["Address", peer.address ? element("code", { text: peer.address }) : "none"],
		["Transport", peer.transport || "not known"],
		["Content", peer.encrypted ? "encrypted" : "not encrypted"],
		["Round trip", peer.round_trip_ms === null || peer.round_trip_ms === undefined ? "not measured" : formatRoundTrip(peer.round_trip_ms)],
		["Confirms messages", peer.acknowledges ? "yes" : "no"],
		["In the room", peer.present ? "yes" : "no longer"],
		["Waiting to be confirmed", plural(peer.queued ?? 0, "message")],
		["Sent", formatBytes(peer.bytes_sent)],
		["Received", formatBytes(peer.bytes_received)],
	];
	return element("div", { class: "card" },
		element("h4", {}, element("bdi", { text: displayName(peer.name, peer.id) })),
		line(peer.state, LINK_WORDS[peer.state] ?? peer.state, linkReason(peer), peer.state), facts(rows));
}

function plugin({ name, role, state, message, required }) {
	const what = `${role}${required === false ? ", optional" : ""}`;
	return element("div", { class: "plugin" }, line(PLUGIN_ICONS[state], state, message, state),
		element("p", { class: "plugin-name" }, element("span", { text: name }),
			element("span", { class: "faint", text: ` ${what}` })));
}

function section(title, ...content) {
	return element("section", {}, element("h3", { class: "eyebrow", text: title }), ...content);
}

function facts(rows) {
	return element("dl", { class: "facts" }, ...rows.flatMap(([name, value]) =>
		[element("dt", { text: name }), element("dd", {}, value)]));
}

function line(drawing, word, reason, state) {
	return element("p", { class: "line", "data-state": state },
		element("span", { class: "state" }, icon(drawing ?? "waiting")),
		element("span", {}, element("strong", { text: word }), reason ? `: ${reason}` : ""));
}
