// Where one writes. What was typed is lost to nothing: not to a refusal, a lost connection, or a reload.

import { encodedLength, formatNumber } from "../model/text.js";
import { byId, setAttribute, setText } from "./dom.js";

/// The count is shown from this share of the limit on.
const COUNT_FROM = 0.8;
const DRAFT = "gimlet draft";

export class ComposerView {
	#form = byId("composer");
	#text = byId("text");
	#label = byId("text-label");
	#error = byId("composer-error");
	#count = byId("composer-count");
	#limit = 0;
	#width = 0;
	#onSend;

	/// @param onSend Called with a text that is neither empty nor too long; returns why it could not be
	/// handed over, or "" if it could.
	constructor(onSend) {
		this.#onSend = onSend;
		this.#text.value = readDraft();
		this.#form.addEventListener("submit", (event) => {
			event.preventDefault();
			this.#submit();
		});
		this.#text.addEventListener("keydown", (event) => {
			if (event.key !== "Enter" || event.shiftKey || event.isComposing)
				return;
			event.preventDefault();
			this.#submit();
		});
		this.#text.addEventListener("input", () => this.#changed());
		new ResizeObserver(() => this.#refit()).observe(this.#text);
		this.#changed();
	}

	render(node, name) {
		this.#limit = node.self?.maxMessage ?? 0;
		setText(this.#label, name === null ? "Message to everybody" : `Message to ${name}`);
		setAttribute(this.#text, "placeholder", name === null ? "Write to everybody" : `Write to ${name}`);
		this.#showCount();
	}

	/// Says why a text was refused and puts it back into the box, unless something else is being written there.
	/// @returns Whether the text is in the box again.
	giveBack(content, reason) {
		const free = this.#text.value.trim() === "" || this.#text.value === content;
		if (free) {
			this.#text.value = content;
			this.#changed();
		}
		this.#refuse(reason);
		return free;
	}

	focus() {
		this.#text.focus();
	}

	#submit() {
		const content = this.#text.value;
		const reason = this.#whyNot(content) || this.#onSend(content);
		if (reason) {
			this.#refuse(reason);
			this.#text.focus();
			return;
		}
		this.#text.value = "";
		this.#changed();
	}

	#whyNot(content) {
		if (content.trim() === "")
			return "There is nothing to send yet.";
		const length = encodedLength(content);
		if (this.#limit && length > this.#limit)
			return `Too long: ${formatNumber(length)} bytes, and at most ${formatNumber(this.#limit)} can be sent at once.`;
		return "";
	}

	#refuse(reason) {
		this.#error.textContent = reason;
		setAttribute(this.#text, "aria-invalid", "true");
	}

	#changed() {
		setText(this.#error, "");
		setAttribute(this.#text, "aria-invalid", null);
		writeDraft(this.#text.value);
		this.#fit();
		this.#showCount();
	}

	/// As high as the text, within what the style sheet allows.
	#fit() {
		this.#text.style.height = "auto";
		this.#text.style.height = `${this.#text.scrollHeight + 2}px`;
	}

	/// A text takes more lines in a narrower box.
	#refit() {
		const width = this.#text.clientWidth;
		if (width === this.#width)
			return;
		this.#width = width;
		this.#fit();
	}

	#showCount() {
		const length = encodedLength(this.#text.value);
		const near = this.#limit > 0 && length > this.#limit * COUNT_FROM;
		this.#count.hidden = !near;
		setAttribute(this.#count, "data-over", length > this.#limit ? "true" : null);
		setText(this.#count, near ? `${formatNumber(length)} of ${formatNumber(this.#limit)} bytes` : "");
	}
}

// A browser may keep no storage for the page; then a draft lives as long as the page.

function readDraft() {
	try {
		return sessionStorage.getItem(DRAFT) ?? "";
	} catch {
		return "";
	}
}

function writeDraft(text) {
	try {
		sessionStorage.setItem(DRAFT, text);
	} catch {
		return;
	}
}
