// The network in the details: what it means for links, and underneath what was measured.

import { networkRows } from "../model/network.js";
import { candidateWords, isSession } from "../model/words.js";
import { element } from "./dom.js";
import { icon } from "./icons.js";

const MARKS = { good: "up", bad: "lost", unknown: "waiting" };
const MARK_WORDS = { good: "Good: ", bad: "Bad: ", unknown: "" };

/// A disclosure that is open until a person closes it; `open` itself is set by whoever keeps that in mind.
export function networkPart(network) {
	return element("details", { class: "disclosure" },
		element("summary", { "data-focus": "network" }, element("h3", { class: "eyebrow", text: "Network" })),
		element("div", { class: "disclosed" }, ...verdict(network),
			element("ul", { class: "rows" }, ...networkRows(network).map(row)),
			element("h4", { text: "Addresses of this node" }), candidates(network)));
}

function verdict({ verdict: sentences }) {
	return sentences.map((text, at) => element("p", at === 0 ? { class: "verdict", text } : { text }));
}

function row({ label, verdict: mark, text, time }) {
	return element("li", { class: "line", "data-verdict": mark },
		element("span", { class: "state" }, icon(MARKS[mark] ?? "waiting")),
		element("span", {}, element("span", { class: "visually-hidden", text: MARK_WORDS[mark] ?? "" }),
			element("strong", { text: label }), ` ${text}`, time ? element("span", { class: "faint time", text: ` ${time}` }) : null));
}

function candidates({ candidates: found }) {
	if (found.length === 0)
		return element("p", { class: "faint", text: "No address has been found under which this node can be reached." });
	return element("ul", { class: "plain" }, ...found.map((candidate) => isSession(candidate)
		? element("li", { text: `Through the relay of ${candidate.source}` })
		: element("li", {}, element("code", { text: candidate.address }),
			element("span", { class: "faint", text: ` ${origin(candidate)}` }))));
}

function origin({ type, source }) {
	const words = candidateWords(type);
	return source && source !== words ? `${words}, says ${source}` : words;
}
