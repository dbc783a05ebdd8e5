import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Backoff } from "./web/backoff.js";
import { Connection } from "./web/connection.js";
import { explainRefusal } from "./web/explain.js";

/// A world in virtual time, in which nothing answers but the test.
class World {
	time = 1_000_000;
	timers = new Map();
	sockets = [];
	explanation = "";
	#lastTimer = 0;

	constructor() {
		const world = this;
		this.WebSocket = class {
			readyState = 0;
			sent = [];
			closed = false;

			constructor(url) {
				this.url = url;
				world.sockets.push(this);
			}

			open() {
				this.readyState = 1;
				this.onopen();
			}

			say(object) {
				this.onmessage({ data: typeof object === "string" ? object : JSON.stringify(object) });
			}

			end(code = 1006, reason = "") {
				this.readyState = 3;
				this.onclose({ code, reason });
			}

			send(text) {
				this.sent.push(JSON.parse(text));
			}

			close() {
				this.closed = true;
			}
		};
		this.now = () => this.time;
		this.random = () => 1;
		this.setTimeout = (task, delay) => {
			this.timers.set(++this.#lastTimer, { task, at: this.time + delay });
			return this.#lastTimer;
		};
		this.clearTimeout = (id) => this.timers.delete(id);
		this.explain = async () => this.explanation;
	}

	get socket() {
		return this.sockets.at(-1);
	}

	advance(milliseconds) {
		const end = this.time + milliseconds;
		for (;;) {
			const due = [...this.timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
			if (!due)
				break;
			this.time = due[1].at;
			this.timers.delete(due[0]);
			due[1].task();
		}
		this.time = end;
	}
}

let world;
let heard;
let statuses;
let connection;

beforeEach(() => {
	world = new World();
	heard = [];
	statuses = [];
	connection = new Connection("ws://127.0.0.1/ui_ws",
		{ object: (value) => heard.push(value), status: (status) => statuses.push(status) }, world);
	connection.connect();
});

test("it connects, hears objects and says them", () => {
	assert.equal(connection.open, false);
	assert.equal(connection.send({ type: "x" }), false);
	world.socket.open();
	assert.equal(connection.open, true);
	world.socket.say({ type: "init_info" });
	world.socket.say("not JSON");
	world.socket.say("7");
	world.socket.say({ type: "pong" });
	assert.deepEqual(heard, [{ type: "init_info" }]);
	assert.equal(connection.send({ type: "x" }), true);
	assert.deepEqual(world.socket.sent, [{ type: "x" }]);
});

test("a lost connection is said and tried again, more slowly each time", () => {
	world.socket.open();
	world.socket.end(1001);
	assert.equal(connection.status.phase, "waiting");
	assert.equal(connection.status.reason, "The node is going away.");
	assert.equal(connection.status.retryAt, world.time + 500);
	world.advance(499);
	assert.equal(world.sockets.length, 1);
	world.advance(1);
	assert.equal(world.sockets.length, 2);
	assert.equal(connection.status.phase, "connecting");
	world.socket.end();
	assert.equal(connection.status.retryAt, world.time + 1000);
	world.advance(1000);
	world.socket.open();
	world.socket.end();
	assert.equal(connection.status.retryAt, world.time + 500, "after a success it begins anew");
});

test("it says why it is not let in, when that can be found out", async () => {
	world.explanation = "The node asks for its token.";
	world.socket.end();
	assert.equal(connection.status.reason, "The node does not answer.");
	await Promise.resolve();
	await Promise.resolve();
	assert.equal(connection.status.reason, "The node asks for its token.");
});

test("a person's wish or a waking machine does not wait", () => {
	world.socket.end();
	connection.connect();
	assert.equal(world.sockets.length, 2);
	connection.connect();
	assert.equal(world.sockets.length, 2, "one attempt at a time");
	world.advance(600);
	assert.equal(world.sockets.length, 2, "the earlier plan is dropped");
	world.socket.end();
	connection.probe();
	assert.equal(world.sockets.length, 3);
});

test("a quiet node is asked for a sign of life, and given up without one", () => {
	world.socket.open();
	world.advance(20_000);
	assert.deepEqual(world.socket.sent, [{ type: "ping" }]);
	world.socket.say({ type: "pong" });
	world.advance(19_000);
	assert.equal(world.socket.sent.length, 1);
	world.advance(1_000);
	assert.equal(world.socket.sent.length, 2);
	const silent = world.socket;
	world.advance(10_000);
	assert.equal(connection.status.reason, "The node has fallen silent.");
	assert.equal(silent.closed, true);
	silent.say({ type: "notice" });
	silent.end();
	assert.deepEqual(heard, [], "what the old connection still says counts no more");
	assert.equal(connection.status.phase, "waiting");
});

test("an attempt that nobody answers does not last for ever", () => {
	world.advance(30_000);
	assert.equal(connection.status.phase, "waiting");
	assert.equal(connection.status.reason, "The node did not answer in time.");
});

test("a machine that wakes up asks at once", () => {
	world.socket.open();
	connection.probe();
	assert.deepEqual(world.socket.sent, [{ type: "ping" }]);
});

test("delays double up to a bound and are spread", () => {
	const slow = new Backoff(() => 1);
	assert.deepEqual([1, 2, 3, 4, 5, 6, 7].map(() => slow.next()), [500, 1000, 2000, 4000, 8000, 15000, 15000]);
	const quick = new Backoff(() => 0);
	assert.equal(quick.next(), 250);
	assert.equal(quick.attempts, 1);
	quick.reset();
	assert.equal(quick.next(), 250);
});

test("what a plain request says is put into words", async () => {
	const answer = (status) => explainRefusal(async () => ({ status }));
	assert.match(await answer(401), /token/);
	assert.match(await answer(403), /hosts/);
	assert.match(await answer(503), /as many pages/);
	assert.match(await answer(200), /no further page/);
	assert.match(await explainRefusal(async () => { throw new Error("refused"); }), /cannot be reached/);
});
