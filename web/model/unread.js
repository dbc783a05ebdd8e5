// Counts what has come and was not seen, by peer.

export class Unread {
	#counts = new Map();

	/// @param seen Whether the message could be seen when it came.
	received(peerId, seen) {
		if (!seen)
			this.#counts.set(peerId, this.of(peerId) + 1);
	}

	/// The conversation with this peer, or with everybody (null), is in view.
	saw(peerId) {
		if (peerId === null)
			this.#counts.clear();
		else
			this.#counts.delete(peerId);
	}

	forget(peerId) {
		this.#counts.delete(peerId);
	}

	of(peerId) {
		return this.#counts.get(peerId) ?? 0;
	}

	get total() {
		let sum = 0;
		this.#counts.forEach((count) => { sum += count; });
		return sum;
	}
}
