// The messages: who, what, when, and what became of it.

import { concerns } from "../model/conversation.js";
import { displayName, formatDay, formatTime, linkParts, shortId, startOfDay } from "../model/text.js";
import { summariseDelivery } from "../model/words.js";
import { KeyedList, byId, element, setAttribute, setText } from "./dom.js";
import { setIcon } from "./icons.js";

/// Messages of the same side within this time stand together.
const TOGETHER_MS = 3 * 60_000;
/// The log follows new messages while it is scrolled to within this distance of its end.
const NEAR_END_PX = 60;
/// Screen readers look at changes a moment later.
const HUSH_MS = 500;

export class LogView {
	#log = byId("log");
	#empty = byId("log-empty");
	#jump = byId("jump");
	#list;
	#shown = undefined;
	#lastKey = undefined;
	#hushed = 0;

	constructor() {
		this.#list = new KeyedList(this.#log, makeEntry);
		this.#jump.addEventListener("click", () => this.#follow());
		this.#log.addEventListener("scroll", () => {
			if (this.#atEnd())
				this.#jump.hidden = true;
		}, { passive: true });
		new ResizeObserver(() => this.#jump.hidden && this.#follow()).observe(this.#log);
	}

	/// @param live Whether the change is news, to be read out; a history told again is not.
	render(conversation, node, selected, live) {
		const items = arrange(conversation, node, selected);
		const changed = this.#shown !== selected;
		const own = items.at(-1)?.kind === "sent" && items.at(-1).key !== this.#lastKey;
		const follow = changed || own || this.#atEnd();
		const before = this.#log.lastElementChild;
		if (!live || changed)
			this.#hush();
		this.#list.update(items, (item) => item.key);
		this.#shown = selected;
		this.#lastKey = items.at(-1)?.key;
		this.#empty.hidden = items.some((item) => item.kind !== "note");
		setText(this.#empty, emptyText(node, selected));
		if (follow)
			this.#follow();
		else if (this.#log.lastElementChild !== before)
			this.#jump.hidden = false;
	}

	/// What changes now is no news, and not to be read out.
	#hush() {
		clearTimeout(this.#hushed);
		setAttribute(this.#log, "aria-live", "off");
		this.#hushed = setTimeout(() => setAttribute(this.#log, "aria-live", "polite"), HUSH_MS);
	}

	#atEnd() {
		return this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < NEAR_END_PX;
	}

	#follow() {
		this.#log.scrollTop = this.#log.scrollHeight;
		this.#jump.hidden = true;
	}
}

function emptyText(node, selected) {
	const peer = selected && node.peer(selected);
	if (peer)
		return `Nothing has been said between you and ${displayName(peer.name, peer.id)} yet.`;
	return "Nothing has been said yet. What you write goes from node to node; no server keeps it.";
}

/// The entries to show, with headings for days, and whether each stands together with the one before.
function arrange(conversation, node, selected) {
	const items = [];
	if (conversation.trimmed)
		items.push({ key: "trimmed", kind: "note", text: "Older messages are no longer kept on this page." });
	let last = null;
	for (const entry of conversation.entries) {
		if (!concerns(entry, selected))
			continue;
		if (entry.kind === "divider") {
			items.push({ key: entry.key, kind: "note", text: entry.text });
			last = null;
			continue;
		}
		const day = startOfDay(entry.time);
		if (!last || day !== startOfDay(last.time)) {
			if (last || day !== startOfDay(Date.now()))
				items.push({ key: `day ${entry.key}`, kind: "note", text: formatDay(entry.time) });
			last = null;
		}
		items.push({ key: entry.key, kind: entry.kind, entry, together: standsTogether(last, entry),
			who: whoSays(entry, node, selected) });
		last = entry;
	}
	return items;
}

function standsTogether(last, entry) {
	return Boolean(last) && last.kind === entry.kind && last.peerId === entry.peerId
		&& String(last.to) === String(entry.to) && entry.time - last.time < TOGETHER_MS;
}

function whoSays(entry, node, selected) {
	if (entry.kind === "received")
		return displayName(node.peer(entry.peerId)?.name || entry.name, entry.peerId);
	const addressed = selected === null && entry.to.length === 1 && node.peers.length > 1;
	if (!addressed)
		return "You";
	const peer = node.peer(entry.to[0]);
	return `You to ${displayName(peer?.name, entry.to[0])}`;
}

function makeEntry(item) {
	return item.kind === "note" ? makeNote() : makeMessage(item);
}

function makeNote() {
	const text = element("span");
	return {
		element: element("p", { class: "note" }, text),
		update: (item) => setText(text, item.text),
	};
}

function makeMessage({ entry }) {
	const who = element("bdi", { class: "who" });
	const id = element("code", { class: "who-id" });
	const time = element("time", { class: "time" });
	const content = element("p", { class: "content", dir: "auto" }, ...linkParts(entry.content).map(makePart));
	const mark = element("span", { class: "tick" });
	const fate = element("span", { class: "fate" });
	const own = entry.kind === "sent";
	const made = element("article", { class: `message ${own ? "own" : "other"}` },
		element("header", { class: "message-head" }, who, own ? null : id),
		element("div", { class: "bubble" }, content,
			element("footer", { class: "meta" }, time, own ? mark : null)), own ? fate : null);
	let revision = 0;
	return {
		element: made,
		update(item) {
			made.classList.toggle("together", item.together);
			setText(who, item.who);
			setText(id, entry.name || item.who !== shortId(entry.peerId) ? shortId(entry.peerId) : "");
			if (revision === item.entry.revision)
				return;
			revision = item.entry.revision;
			setAttribute(time, "datetime", new Date(item.entry.time).toISOString());
			setText(time, formatTime(item.entry.time));
			if (own)
				showDelivery(made, mark, fate, item.entry);
		},
	};
}

/// Whoever is linked to learns nothing of this page, and gets no hold of it.
function makePart({ text, href }) {
	return href ? element("a", { href, target: "_blank", rel: "noopener noreferrer", text }) : text;
}

function showDelivery(made, mark, fate, entry) {
	const { state, text } = summariseDelivery(entry);
	setAttribute(made, "data-delivery", state);
	setIcon(mark, state);
	setAttribute(mark, "title", text);
	setText(fate, text);
	fate.classList.toggle("visually-hidden", state === "delivered" || state === "sent" || state === "sending");
}
