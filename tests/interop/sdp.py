"""Descriptions of docs/PROTOCOL.md, section 4, as SDP (RFC 8866, 8839, 8841) and back."""


def to_sdp(description, setup, session="1"):
    """@param setup What stands in place of "actpass" where the description answers."""
    lines = ["v=0", f"o=- {session} {description['generation']} IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE 0",
             "a=msid-semantic: WMS", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0", "a=mid:0",
             "a=ice-options:" + " ".join(description.get("ice_options", ["trickle"])),
             f"a=ice-ufrag:{description['ufrag']}", f"a=ice-pwd:{description['pwd']}",
             f"a=fingerprint:{description['fingerprint']}", f"a=setup:{setup}",
             f"a=sctp-port:{description['sctp_port']}", f"a=max-message-size:{description['max_message_size']}"]
    lines += ["a=" + candidate for candidate in description["candidates"]]
    if description.get("end_of_candidates"):
        lines.append("a=end-of-candidates")
    return "".join(line + "\r\n" for line in lines)


def from_sdp(sdp, generation=1):
    """The first data channel section, with what stands above all sections where the section has none of its own."""
    values, candidates, ended = {}, [], False
    for line in sdp.splitlines():
        name, _, value = line[2:].partition(":") if line.startswith("a=") else (line[:1], "", line[2:])
        if name == "candidate":
            candidates.append(f"candidate:{value}")
        elif name == "end-of-candidates":
            ended = True
        else:
            values[name] = value
    port = values.get("sctp-port") or values["sctpmap"].split()[0]
    return {"type": "description", "generation": generation, "ufrag": values["ice-ufrag"], "pwd": values["ice-pwd"],
            "fingerprint": values["fingerprint"], "setup": values["setup"], "sctp_port": int(port),
            "max_message_size": int(values.get("max-message-size", 65536)), "candidates": candidates,
            **({"end_of_candidates": True} if ended else {})}
