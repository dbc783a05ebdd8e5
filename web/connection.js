// The WebSocket to the node, for ever: connects again with growing delays, and notices a node that went silent.

import { Backoff } from "./backoff.js";

/// With nothing heard for so long the node is asked for a sign of life.
const QUIET_MS = 20_000;
/// And if none comes within this time the connection is given up. A sleeping machine's sockets look alive.
const PATIENCE_MS = 10_000;

export class Connection {
	/// What is the matter: {phase: "connecting" | "open" | "waiting", attempt, retryAt, reason}.
	status = { phase: "connecting", attempt: 0, retryAt: 0, reason: "" };
	#url;
	#handlers;
	#world;
	#backoff;
	#socket = null;
	#retryTimer = null;
	#quietTimer = null;

	/// @param handlers {object(value), status(status)}
	/// @param world What the tests replace: WebSocket, setTimeout, clearTimeout, now, explain (why the
	/// node lets nobody in; gives a promise of a text).
	constructor(url, handlers, world) {
		this.#url = url;
		this.#handlers = handlers;
		this.#world = world;
		this.#backoff = new Backoff(world.random);
	}

	get open() {
		return this.status.phase === "open";
	}

	/// Connects now, also when the next attempt is not due yet.
	connect() {
		if (this.#socket)
			return;
		this.#world.clearTimeout(this.#retryTimer);
		this.#say({ phase: "connecting", attempt: this.#backoff.attempts, retryAt: 0, reason: this.status.reason });
		const socket = new this.#world.WebSocket(this.#url);
		this.#socket = socket;
		socket.onopen = () => this.#whenCurrent(socket, () => this.#listen());
		socket.onmessage = (event) => this.#whenCurrent(socket, () => this.#hear(event.data));
		socket.onclose = (event) => this.#whenCurrent(socket, () => this.#lose(event));
		this.#expectSound(PATIENCE_MS + QUIET_MS, () => this.#giveUp("The node did not answer in time."));
	}

	/// @returns Whether the object went out.
	send(object) {
		if (!this.open || this.#socket?.readyState !== 1)
			return false;
		this.#socket.send(JSON.stringify(object));
		return true;
	}

	/// The machine was asleep or the network changed: find out at once whether the node is still there.
	probe() {
		if (!this.#socket)
			this.connect();
		else if (this.open)
			this.#ask();
	}

	#listen() {
		this.#backoff.reset();
		this.#say({ phase: "open", attempt: 0, retryAt: 0, reason: "" });
		this.#listenFurther();
	}

	#listenFurther() {
		this.#expectSound(QUIET_MS, () => this.#ask());
	}

	#ask() {
		this.send({ type: "ping" });
		this.#expectSound(PATIENCE_MS, () => this.#giveUp("The node has fallen silent."));
	}

	#hear(text) {
		this.#listenFurther();
		let object = null;
		try {
			object = JSON.parse(text);
		} catch {
			return;
		}
		if (object && typeof object === "object" && object.type !== "pong")
			this.#handlers.object(object);
	}

	#giveUp(reason) {
		const socket = this.#socket;
		this.#socket = null;
		socket?.close();
		this.#wait(reason);
	}

	#lose(event) {
		const wasOpen = this.open;
		this.#socket = null;
		this.#wait(closeReason(event) || (wasOpen ? "The node closed the connection." : "The node does not answer."));
		if (!wasOpen && this.#world.explain)
			this.#explainLater();
	}

	async #explainLater() {
		const reason = await this.#world.explain();
		if (reason && this.status.phase === "waiting")
			this.#say({ ...this.status, reason });
	}

	#wait(reason) {
		this.#world.clearTimeout(this.#quietTimer);
		const delay = this.#backoff.next();
		this.#say({ phase: "waiting", attempt: this.#backoff.attempts, retryAt: this.#world.now() + delay, reason });
		this.#retryTimer = this.#world.setTimeout(() => this.connect(), delay);
	}

	#expectSound(delay, otherwise) {
		this.#world.clearTimeout(this.#quietTimer);
		this.#quietTimer = this.#world.setTimeout(otherwise, delay);
	}

	#whenCurrent(socket, action) {
		if (socket === this.#socket)
			action();
	}

	#say(status) {
		this.status = status;
		this.#handlers.status(status);
	}
}

/// What a close code means for the person, where it means anything.
function closeReason({ code, reason }) {
	if (code === 1001)
		return "The node is going away.";
	if (code === 1008)
		return `The node ended the connection: ${reason || "a limit was broken"}.`;
	if (code === 1013)
		return "The node has more to say than this page could take.";
	return "";
}
