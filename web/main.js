// Puts the parts together: the node's objects go into the models, the models into the views.

import { Connection } from "./connection.js";
import { explainRefusal } from "./explain.js";
import { Conversation } from "./model/conversation.js";
import { NodeModel } from "./model/node.js";
import { displayName, newId, shortId } from "./model/text.js";
import { Unread } from "./model/unread.js";
import { BannersView } from "./view/banners.js";
import { ComposerView } from "./view/composer.js";
import { DetailsView } from "./view/details.js";
import { HeadView } from "./view/head.js";
import { LogView } from "./view/log.js";
import { Panels } from "./view/panels.js";
import { PeersView } from "./view/peers.js";
import { VerifyView } from "./view/verify.js";

const node = new NodeModel();
const conversation = new Conversation();
const unread = new Unread();
let selected = null;
let live = false;
let drawing = false;

const connection = new Connection(socketAddress(), { object: take, status: draw }, {
	WebSocket, setTimeout: setTimeout.bind(window), clearTimeout: clearTimeout.bind(window),
	now: Date.now, random: Math.random, explain: () => explainRefusal(),
});
const panels = new Panels(draw);
const head = new HeadView(openVerify);
const peers = new PeersView(select);
const banners = new BannersView(() => connection.connect(), (notice) => {
	node.dismissNotice(notice);
	draw();
}, openVerify);
const log = new LogView();
const composer = new ComposerView(send);
const details = new DetailsView(openVerify);
const verification = new VerifyView({
	match: (peerId, code) => ask({ type: "verify_peer", peer_id: peerId, code }),
	forget: (peerId) => ask({ type: "unverify_peer", peer_id: peerId }),
	refuse: (peerId) => ask({ type: "refuse_peer", peer_id: peerId }),
	differ(peerId) {
		node.codesDiffer(peerId);
		draw();
	},
	again(peerId) {
		node.compareAgain(peerId);
		draw();
	},
});

function socketAddress() {
	const address = new URL("ui_ws", location.href);
	address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
	address.search = "";
	address.hash = "";
	return address.href;
}

/// Takes one object of the node.
function take(object) {
	if (object.type === "init_info")
		welcome(object);
	node.apply(object);
	const added = conversation.apply(object);
	if (object.type === "error")
		refused(object);
	if (object.type === "peer_forgotten")
		forget(object.peer_id);
	if (added?.kind === "received")
		unread.received(added.peerId, !document.hidden && (selected === null || selected === added.peerId));
	live = object.type !== "history";
	draw();
}

/// The node introduces itself: the one that answered before, or another one.
function welcome(object) {
	const other = node.self && node.self.id !== object.worker_id;
	const name = displayName(object.name, object.worker_id);
	const divider = other ? `Another worker answers now: ${name} (${shortId(object.worker_id)})` : "The node was restarted";
	const { same, pending } = conversation.begin(`${object.worker_id} ${object.run ?? ""}`, divider);
	if (other && selected !== null)
		selected = null;
	connection.send({ type: "ui_client_hello" });
	for (const entry of pending) {
		if (same)
			handOver(entry.id, entry.content, entry.to[0] ?? null);
		else
			giveBack(entry, "Not sent: the node ended before it had the message, or another one answers now.");
	}
}

/// Into the box where it was written; if the person is writing something else there, it stays in the log.
function giveBack(entry, reason) {
	if (composer.giveBack(entry.content, reason))
		conversation.remove(entry);
	else
		conversation.refuse(entry, reason);
}

/// @returns Why the text could not be handed to the node; "" if it could.
function send(content) {
	if (!connection.open || !node.self)
		return "Not sent: this page has no connection to its node. Your text is kept.";
	const id = newId();
	if (!handOver(id, content, selected))
		return "Not sent: the connection to the node broke. Your text is kept.";
	conversation.pend({ id, content, to: selected, time: Date.now() });
	draw();
	return "";
}

function handOver(id, content, to) {
	return connection.send({ type: "send_p2p_message", content, id, ...(to ? { to } : {}) });
}

function openVerify(peerId) {
	verification.open(node, peerId);
}

/// @returns Why the node could not be asked; "" if it could.
function ask(object) {
	return connection.send(object) ? "" : "This page has no connection to its node now.";
}

function refused({ id, code, message, peer_id: peerId }) {
	if (peerId && verification.failed(peerId, message))
		return;
	const entry = conversation.pending(id);
	if (entry)
		giveBack(entry, code === "not_connected" && entry.to.length === 0 ? "Nobody is linked yet; your text stays here." : message);
	else
		node.apply({ type: "notice", message });
}

function forget(peerId) {
	unread.forget(peerId);
	if (selected === peerId)
		selected = null;
}

function select(peerId) {
	selected = peerId;
	panels.chosen();
	draw();
}

/// Draws once for all changes of this moment.
function draw() {
	if (drawing)
		return;
	drawing = true;
	queueMicrotask(() => {
		drawing = false;
		drawNow();
	});
}

function drawNow() {
	const peer = selected && node.peer(selected);
	if (!document.hidden)
		unread.saw(selected);
	drawTimes();
	peers.render(node, selected, unread, connection.open);
	log.render(conversation, node, selected, live);
	composer.render(node, peer ? displayName(peer.name, peer.id) : null);
	verification.render(node);
	if (panels.isOpen("details"))
		details.render(node);
	document.title = title();
	document.documentElement.dataset.phase = connection.status.phase;
}

/// What changes by time alone.
function drawTimes() {
	head.render(node, selected, connection.open);
	banners.render(node, connection.status);
}

function title() {
	const name = node.self ? `${displayName(node.self.name, node.self.id)} · Gimlet` : "Gimlet";
	return unread.total ? `(${unread.total}) ${name}` : name;
}

document.addEventListener("visibilitychange", () => {
	if (!document.hidden)
		connection.probe();
	draw();
});
addEventListener("online", () => connection.probe());
setInterval(drawTimes, 1000);
connection.connect();
