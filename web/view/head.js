// Who one talks with and how the link is; who answers; whether the words are encrypted.

import { displayName, formatDuration, shortId } from "../model/text.js";
import { canCompare, isEndedByCode, isLinked, secrecyOf, secrecyOfAll } from "../model/trust.js";
import { LINK_WORDS, linkReason, summariseLinks } from "../model/words.js";
import { byId, element, setAttribute, setText } from "./dom.js";
import { icon, setIcon } from "./icons.js";

const SIGNALING_ICONS = { online: "up", connecting: "attempted", offline: "lost", refused: "lost" };
const SIGNALING_STATES = { online: "up", connecting: "attempted", offline: "silent", refused: "lost" };
/// True for a rendezvous and for the local network alone; which it is stands in the message.
const SIGNALING_WORDS = {
	online: "Online: peers can be found",
	connecting: "Connecting: no new peers yet",
	offline: "Offline: no new peers are found",
	refused: "Refused: no new peers are found",
};

const LOCKS = { open: "open", closed: "closed", verified: "shield", differs: "warning" };

export class HeadView {
	#title = byId("title");
	#status = byId("status");
	#secrecy = byId("secrecy");
	#badge = byId("encryption");
	#verify = byId("verify");
	#verifiable = null;
	#selfName = byId("self-name");
	#selfId = byId("self-id");
	#signaling = byId("signaling");
	#mark = element("span", { class: "state" });
	#word = element("span");
	#since = element("span", { class: "since", "aria-hidden": "true" });
	#signalingMark = element("span", { class: "state" });
	#signalingWord = element("span");

	/// @param onVerify The person wants to verify a peer, or to see that it is; called with its id.
	constructor(onVerify) {
		this.#verify.addEventListener("click", () => this.#verifiable && onVerify(this.#verifiable));
		this.#status.append(this.#mark, element("span", { class: "head-words" }, this.#word, " ", this.#since));
		this.#signaling.append(this.#signalingMark, this.#signalingWord);
		this.#prepareCopy(byId("copy-id"));
	}

	render(node, selected, connected) {
		this.#renderSelf(node, connected);
		const peer = selected && node.peer(selected);
		setText(this.#title, peer ? displayName(peer.name, peer.id) : "Everybody");
		if (connected)
			this.#renderLink(peer ? peerSummary(peer) : summariseLinks(node.peers, node.signaling), peer);
		else
			this.#renderLink({ state: "lost", text: "Not known: this page has no connection to its node" }, null);
		this.#renderSecrecy(node, peer, connected);
	}

	#renderSelf({ self, signaling }, connected) {
		setText(this.#selfName, self ? displayName(self.name, self.id) : "Not reached yet");
		setText(this.#selfId, self ? shortId(self.id) : "");
		setAttribute(this.#selfId, "title", self?.id ?? null);
		byId("copy-id").disabled = !self;
		byId("copy-id").dataset.id = self?.id ?? "";
		const state = connected ? signaling.state : "offline";
		setAttribute(this.#signaling, "data-state", SIGNALING_STATES[state] ?? "waiting");
		setAttribute(this.#signaling, "data-signaling", connected ? state : "unknown");
		setIcon(this.#signalingMark, connected ? SIGNALING_ICONS[state] ?? "waiting" : "waiting");
		setText(this.#signalingWord, connected ? SIGNALING_WORDS[state] ?? state : "Not known whether peers are found");
		setAttribute(this.#signaling, "title", (connected && signaling.message) || null);
	}

	#renderLink({ state, text }, peer) {
		setIcon(this.#mark, state);
		setAttribute(this.#status, "data-state", state);
		setText(this.#word, text);
		const known = peer?.since > 0;
		setText(this.#since, known ? `· for ${formatDuration(Date.now() - peer.since)}` : "");
	}

	#renderSecrecy(node, peer, connected) {
		const secrecy = peer ? secrecyOf(peer, node.differs(peer)) : secrecyOfAll(node);
		this.#renderVerify(node, peer, connected);
		this.#badge.hidden = !secrecy;
		this.#secrecy.hidden = this.#badge.hidden && this.#verify.hidden;
		if (!secrecy || this.#badge.dataset.shown === secrecy.text)
			return;
		this.#badge.dataset.shown = secrecy.text;
		this.#badge.dataset.secrecy = secrecy.level;
		this.#badge.replaceChildren(icon(LOCKS[secrecy.level]), element("span", { text: secrecy.text }));
		this.#badge.title = secrecy.meaning;
	}

	/// Who is talked with can be verified, or linked with again after a code that was not the same; so can,
	/// among everybody, the only one.
	#renderVerify(node, peer, connected) {
		const linked = node.peers.filter(isLinked);
		const who = peer ?? onlyOne(linked.length ? linked : node.peers);
		this.#verifiable = connected && (canCompare(who) || isEndedByCode(who)) ? who.id : null;
		this.#verify.hidden = !this.#verifiable;
		if (!this.#verifiable)
			return;
		const { text, label } = verifyWords(who, displayName(who.name, who.id));
		setText(this.#verify, text);
		setAttribute(this.#verify, "aria-label", label);
	}

	#prepareCopy(button) {
		setIcon(button, "copy");
		button.addEventListener("click", async () => {
			const copied = await copyText(button.dataset.id, this.#selfId);
			setIcon(button, copied ? "done" : "copy");
			setTimeout(() => setIcon(button, "copy"), 1500);
		});
	}
}

function onlyOne(peers) {
	return peers.length === 1 ? peers[0] : null;
}

function verifyWords(peer, name) {
	if (isEndedByCode(peer))
		return { text: "What to do", label: `What to do about ${name}` };
	return peer.trust === "verified" ? { text: "Verified", label: `Verified: ${name}` } : { text: "Verify", label: `Verify ${name}` };
}

function peerSummary(peer) {
	return { state: peer.state, text: `${LINK_WORDS[peer.state] ?? peer.state}: ${linkReason(peer)}` };
}

/// Copies, or, where the browser allows no clipboard (plain HTTP), shows the whole id and selects it.
async function copyText(text, shown) {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		setText(shown, text);
		getSelection().selectAllChildren(shown);
		return false;
	}
}
