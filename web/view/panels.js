// The panels at the sides: "Details" on any screen, the peers on a narrow one. Opening moves the focus in,
// Escape and "Close" bring it back.

import { byId, setAttribute } from "./dom.js";

const NARROW = "(max-width: 52rem)";

export class Panels {
	#narrow = matchMedia(NARROW);
	#openers = { details: byId("open-details"), people: byId("open-people") };
	#app = byId("app");

	/// @param onOpen Called when a panel was opened or closed by its button.
	constructor(onOpen) {
		for (const [name, opener] of Object.entries(this.#openers)) {
			opener.addEventListener("click", () => {
				this.toggle(name);
				onOpen();
			});
			byId(name).addEventListener("keydown", (event) => {
				if (event.key === "Escape")
					this.close(name);
			});
		}
		for (const button of document.querySelectorAll("[data-close]"))
			button.addEventListener("click", () => this.close(button.dataset.close));
		this.#narrow.addEventListener("change", () => {
			this.#set("people", false);
			this.#settle();
		});
		this.#settle();
	}

	toggle(name) {
		if (this.isOpen(name))
			this.close(name);
		else
			this.#open(name);
	}

	close(name) {
		if (!this.isOpen(name))
			return;
		this.#set(name, false);
		this.#settle();
		this.#openers[name].focus();
	}

	/// A peer was chosen: on a narrow screen the conversation comes back into view.
	chosen() {
		if (this.#narrow.matches && this.isOpen("people")) {
			this.#set("people", false);
			this.#settle();
		}
	}

	#open(name) {
		if (this.#narrow.matches)
			Object.keys(this.#openers).forEach((other) => this.#set(other, false));
		this.#set(name, true);
		this.#settle();
		const panel = byId(name);
		(panel.querySelector("[tabindex='-1']") ?? panel.querySelector("input:checked, button"))?.focus();
	}

	isOpen(name) {
		return this.#openers[name].getAttribute("aria-expanded") === "true";
	}

	#set(name, open) {
		setAttribute(this.#openers[name], "aria-expanded", String(open));
		this.#app.classList.toggle(`shows-${name}`, open);
	}

	/// Hides what is not in view from everybody, not from the eye alone.
	#settle() {
		const narrow = this.#narrow.matches;
		byId("details").hidden = !this.isOpen("details");
		byId("people").hidden = narrow && !this.isOpen("people");
		byId("main").inert = narrow && (this.isOpen("details") || this.isOpen("people"));
	}
}
