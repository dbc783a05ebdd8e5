// Who one talks with and how the link is; who answers; whether the words are encrypted.

import { displayName, formatDuration, shortId } from "../model/text.js";
import { LINK_WORDS, linkReason, summariseLinks } from "../model/words.js";
import { byId, element, setAttribute, setText } from "./dom.js";
import { icon, setIcon } from "./icons.js";

const SIGNALING_ICONS = { online: "up", connecting: "attempted", offline: "lost", refused: "lost" };
const SIGNALING_STATES = { online: "up", connecting: "attempted", offline: "silent", refused: "lost" };
const SIGNALING_WORDS = {
	online: "Rendezvous reached",
	connecting: "Reaching the rendezvous",
	offline: "Rendezvous not reached",
	refused: "Refused by the rendezvous",
};

export class HeadView {
	#title = byId("title");
	#status = byId("status");
	#badge = byId("encryption");
	#selfName = byId("self-name");
	#selfId = byId("self-id");
	#signaling = byId("signaling");
	#mark = element("span", { class: "state" });
	#word = element("span");
	#since = element("span", { class: "since", "aria-hidden": "true" });
	#signalingMark = element("span", { class: "state" });
	#signalingWord = element("span");

	constructor() {
		this.#status.append(this.#mark, this.#word, this.#since);
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
		this.#renderEncryption(node.encrypted(selected));
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
		setText(this.#signalingWord, connected ? SIGNALING_WORDS[state] ?? state : "Rendezvous: not known");
		setAttribute(this.#signaling, "title", signaling.message || null);
	}

	#renderLink({ state, text }, peer) {
		setIcon(this.#mark, state);
		setAttribute(this.#status, "data-state", state);
		setText(this.#word, text);
		const known = peer?.since > 0;
		setText(this.#since, known ? `· for ${formatDuration(Date.now() - peer.since)}` : "");
	}

	#renderEncryption(encrypted) {
		this.#badge.hidden = encrypted === null;
		if (encrypted === null || this.#badge.dataset.encrypted === String(encrypted))
			return;
		this.#badge.dataset.encrypted = encrypted;
		this.#badge.replaceChildren(icon(encrypted ? "closed" : "open"),
			element("span", { text: encrypted ? "Encrypted" : "Not encrypted" }));
		this.#badge.title = encrypted ? "Only the two nodes can read what is written here."
			: "Whoever carries the datagrams between the nodes can read what is written here.";
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
