// Why the WebSocket does not come about: a browser does not tell, but a plain request does.

export async function explainRefusal(fetcher = fetch) {
	let status = 0;
	try {
		status = (await fetcher("./", { method: "HEAD", cache: "no-store" })).status;
	} catch {
		return "The node cannot be reached; it may have ended.";
	}
	if (status === 401)
		return "The node asks for its token: open the address that it printed in its log.";
	if (status === 403)
		return "The node refuses this address; see [web] hosts.";
	if (status === 503)
		return "The node serves as many pages as it may.";
	return "The node answers, but takes no further page now.";
}
