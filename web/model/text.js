// Small pure functions about text, sizes and times.

const encoder = new TextEncoder();

/// How many bytes a content takes in a message: UTF-8 after JSON escaping, without the quotes. This is what
/// the node's max_message counts.
export function encodedLength(content) {
	return encoder.encode(JSON.stringify(content)).length - 2;
}

/// The beginning of a worker id, enough for people to tell workers apart.
export function shortId(id) {
	return String(id ?? "").slice(0, 8);
}

/// What to call somebody: the name, or the beginning of the id where there is none.
export function displayName(name, id) {
	return String(name ?? "").trim() || shortId(id);
}

export function plural(count, one, many = `${one}s`) {
	return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

export function formatNumber(number) {
	return Number(number).toLocaleString("en");
}

export function formatBytes(bytes) {
	const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
	let value = Number(bytes) || 0;
	let unit = 0;
	while (value >= 1024 && unit < units.length - 1) {
		value /= 1024;
		unit++;
	}
	if (unit === 0)
		return plural(value, "byte");
	return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

/// A round trip as people read it: "0.4 ms", "83 ms".
export function formatRoundTrip(milliseconds) {
	return `${Number(milliseconds).toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}

/// How long something has lasted, in its largest unit: "4 s", "12 min", "3 h", "2 days".
export function formatDuration(milliseconds) {
	const seconds = Math.max(0, Math.floor(milliseconds / 1000));
	if (seconds < 60)
		return `${seconds} s`;
	if (seconds < 3600)
		return `${Math.floor(seconds / 60)} min`;
	if (seconds < 86400)
		return `${Math.floor(seconds / 3600)} h`;
	return plural(Math.floor(seconds / 86400), "day");
}

export function formatTime(milliseconds) {
	const date = new Date(milliseconds);
	const two = (number) => String(number).padStart(2, "0");
	return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/// The day as a heading: "Today", "Yesterday", or its date.
export function formatDay(milliseconds, now = Date.now()) {
	const day = startOfDay(milliseconds);
	if (day === startOfDay(now))
		return "Today";
	if (day === startOfDay(startOfDay(now) - 1))
		return "Yesterday";
	return new Date(milliseconds).toLocaleDateString("en",
		{ weekday: "long", day: "numeric", month: "long", year: "numeric" });
}

export function startOfDay(milliseconds) {
	const date = new Date(milliseconds);
	date.setHours(0, 0, 0, 0);
	return date.getTime();
}

/// Not what ends no address, nor what turns the direction of writing and so shows another one than it leads to.
const ADDRESS = /(?<![\p{L}\p{N}_])https?:\/\/[^\s<>"\u200e\u200f\u202a-\u202e\u2066-\u2069]+/giu;
const STOPS = ".,;:!?'*_~»“”’";
const OPENING = { ")": "(", "]": "[", "}": "{" };

/// A text in parts, in order: {text}, or {text, href} for an address of the web. All texts together are the text.
export function linkParts(content) {
	const parts = [];
	let end = 0;
	for (const { 0: found, index } of content.matchAll(ADDRESS)) {
		const text = withoutStops(found);
		const href = webAddress(text);
		if (!href)
			continue;
		if (index > end)
			parts.push({ text: content.slice(end, index) });
		parts.push({ text, href });
		end = index + text.length;
	}
	if (end < content.length || parts.length === 0)
		parts.push({ text: content.slice(end) });
	return parts;
}

/// The full stop behind an address belongs to the sentence, as does a bracket that was not opened within.
function withoutStops(address) {
	const counts = {};
	for (const character of address)
		counts[character] = (counts[character] ?? 0) + 1;
	let end = address.length;
	for (; end > 0; end--) {
		const last = address[end - 1];
		const opening = OPENING[last];
		if (opening ? (counts[opening] ?? 0) >= counts[last] : !STOPS.includes(last))
			break;
		counts[last]--;
	}
	return address.slice(0, end);
}

function webAddress(text) {
	try {
		const { protocol, href } = new URL(text);
		return protocol === "http:" || protocol === "https:" ? href : "";
	} catch {
		return "";
	}
}

/// A random UUID version 4. Not crypto.randomUUID, which pages served over plain HTTP do not have.
export function newId(random = (bytes) => crypto.getRandomValues(bytes)) {
	const bytes = random(new Uint8Array(16));
	bytes[6] = (bytes[6] & 0x0f) | 0x40;
	bytes[8] = (bytes[8] & 0x3f) | 0x80;
	const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
	return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
