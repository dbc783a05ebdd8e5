// What lies underneath: who answers, the way to the rendezvous, the NAT, the links, the plugins.

import { displayName, formatBytes, formatRoundTrip, plural } from "../model/text.js";
import { canCompare, identityWords, isEndedByCode, isLinked, pathWords, secrecyWords } from "../model/trust.js";
import { LINK_WORDS, candidateWords, isSession, linkReason, remoteCandidateWords } from "../model/words.js";
import { byId, element } from "./dom.js";
import { icon } from "./icons.js";
import { networkPart } from "./network.js";

const PLUGIN_ICONS = { ready: "up", starting: "attempted", degraded: "silent", failed: "lost", stopped: "waiting" };
const SIGNALING_ICONS = { online: "up", connecting: "attempted", offline: "silent", refused: "lost" };

export class DetailsView {
	#body = byId("details-body");
	#shown = "";

	/// @param onVerify The person wants to verify a peer, or to take that back; called with its id.
	constructor(onVerify) {
		this.#body.addEventListener("click", (event) => {
			const button = event.target.closest("button[data-verify]");
			if (button)
				onVerify(button.dataset.verify);
		});
	}

	render(node) {
		const parts = node.self ? sections(node) : [element("p", { class: "faint", text: "The node has not answered yet." })];
		const shown = parts.map((part) => part.outerHTML).join("");
		if (shown === this.#shown)
			return;
		this.#shown = shown;
		const top = this.#body.scrollTop;
		const focused = this.#body.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
		const closed = [...this.#body.querySelectorAll("details:not([open]) > summary")].map(({ dataset }) => dataset.focus);
		this.#body.replaceChildren(...parts);
		for (const disclosure of this.#body.querySelectorAll("details"))
			disclosure.open = !closed.includes(disclosure.firstElementChild.dataset.focus);
		this.#body.scrollTop = top;
		if (focused)
			this.#body.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
	}
}

function sections(node) {
	return [
		section("This node", facts(selfFacts(node))),
		section("Signaling", line(SIGNALING_ICONS[node.signaling.state], node.signaling.state, node.signaling.message,
			node.signaling.state)),
		networkPart(node.network),
		section("Links", ...(node.peers.length ? node.peers.map((peer) => link(peer, node)) : [element("p", { class: "faint", text: "None yet." })])),
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
		["Encryption", self.encrypted ? "from node to node" : "none"],
	];
}

function link(peer, node) {
	const differs = node.differs(peer);
	const rows = [
		["Worker id", element("code", { text: peer.id })],
		["Identity", identityWords(peer, differs)],
		["Encryption", secrecyWords(peer, differs)],
		["Cipher", peer.cipher ? element("code", { text: peer.cipher }) : "none"],
		["Path", isLinked(peer) ? pathWords(peer) : "none now"],
		["This side", end(peer.local_address, peer.local_type, candidateWords)],
		["Other side", end(peer.address, peer.remote_type, remoteCandidateWords)],
		["Transport", peer.transport || "not known"],
		["Round trip", peer.round_trip_ms === null || peer.round_trip_ms === undefined ? "not measured" : formatRoundTrip(peer.round_trip_ms)],
		["Confirms messages", peer.acknowledges ? "yes" : "no"],
		["In the room", peer.present ? "yes" : "no longer"],
		["Waiting to be confirmed", plural(peer.queued ?? 0, "message")],
		["Sent", formatBytes(peer.bytes_sent)],
		["Received", formatBytes(peer.bytes_received)],
		["Sent again", plural(peer.retransmissions ?? 0, "packet")],
	];
	return element("div", { class: "card" },
		element("h4", {}, element("bdi", { text: displayName(peer.name, peer.id) })),
		line(peer.state, LINK_WORDS[peer.state] ?? peer.state, linkReason(peer), peer.state), facts(rows), verifyButton(peer));
}

/// One end of a path: its address, and what kind of address that is.
function end(address, type, wordsOf) {
	if (!address)
		return "none";
	if (isSession({ type, address }))
		return "the relay of the rendezvous";
	return element("span", {}, element("code", { text: address }),
		type ? element("span", { class: "faint", text: ` ${wordsOf(type)}` }) : null);
}

function verifyButton(peer) {
	const name = displayName(peer.name, peer.id);
	if (peer.refusal === "identity_changed" || isEndedByCode(peer))
		return actionButton(peer, "What to do", `What to do about ${name}`);
	if (peer.trust === "verified" || peer.verified_as)
		return actionButton(peer, "Forget the verification …", `Forget the verification of ${name}`);
	return canCompare(peer) ? actionButton(peer, "Verify …", `Verify ${name}`) : null;
}

function actionButton(peer, text, label) {
	return element("button", { type: "button", class: "quiet", text, "aria-label": label, "aria-haspopup": "dialog", "data-verify": peer.id,
		"data-focus": `verify-${peer.id}` });
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
