import assert from "node:assert/strict";
import { test } from "node:test";

import { NodeModel } from "./web/model/node.js";
import {
	alarms, canCompare, identityWords, isEndedByCode, isLinking, pathWords, secrecyOf, secrecyOfAll, secrecyWords,
} from "./web/model/trust.js";

const CODE = { words: "amber bridge candle delta eagle", digits: "01234 56789" };
const peer = (id, more = {}) =>
	({ id, name: id, state: "up", message: "", encrypted: true, trust: "proven", code: CODE, ...more });

function nodeWith(...peers) {
	const node = new NodeModel();
	node.apply({ type: "init_info", worker_id: "me", encrypted: true, peers });
	return node;
}

test("the lock says what is true, and no more", () => {
	assert.equal(secrecyOf(peer("ann", { encrypted: false })).text, "Not encrypted");
	assert.equal(secrecyOf(peer("ann")).text, "Encrypted, not verified");
	assert.equal(secrecyOf(peer("ann", { trust: "unproven" })).text, "Encrypted, not verified");
	assert.equal(secrecyOf(peer("ann", { trust: "verified" })).text, "Encrypted and verified");
	assert.equal(secrecyOf(peer("ann", { trust: "configured" })).text, "Encrypted and verified");
	assert.equal(secrecyOf(peer("ann", { trust: "verified", encrypted: false })).text, "Not encrypted");
	assert.equal(secrecyOf(peer("ann", { state: "lost", trust: "verified" })), null);
	assert.equal(secrecyOf(peer("ann"), true).text, "The codes differ");
});

test("what is said to everybody is as secret as to the least of them", () => {
	const verified = peer("ann", { trust: "verified" });
	assert.equal(secrecyOfAll(nodeWith(verified)).level, "verified");
	assert.equal(secrecyOfAll(nodeWith(verified, peer("bob"))).level, "closed");
	assert.equal(secrecyOfAll(nodeWith(verified, peer("bob"), peer("old", { encrypted: false }))).level, "open");
	assert.equal(secrecyOfAll(nodeWith(verified, peer("old", { encrypted: false, state: "lost" }))).level, "verified");
	assert.equal(secrecyOfAll(nodeWith(peer("ann", { state: "refused" }), peer("bob", { state: "waiting" }))), null);
	assert.equal(secrecyOfAll(nodeWith()), null, "nothing is encrypted where there is no link");
	assert.equal(secrecyOfAll(new NodeModel()), null);
});

test("the details say what becomes of words without a link", () => {
	assert.equal(secrecyWords(peer("ann")), "encrypted, not verified");
	assert.equal(secrecyWords(peer("ann"), true), "the codes differ");
	assert.equal(secrecyWords(peer("ann", { state: "lost" })), "none without a link");
	assert.equal(secrecyWords(peer("ann", { state: "refused", encrypted: false, refusal: "not_in_peers" })), "nothing is sent");
});

test("codes that differ are remembered until the link has another, or the peer is verified", () => {
	const node = nodeWith(peer("ann"));
	assert.equal(node.differs(node.peer("ann")), false);
	node.codesDiffer("ann");
	assert.equal(node.differs(node.peer("ann")), true);
	assert.equal(secrecyOfAll(node).level, "differs");
	assert.deepEqual(alarms(node).map(({ kind }) => kind), ["differs"]);
	node.apply({ type: "peer", peer: peer("ann", { code: { words: "x", digits: "2" } }) });
	assert.equal(node.differs(node.peer("ann")), false);
	node.apply({ type: "peer", peer: peer("ann") });
	node.apply({ type: "peer", peer: peer("ann", { trust: "verified" }) });
	assert.equal(node.differs(node.peer("ann")), false);
	node.apply({ type: "peer", peer: peer("ann") });
	assert.equal(node.differs(node.peer("ann")), true);
	node.compareAgain("ann");
	assert.deepEqual(alarms(node), []);
});

test("a changed identity is the first alarm, and strangers are none", () => {
	const node = nodeWith(peer("stranger", { state: "refused", refusal: "not_in_peers" }),
		peer("plain", { state: "refused", refusal: "unproven", message: "a link by udp-plain/1 would not prove it" }),
		peer("eve", { name: "Ann", state: "refused", refusal: "identity_changed" }));
	const [first, second, ...rest] = alarms(node);
	assert.match(first.text, /Refused: somebody calls themselves Ann, but is not the Ann that was verified here/);
	assert.match(second.text, /udp-plain\/1 would not prove it/);
	assert.deepEqual(rest, []);
});

test("only a link with a code can be compared", () => {
	assert.equal(canCompare(peer("ann")), true);
	assert.equal(canCompare(peer("ann", { code: null })), false);
	assert.equal(canCompare(peer("ann", { state: "lost" })), false);
	assert.equal(canCompare(undefined), false);
});

test("where a code is still to come it is waited for", () => {
	for (const state of ["waiting", "attempted"])
		assert.equal(isLinking(peer("ann", { state, code: null })), true, state);
	assert.equal(isLinking(peer("ann", { code: null })), true, "both sides have not made it yet");
	assert.equal(isLinking(peer("ann")), false, "it is here");
	assert.equal(isLinking(peer("ann", { code: null, code_failure: "the peer sent nonsense" })), false);
	assert.equal(isLinking(peer("old", { code: null, trust: "unproven", encrypted: false })), false);
	for (const state of ["lost", "refused"])
		assert.equal(isLinking(peer("ann", { state, code: null })), false, state);
	assert.equal(isEndedByCode(peer("ann", { state: "refused", refusal: "codes_differ" })), true);
	assert.equal(isEndedByCode(peer("ann", { state: "refused", refusal: "not_in_peers" })), false);
	assert.equal(isEndedByCode(null), false);
});

test("identity and path in words", () => {
	assert.equal(identityWords(peer("ann", { trust: "verified", verified_as: "ann" })), "verified by comparing codes");
	assert.equal(identityWords(peer("ann")), "proven by its key, not verified");
	const uncoded = { code: null, code_failure: "the peer sent nonsense" };
	assert.equal(identityWords(peer("ann", uncoded)),
		"proven by its key, not verified; there is no code to compare: the peer sent nonsense");
	assert.equal(identityWords(peer("ann", { ...uncoded, state: "lost" })), "proven by its key, not verified");
	assert.equal(canCompare(peer("ann", uncoded)), false);
	assert.equal(identityWords(peer("bob", { verified_as: "ann" })),
		"proven by its key, not verified (verified before as ann)");
	assert.equal(identityWords(peer("ann", { trust: "unproven" })), "not proven");
	assert.equal(identityWords(peer("ann", { trust: "unproven", state: "lost" })), "not known without a link");
	assert.equal(identityWords(peer("ann", { trust: "unproven", state: "lost", verified_as: "ann" })),
		"verified before as ann; not proven now");
	assert.equal(pathWords({ path: "relayed" }), "through a relay, which sees encrypted data only");
	assert.equal(pathWords({ path: "direct, same network" }), "direct, within the same network");
	assert.equal(pathWords({ path: null }), "none now");
	assert.equal(pathWords({ path: "later" }), "later");
});
