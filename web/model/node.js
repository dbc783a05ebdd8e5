// What the page knows of its node: who it is, its peers, its plugins, its network. Fed with the objects of
// /ui_ws one by one; holds no element of the page and no socket.

import { networkOf } from "./network.js";
import { shortId } from "./text.js";

/// The most notices that wait for being read.
const MAX_NOTICES = 5;

export class NodeModel {
	/// Null until the node has introduced itself.
	self = null;
	signaling = { state: "offline", message: "" };
	ready = true;
	network = networkOf();
	notices = [];
	#peers = new Map();
	#plugins = new Map();
	/// The codes that a person found to differ, by peer.
	#differing = new Map();

	/// A person has found that the code of the link with a peer is another one on the other screen.
	codesDiffer(peerId) {
		this.#differing.set(peerId, this.peer(peerId)?.code?.digits ?? "");
	}

	/// A person thinks better of it, or wants to compare again.
	compareAgain(peerId) {
		this.#differing.delete(peerId);
	}

	/// Whether the link as it is now was found so.
	differs(peer) {
		return Boolean(peer?.code?.digits) && peer.trust !== "verified"
			&& this.#differing.get(peer.id) === peer.code.digits;
	}

	/// In the order in which they came.
	get peers() {
		return [...this.#peers.values()];
	}

	get plugins() {
		return [...this.#plugins.values()];
	}

	peer(id) {
		return this.#peers.get(id) ?? null;
	}

	/// Plugins that are not what they should be.
	get troubledPlugins() {
		return this.plugins.filter((plugin) => plugin.state === "degraded" || plugin.state === "failed");
	}

	/// Whether texts to this peer, or to everybody, travel encrypted; null while nobody can tell.
	encrypted(peerId = null) {
		const peer = peerId && this.peer(peerId);
		if (peer && (peer.state === "up" || peer.state === "silent"))
			return Boolean(peer.encrypted);
		return this.self ? this.self.encrypted : null;
	}

	/// Takes one object. Objects that it does not know change nothing.
	apply(object) {
		const handler = Object.hasOwn(HANDLERS, object.type) ? HANDLERS[object.type] : null;
		if (handler)
			handler.call(this, object);
	}

	/// Notices that are not said by a banner of their own already: an alarm about a refused peer names its id.
	get newNotices() {
		const refused = this.peers.filter((peer) => peer.refusal);
		return this.notices.filter(({ text }) => !refused.some((peer) => text.includes(peer.id)));
	}

	dismissNotice(notice) {
		this.notices = this.notices.filter((other) => other !== notice);
	}

	#introduce(object) {
		this.self = {
			id: String(object.worker_id ?? ""),
			name: String(object.name ?? ""),
			version: String(object.version ?? ""),
			maxMessage: Number(object.max_message) || 0,
			encrypted: Boolean(object.encrypted),
			run: String(object.run ?? ""),
		};
		this.ready = object.ready !== false;
		this.signaling = object.signaling ?? this.signaling;
		this.network = networkOf(object);
		this.#peers = new Map((object.peers ?? []).map((peer) => [peer.id, peer]));
		this.#plugins = new Map((object.plugins ?? []).map((plugin) => [plugin.name, plugin]));
	}

	#addNotice(text) {
		const known = this.notices.some((notice) => notice.text === text);
		if (text && !known)
			this.notices = [...this.notices, { text }].slice(-MAX_NOTICES);
	}

	static handlers = {
		init_info(object) {
			this.#introduce(object);
		},
		peer({ peer }) {
			if (!peer?.id)
				return;
			// What was said of its refusal is over with it.
			if (this.peer(peer.id)?.refusal && !peer.refusal)
				this.notices = this.notices.filter(({ text }) => !text.includes(peer.id) && !text.includes(`(${shortId(peer.id)})`));
			this.#peers.set(peer.id, peer);
		},
		peer_forgotten(object) {
			this.#peers.delete(object.peer_id);
		},
		signaling({ state, message }) {
			this.signaling = { state, message };
		},
		plugin({ plugin }) {
			if (!plugin?.name)
				return;
			this.#plugins.set(plugin.name, plugin);
			this.ready = this.plugins.every((other) =>
				other.required === false || other.state === "ready" || other.state === "degraded");
		},
		network(object) {
			this.network = networkOf(object);
		},
		notice({ message }) {
			this.#addNotice(String(message ?? ""));
		},
	};
}

const HANDLERS = Object.freeze(NodeModel.handlers);
