// The dialog in which two people make sure that nobody stands between them: it shows the code to compare, takes
// the verdict, and explains what to do when it is a bad one.

import { displayName, shortId } from "../model/text.js";
import { canCompare, isLinked, isLinking } from "../model/trust.js";
import { byId, element, setAttribute, setText } from "./dom.js";

export class VerifyView {
	#dialog = byId("verify-dialog");
	#title = byId("verify-title");
	#text = byId("verify-text");
	#code = byId("verify-code");
	#words = byId("verify-words");
	#digits = byId("verify-digits");
	#note = byId("verify-note");
	#error = byId("verify-error");
	#buttons = byId("verify-buttons");
	#actions;
	#peerId = null;
	/// What is shown: the step and the code.
	#shown = "";
	/// The code as it was when the person began to compare.
	#begun = "";

	/// @param actions {match(peerId, code), forget(peerId): why it could not be asked, or "";
	/// differ(peerId), again(peerId), refuse(peerId)}
	constructor(actions) {
		this.#actions = actions;
		this.#dialog.addEventListener("close", () => { this.#peerId = null; });
	}

	open(node, peerId) {
		const peer = node.peer(peerId);
		if (!peer)
			return;
		this.#peerId = peerId;
		this.#shown = "";
		this.#begun = peer.code?.digits ?? "";
		setText(this.#error, "");
		this.#show(node, peer);
		if (!this.#dialog.open)
			this.#dialog.showModal();
		this.#title.focus();
	}

	/// Follows what the node tells while the dialog is open.
	render(node) {
		if (this.#peerId === null)
			return;
		const peer = node.peer(this.#peerId);
		if (peer)
			this.#show(node, peer);
		else
			this.#dialog.close();
	}

	/// The node did not do what was asked for. @returns Whether it was asked for here.
	failed(peerId, message) {
		if (this.#peerId !== peerId)
			return false;
		setText(this.#error, message);
		return true;
	}

	#show(node, peer) {
		const step = stepOf(node, peer);
		const code = peer.code?.digits ?? "";
		const shown = `${step} ${code} ${peer.name}`;
		if (shown === this.#shown)
			return;
		const moved = this.#shown !== "";
		this.#shown = shown;
		const { title, text, note, buttons } = STEPS[step](displayName(peer.name, peer.id), peer, this.#begun !== code);
		this.#begun = code;
		setText(this.#title, title);
		setText(this.#text, text);
		setText(this.#note, note ?? "");
		this.#note.hidden = !note;
		setAttribute(this.#dialog, "data-step", step);
		this.#showCode(step === "compare" || step === "differ" ? peer.code : null);
		this.#buttons.replaceChildren(...buttons.map((button) => this.#makeButton(button)));
		if (moved && this.#dialog.open)
			this.#title.focus();
	}

	#showCode(code) {
		this.#code.hidden = !code;
		if (!code)
			return;
		this.#words.replaceChildren(...code.words.split(/[\s-]+/).map((word) => element("li", { text: word })));
		setText(this.#digits, code.digits);
	}

	#makeButton({ text, action, kind }) {
		const button = element("button", { type: "button", class: kind ?? "quiet", text });
		button.addEventListener("click", () => {
			setText(this.#error, "");
			if (action === "close")
				this.#dialog.close();
			else
				setText(this.#error, this.#actions[action](this.#peerId, this.#begun) || "");
		});
		return button;
	}
}

function stepOf(node, peer) {
	if (peer.refusal === "identity_changed")
		return "changed";
	if (peer.refusal === "codes_differ")
		return "ended";
	if (node.differs(peer))
		return "differ";
	if (peer.trust === "verified")
		return "verified";
	if (canCompare(peer))
		return "compare";
	if (peer.verified_as)
		return "earlier";
	if (isLinking(peer))
		return "linking";
	return isLinked(peer) ? "none" : "unlinked";
}

const CLOSE = { text: "Close", action: "close" };

/// What each step says: title, text, note, buttons.
const STEPS = {
	compare: (name, peer, anew) => ({
		title: `Verify ${name}`,
		text: `${anew ? "The link was made anew, and so was its code. " : ""}Compare these with ${name} by phone or in person; they must be the same on both screens.`,
		note: "Do not compare them in this chat: whoever stands in between could change what you write.",
		buttons: [
			{ text: "They match", action: "match", kind: "send" },
			{ text: "They differ", action: "differ", kind: "danger" },
			{ text: "Not now", action: "close" },
		],
	}),
	differ: (name) => ({
		title: "Do not trust this link",
		text: `If the code on ${name}'s screen is another one, somebody stands between you and ${name}, and can read and change everything that is written here.`,
		note: `Write nothing confidential. End the link, tell ${name} by phone, and use another network or another rendezvous before you try again.`,
		buttons: [{ text: "End the link", action: "refuse", kind: "danger" }, { text: "Compare again", action: "again" }, CLOSE],
	}),
	ended: (name) => ({
		title: `The link with ${name} has ended`,
		text: `The codes were not the same, so this node refuses ${name}. Nothing is sent to them.`,
		note: `To try again, link anew and compare once more. Until the codes are the same, write nothing confidential.`,
		buttons: [{ text: "Link again", action: "forget" }, CLOSE],
	}),
	verified: (name) => ({
		title: `${name} is verified`,
		text: `You have compared the codes. From now on this node knows ${name} by its identity, whatever the rendezvous says; whoever else takes this name is refused.`,
		note: `Forget this if ${name}'s machine has changed hands, or you are no longer sure.`,
		buttons: [{ text: "Forget", action: "forget" }, CLOSE],
	}),
	earlier: (name, peer) => ({
		title: `${name} was verified before`,
		text: `This identity was verified as ${peer.verified_as}. There is no link now that proves it.`,
		note: "",
		buttons: [{ text: "Forget", action: "forget" }, CLOSE],
	}),
	changed: (name, peer) => ({
		title: `${name} has another identity`,
		text: `You verified ${name} before. Now somebody else calls themselves ${name} (${shortId(peer.id)}). They may be a stranger in ${name}'s place, so this node refuses them.`,
		note: `Ask ${name} by phone or in person. If ${name} has a new machine or has lost its key, forget the old identity, then verify the new one. If not, leave it as it is.`,
		buttons: [{ text: "Keep refusing", action: "close" }, { text: "Forget the old identity", action: "forget", kind: "danger" }],
	}),
	linking: (name) => ({
		title: `Linking with ${name} …`,
		text: `The new code is shown here as soon as the link is up.`,
		note: "",
		buttons: [CLOSE],
	}),
	unlinked: (name) => ({
		title: `There is no link with ${name} now`,
		text: `So there is no code to compare. It is shown here once there is a link again.`,
		note: "",
		buttons: [CLOSE],
	}),
	none: (name, peer) => ({
		title: `${name} cannot be verified`,
		text: `There is nothing to compare with ${name}: ${peer.code_failure || "the link proves no identity"}.`,
		note: "",
		buttons: [CLOSE],
	}),
};
