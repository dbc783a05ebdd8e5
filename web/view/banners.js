// What a person must know beside the conversation: the page's own connection, troubled plugins, notices.

import { formatDuration } from "../model/text.js";
import { alarms } from "../model/trust.js";
import { KeyedList, byId, element, setAttribute, setText } from "./dom.js";
import { icon } from "./icons.js";

export class BannersView {
	#connection = byId("connection");
	#connectionText = element("p");
	#connectionWhen = element("p", { class: "when", "aria-hidden": "true" });
	#retry = element("button", { type: "button", class: "quiet", text: "Try now" });
	#alarms;
	#list;

	/// @param onRetry The person wants the next attempt now.
	/// @param onDismiss The person has read a notice.
	/// @param onAlarm The person wants to know what to do about a peer; called with its id.
	constructor(onRetry, onDismiss, onAlarm) {
		this.#connection.append(icon("warning"), this.#connectionText, this.#connectionWhen, this.#retry);
		this.#retry.addEventListener("click", onRetry);
		this.#alarms = new KeyedList(byId("alarms"), (item) => makeAlarm(item, onAlarm));
		this.#list = new KeyedList(byId("notices"), (item) => makeBanner(item, onDismiss));
	}

	render(node, status, now = Date.now()) {
		this.#renderConnection(status, now);
		const troubles = status.phase === "open" ? describeTroubles(node.troubledPlugins) : [];
		this.#alarms.update(status.phase === "open" ? alarms(node) : [], (item) => `${item.kind} ${item.peer.id}`);
		const notices = node.newNotices.map((notice) => ({ key: `notice ${notice.text}`, text: notice.text, notice }));
		this.#list.update([...troubles, ...notices], (item) => item.key);
	}

	#renderConnection(status, now) {
		const hidden = status.phase === "open" || (status.phase === "connecting" && status.attempt === 0);
		this.#connection.hidden = hidden;
		setAttribute(this.#connection, "data-phase", status.phase);
		setText(this.#connectionText, hidden ? "" : `This page has no connection to its node. ${status.reason}`.trim());
		setText(this.#connectionWhen, nextAttempt(status, now));
		this.#retry.disabled = status.phase !== "waiting";
	}
}

function nextAttempt(status, now) {
	if (status.phase === "connecting")
		return `Trying again (attempt ${status.attempt + 1}) …`;
	if (status.phase === "waiting")
		return `Next attempt in ${formatDuration(Math.max(0, status.retryAt - now) + 999)}.`;
	return "";
}

/// One banner for all plugins in trouble.
function describeTroubles(plugins) {
	if (plugins.length === 0)
		return [];
	const sentences = plugins.map((plugin) =>
		`${plugin.name} ${plugin.state === "failed" ? "has failed" : "is degraded"}${plugin.message ? `: ${plugin.message}` : ""}`);
	return [{ key: "plugins", text: `${sentences.join(". ")}.` }];
}

function makeAlarm({ peer, kind }, onAlarm) {
	const text = element("p");
	const button = kind === "unproven" ? null : element("button", { type: "button", class: "quiet", text: "What to do" });
	button?.addEventListener("click", () => onAlarm(peer.id));
	return {
		element: element("div", { class: "banner banner-alarm", "data-peer": peer.id }, icon("warning"), text, button),
		update: (next) => setText(text, next.text),
	};
}

function makeBanner(item, onDismiss) {
	const text = element("p");
	const dismiss = item.notice ? element("button", { type: "button", class: "quiet", text: "Dismiss" }) : null;
	dismiss?.addEventListener("click", () => onDismiss(item.notice));
	return {
		element: element("div", { class: `banner ${item.notice ? "banner-notice" : "banner-plugin"}` },
			icon("warning"), text, dismiss),
		update: (next) => setText(text, next.text),
	};
}
