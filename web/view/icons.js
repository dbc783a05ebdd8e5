// Small drawings that tell states apart by shape as well as by colour. Decoration only: words stand beside them.

const NAMESPACE = "http://www.w3.org/2000/svg";

/// Paths in a box of 16 by 16. `fill` paths are filled, the others drawn as lines.
const DRAWINGS = {
	waiting: [["M8 2.2a5.8 5.8 0 1 1 0 11.6a5.8 5.8 0 0 1 0-11.6", "dashed"]],
	attempted: [["M8 2.2a5.8 5.8 0 1 1 0 11.6a5.8 5.8 0 0 1 0-11.6", "line"], ["M8 2.2a5.8 5.8 0 0 1 0 11.6z", "fill"]],
	up: [["M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13z", "fill"], ["M5.2 8.2l2 2 3.8-4.2", "cut"]],
	silent: [["M8 2.2a5.8 5.8 0 1 1 0 11.6a5.8 5.8 0 0 1 0-11.6", "line"], ["M6.4 5.8v4.4M9.6 5.8v4.4", "line"]],
	lost: [["M3.4 3.4l9.2 9.2M12.6 3.4l-9.2 9.2", "line"]],
	everybody: [["M5.7 7.4a2.2 2.2 0 1 0 0-4.4a2.2 2.2 0 0 0 0 4.4M1.6 13c.3-2.5 1.9-3.8 4.1-3.8s3.8 1.3 4.1 3.8", "line"],
		["M10.6 3.4a2 2 0 0 1 0 3.8M12 9.6c1.4.5 2.2 1.7 2.4 3.4", "line"]],
	sending: [["M3 8h.01M8 8h.01M13 8h.01", "line"]],
	queued: [["M8 2.2a5.8 5.8 0 1 1 0 11.6a5.8 5.8 0 0 1 0-11.6M8 5v3.2l2.2 1.3", "line"]],
	sent: [["M3.5 8.4l3 3 6-6.8", "line"]],
	delivered: [["M1.2 8.4l3 3 6-6.8M8.2 11.4l6-6.8", "line"]],
	unconfirmed: [["M2 8.4l3 3 5-5.7M13.2 5v3.4M13.2 11.2v.01", "line"]],
	failed: [["M8 2.3l6.2 11.2H1.8zM8 6.6v3.2M8 11.7v.01", "line"]],
	copy: [["M5.5 5.5h7.5v8h-7.5zM3 10.5v-8h7.5", "line"]],
	done: [["M3 8.5l3.4 3.3 6.6-7.6", "line"]],
	open: [["M4 7.4h8v6h-8zM5.6 7.4v-2.2a2.4 2.4 0 0 1 4.6-1", "line"]],
	closed: [["M4 7.4h8v6h-8zM5.6 7.4v-2a2.4 2.4 0 0 1 4.8 0v2", "line"]],
	shield: [["M8 1.8l5 1.8v4c0 3.2-2 5.4-5 6.6c-3-1.2-5-3.4-5-6.6v-4zM5.6 7.9l1.8 1.8 3.1-3.4", "line"]],
	refused: [["M8 2.2a5.8 5.8 0 1 1 0 11.6a5.8 5.8 0 0 1 0-11.6M3.9 3.9l8.2 8.2", "line"]],
	warning: [["M8 2.3l6.2 11.2H1.8zM8 6.6v3.2M8 11.7v.01", "line"]],
};

export function icon(name) {
	const svg = document.createElementNS(NAMESPACE, "svg");
	svg.setAttribute("viewBox", "0 0 16 16");
	svg.setAttribute("class", `icon icon-${name}`);
	svg.setAttribute("aria-hidden", "true");
	svg.setAttribute("focusable", "false");
	for (const [path, kind] of DRAWINGS[name] ?? []) {
		const drawn = document.createElementNS(NAMESPACE, "path");
		drawn.setAttribute("d", path);
		drawn.setAttribute("class", kind);
		svg.append(drawn);
	}
	return svg;
}

/// Replaces the drawing in an element, if it is another one.
export function setIcon(target, name) {
	if (target.dataset.icon === name)
		return;
	target.dataset.icon = name;
	target.replaceChildren(icon(name));
}
