import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { test } from "node:test";

import * as text from "./web/model/text.js";

globalThis.crypto ??= webcrypto; // Node 18, Debian's, does not have it by itself

test("the length of a content is what it takes in a message", () => {
	assert.equal(text.encodedLength("abc"), 3);
	assert.equal(text.encodedLength("ü"), 2);
	assert.equal(text.encodedLength("👍"), 4);
	assert.equal(text.encodedLength('"\\'), 4);
	assert.equal(text.encodedLength("a\nb\t"), 6);
	assert.equal(text.encodedLength("\u0001"), 6);
	assert.equal(text.encodedLength(""), 0);
});

test("somebody without a name is called by the beginning of the id", () => {
	assert.equal(text.displayName("Ann", "0123456789"), "Ann");
	assert.equal(text.displayName("  ", "0123456789"), "01234567");
	assert.equal(text.displayName(undefined, undefined), "");
});

test("sizes, times and durations are written for people", () => {
	assert.equal(text.formatBytes(0), "0 bytes");
	assert.equal(text.formatBytes(1), "1 byte");
	assert.equal(text.formatBytes(1536), "1.5 KiB");
	assert.equal(text.formatBytes(20 * 1024 * 1024), "20 MiB");
	assert.equal(text.formatBytes(undefined), "0 bytes");
	assert.equal(text.formatRoundTrip(0.41), "0.4 ms");
	assert.equal(text.formatRoundTrip(83.4), "83 ms");
	assert.equal(text.formatDuration(-5), "0 s");
	assert.equal(text.formatDuration(59_999), "59 s");
	assert.equal(text.formatDuration(61_000), "1 min");
	assert.equal(text.formatDuration(2 * 3_600_000), "2 h");
	assert.equal(text.formatDuration(49 * 3_600_000), "2 days");
	assert.equal(text.plural(1, "peer"), "1 peer");
	assert.equal(text.plural(1200, "peer"), "1,200 peers");
	assert.equal(text.formatTime(new Date(2026, 0, 2, 3, 4).getTime()), "03:04");
});

test("days have names", () => {
	const now = new Date(2026, 2, 30, 0, 30).getTime();
	assert.equal(text.formatDay(now, now), "Today");
	assert.equal(text.formatDay(new Date(2026, 2, 29, 23, 59).getTime(), now), "Yesterday");
	assert.match(text.formatDay(new Date(2026, 2, 1).getTime(), now), /1 March 2026|March 1, 2026/);
});

function linksOf(content) {
	const parts = text.linkParts(content);
	assert.equal(parts.map((part) => part.text).join(""), content, "nothing is lost or added");
	return parts.filter(({ href }) => href).map((part) => part.text);
}

test("addresses of the web are found in a text", () => {
	assert.deepEqual(linksOf("see https://example.org/x?a=1&b=2#c, and http://192.0.2.1:8080/."),
		["https://example.org/x?a=1&b=2#c", "http://192.0.2.1:8080/"]);
	assert.deepEqual(linksOf("HTTPS://EXAMPLE.org"), ["HTTPS://EXAMPLE.org"]);
	assert.deepEqual(linksOf("(https://example.org/a_(b)) and [http://b.example]!"), ["https://example.org/a_(b)", "http://b.example"]);
	assert.deepEqual(linksOf("«https://bücher.example/ü»"), ["https://bücher.example/ü"]);
	assert.deepEqual(linksOf("one\nhttps://a.example\nhttps://b.example"), ["https://a.example", "https://b.example"]);
	assert.equal(text.linkParts("http://a.example")[0].href, "http://a.example/");
});

test("nothing else becomes a link", () => {
	for (const content of ["", "no address", "javascript:alert(1)", "data:text/html,x", "ftp://a.example", "//a.example", "a.example",
		"https://", "http://.", "http://[", "xhttps://a.example", "file:///etc/passwd"])
		assert.deepEqual(linksOf(content), [], content);
	assert.deepEqual(linksOf('<a href="https://a.example">x</a>'), ["https://a.example"], "markup ends an address");
	assert.deepEqual(linksOf("https://a.example/\u202egro.elgoog"), ["https://a.example/"], "so does a turn of the writing");
});

test("a long text of stops alone takes no longer than another", () => {
	assert.deepEqual(linksOf(`https://a.example/${")".repeat(1_000_000)}`), ["https://a.example/"]);
});

test("a new id is a UUID version 4", () => {
	const bytes = (array) => array.fill(0xff);
	assert.equal(text.newId(bytes), "ffffffff-ffff-4fff-bfff-ffffffffffff");
	assert.match(text.newId(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
