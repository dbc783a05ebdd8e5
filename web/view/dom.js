// Making and keeping elements. Text from anywhere becomes text nodes only, never markup.

/// Makes an element. `properties`: class, text, and anything else as an attribute; false and null leave it out.
export function element(tag, properties = {}, ...children) {
	const made = document.createElement(tag);
	for (const [name, value] of Object.entries(properties)) {
		if (name === "text")
			made.textContent = value;
		else if (value !== false && value !== null && value !== undefined)
			made.setAttribute(name, value === true ? "" : value);
	}
	made.append(...children.filter((child) => child !== null && child !== undefined));
	return made;
}

export function byId(id) {
	return document.getElementById(id);
}

/// Sets a text only when it changed, so that screen readers are told of changes alone.
export function setText(target, text) {
	if (target.textContent !== text)
		target.textContent = text;
}

export function setAttribute(target, name, value) {
	if (value === null || value === false)
		target.removeAttribute(name);
	else if (target.getAttribute(name) !== String(value))
		target.setAttribute(name, value);
}

/// Makes the children of a list match some items, keeping the elements (and so focus and scrolling) of those
/// that stay.
export class KeyedList {
	#container;
	#create;
	#elements = new Map();

	/// @param create Makes what belongs to an item: {element, update(item)}.
	constructor(container, create) {
		this.#container = container;
		this.#create = create;
	}

	update(items, keyOf) {
		const keys = new Set(items.map(keyOf));
		for (const [key, part] of this.#elements) {
			if (!keys.has(key)) {
				part.element.remove();
				this.#elements.delete(key);
			}
		}
		let before = this.#container.firstChild;
		for (const item of items) {
			const part = this.#part(item, keyOf(item));
			if (part.element === before)
				before = before.nextSibling;
			else
				this.#container.insertBefore(part.element, before);
			part.update(item);
		}
	}

	#part(item, key) {
		let part = this.#elements.get(key);
		if (!part) {
			part = this.#create(item);
			this.#elements.set(key, part);
		}
		return part;
	}
}
