// How long to wait before the next attempt: twice as long each time, within bounds, and never in step with others.

const FIRST_MS = 500;
const LONGEST_MS = 15_000;

export class Backoff {
	#attempts = 0;
	#random;

	/// @param random Gives numbers from 0 to 1.
	constructor(random = Math.random) {
		this.#random = random;
	}

	get attempts() {
		return this.#attempts;
	}

	/// The delay before the next attempt in milliseconds: between half and all of the present bound.
	next() {
		const bound = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#attempts);
		this.#attempts++;
		return Math.round(bound * (0.5 + this.#random() / 2));
	}

	reset() {
		this.#attempts = 0;
	}
}
