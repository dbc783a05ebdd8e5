// A page that joins a room and talks with a node over a data channel, as docs/PROTOCOL.md, section 4, has it.
// Parameters: rendezvous (its host and port), id, role (offer or answer: the page's SDP role).
const parameters = new URLSearchParams(location.search);
const own = parameters.get("id");
window.seen = [];
const tell = (event, facts = {}) => window.seen.push({event, ...facts});

function toSdp(description, setup) {
	return ["v=0", `o=- 1 ${description.generation} IN IP4 0.0.0.0`, "s=-", "t=0 0", "a=group:BUNDLE 0",
		"m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0", "a=mid:0",
		`a=ice-options:${description.ice_options.join(" ")}`, `a=ice-ufrag:${description.ufrag}`,
		`a=ice-pwd:${description.pwd}`, `a=fingerprint:${description.fingerprint}`, `a=setup:${setup}`,
		`a=sctp-port:${description.sctp_port}`, `a=max-message-size:${description.max_message_size}`,
		...description.candidates.map(line => `a=${line}`), ""].join("\r\n");
}

function fromSdp(sdp) {
	const value = name => sdp.match(new RegExp(`^a=${name}:(.*?)\r?$`, "m"))?.[1];
	return {type: "description", generation: 1, ufrag: value("ice-ufrag"), pwd: value("ice-pwd"),
		fingerprint: value("fingerprint"), setup: value("setup"), sctp_port: Number(value("sctp-port")),
		max_message_size: Number(value("max-message-size")), ice_options: ["trickle"],
		candidates: [...sdp.matchAll(/^a=(candidate:.*?)\r?$/gm)].map(found => found[1])};
}

const socket = new WebSocket(`ws://${parameters.get("rendezvous")}/ws/register/${own}`);
const send = message => socket.send(JSON.stringify(message));
let connection, peer, session, offered, described = false;
const early = [];

function begin(offer) {
	[peer, session] = [offer.peer_worker_id, offer.session];
	const signal = data => send({type: "signal", to: peer, session, data});
	connection = new RTCPeerConnection();
	connection.onconnectionstatechange = () => tell("state", {state: connection.connectionState});
	connection.onicecandidate = ({candidate}) => {
		if (candidate?.candidate)
			tell("candidate", {line: candidate.candidate});
		const data = {type: "trickle", generation: 1, candidates: candidate?.candidate ? [candidate.candidate] : []};
		if (!candidate)
			data.end_of_candidates = true;
		described ? signal(data) : early.push(data);
	};
	connection.describe = async description => {
		await connection.setLocalDescription(description);
		signal(fromSdp(connection.localDescription.sdp));
		described = true;
		early.splice(0).forEach(signal);
	};
	connection.ondatachannel = ({channel}) => add(channel);
	add(connection.createDataChannel("chat"));
	if (parameters.get("role") === "offer")
		offered = connection.createOffer().then(connection.describe);
}

function add(channel) {
	channel.onopen = () => tell("open", {label: channel.label});
	channel.onmessage = ({data}) => tell("message", {content: data});
	window.say = text => channel.send(text);
}

async function signalled(data) {
	if (data.type === "trickle")
		return Promise.all(data.candidates.map(candidate => connection.addIceCandidate({candidate, sdpMid: "0"})));
	if (connection.remoteDescription)
		return;
	await offered;
	if (parameters.get("role") === "offer")
		return connection.setRemoteDescription({type: "answer", sdp: toSdp(data, peer < own ? "active" : "passive")});
	await connection.setRemoteDescription({type: "offer", sdp: toSdp(data, "actpass")});
	await connection.describe(await connection.createAnswer());
}

socket.onopen = () => send({type: "hello", protocol: 1, transports: ["udp-punch/1"], name: "browser"});
socket.onmessage = ({data}) => {
	const message = JSON.parse(data);
	if (message.type === "p2p_connection_offer")
		begin(message);
	else if (message.type === "signal" && message.from === peer)
		signalled(message.data).catch(error => tell("error", {message: String(error)}));
};
socket.onclose = ({code}) => tell("closed", {code});
