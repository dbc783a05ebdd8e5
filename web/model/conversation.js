// The messages of this page, in order, bounded. Pure: fed with the objects of /ui_ws and with what the person
// sends; knows no element of the page.
//
// The node numbers the messages of one run (`seq`). After a reconnection it tells its recent history again;
// what is here already is recognised by that number, and what went by in between is put in its place.

/// The most messages that the page keeps.
export const MAX_MESSAGES = 500;

export class Conversation {
	/// Oldest first. An entry has `key`, `kind` (received, sent, divider), `revision` (grows with each change),
	/// and, by kind, `id`, `peerId`, `name`, `to`, `content`, `time`, `pending`, `deliveries`.
	entries = [];
	/// Whether older messages were dropped to stay within the bound.
	trimmed = false;
	#own = new Map();
	#run = null;
	#lastSeq = 0;
	#nextKey = 1;

	/// The node has introduced itself. If it is another one, or the same after a restart, what it knew is gone:
	/// the end of the old messages is marked.
	/// @returns The messages that were handed over and never answered: to be sent again to the same run,
	/// else to be given back to the person.
	begin(run, dividerText) {
		const same = run === this.#run;
		const pending = this.entries.filter((entry) => entry.pending);
		if (!same) {
			if (this.#run !== null) {
				this.#settle();
				this.#add({ kind: "divider", text: dividerText });
			}
			this.#run = run;
			this.#lastSeq = 0;
		}
		return { same, pending };
	}

	/// A message of the person that is on its way to the node.
	pend({ id, content, to, time }) {
		this.#add({ kind: "sent", id, content, to: to ? [to] : [], time, pending: true, deliveries: new Map() });
	}

	/// Takes one object. @returns The entry that was added, or null.
	apply(object) {
		switch (object.type) {
		case "p2p_message_received":
			return this.#received(object);
		case "message_sent":
			return this.#sent(object);
		case "delivery":
			this.#delivery(object);
			return null;
		case "history":
			(object.messages ?? []).forEach((message) => this.apply(message));
			return null;
		default:
			return null;
		}
	}

	/// A message of ours that waits for its answer, or null.
	pending(id) {
		const entry = this.#own.get(id);
		return entry?.pending ? entry : null;
	}

	/// Takes a message of ours out again.
	remove(entry) {
		this.#own.delete(entry.id);
		this.entries = this.entries.filter((other) => other !== entry);
	}

	/// Leaves a message of ours where it is, as one that went nowhere.
	refuse(entry, reason) {
		entry.pending = false;
		entry.deliveries.set(null, { state: "failed", message: reason });
		entry.revision++;
	}

	#received(object) {
		if (this.#seen(object.seq))
			return null;
		return this.#add({
			kind: "received", peerId: object.from_peer_id, name: object.name ?? "",
			content: String(object.content ?? ""), time: object.time ?? Date.now(),
		});
	}

	#sent(object) {
		const known = this.#own.get(object.id);
		if (known)
			this.#seen(object.seq);
		else if (this.#seen(object.seq))
			return null;
		const entry = known ?? this.#add({
			kind: "sent", id: object.id, content: String(object.content ?? ""), deliveries: new Map(),
		});
		entry.pending = false;
		entry.to = object.to ?? [];
		entry.time = object.time ?? entry.time;
		(object.deliveries ?? []).forEach((delivery) => entry.deliveries.set(delivery.peer_id, delivery));
		entry.revision++;
		return known ? null : entry;
	}

	#delivery(object) {
		const entry = this.#own.get(object.id);
		if (!entry)
			return;
		entry.deliveries.set(object.peer_id, { state: object.state, message: object.message });
		entry.revision++;
	}

	/// Whether a number was met before; if not, it has been now. Messages of nodes that do not count are new.
	#seen(seq) {
		if (!seq)
			return false;
		if (seq <= this.#lastSeq)
			return true;
		this.#lastSeq = seq;
		return false;
	}

	/// No more is going to be heard of the messages before a restart: says so where it matters.
	#settle() {
		for (const entry of this.#own.values()) {
			for (const [peerId, { state }] of entry.deliveries) {
				if (state === "queued")
					entry.deliveries.set(peerId, { state: "failed", message: "the node ended before the link was up" });
				else if (state === "sent")
					entry.deliveries.set(peerId, { state: "unconfirmed", message: "the node ended before the peer confirmed" });
			}
			entry.revision++;
		}
	}

	#add(entry) {
		const added = { key: this.#nextKey++, revision: 1, ...entry };
		this.entries.push(added);
		if (added.kind === "sent")
			this.#own.set(added.id, added);
		while (this.entries.length > MAX_MESSAGES) {
			const oldest = this.entries.shift();
			this.#own.delete(oldest.id);
			this.trimmed = true;
		}
		return added;
	}
}

/// Whether an entry belongs to the conversation with this peer; null is everybody.
export function concerns(entry, peerId) {
	if (peerId === null || entry.kind === "divider")
		return true;
	if (entry.kind === "received")
		return entry.peerId === peerId;
	return entry.to.includes(peerId);
}
