"""A rendezvous with its STUN server and two nodes on loopback, for benchmarks."""

import contextlib
import socket
import tempfile

import daemon


@contextlib.contextmanager
def rendezvous(gimlet):
    """A running rendezvous with its STUN server: (process, HTTP port, STUN port)."""
    port, stun = daemon.free_port(), daemon.free_port(socket.SOCK_DGRAM)
    with daemon.running([gimlet, "--config", "etc/rendezvous.ini", "--set", f"http.listen=127.0.0.1:{port}",
                         "--set", f"stun-server.listen=127.0.0.1:{stun}"], environment={}) as process:
        daemon.wait_ready(port, process)
        yield process, port, stun


@contextlib.contextmanager
def node(gimlet, server, *options):
    """A running node of that rendezvous: (process, HTTP port). It need not be ready yet."""
    _, rendezvous_port, stun = server
    port = daemon.free_port()
    with tempfile.TemporaryDirectory() as state:
        with daemon.running([gimlet, "--config", "etc/node.ini", "--set", f"http.listen=127.0.0.1:{port}",
                             "--set", f"node.state_dir={state}", "--set", "udp-punch.listen=127.0.0.1:0",
                             "--set", f"rendezvous.url=http://127.0.0.1:{rendezvous_port}",
                             "--set", f"stun.servers=127.0.0.1:{stun}", *options], environment={}) as process:
            yield process, port


@contextlib.contextmanager
def linked_nodes(gimlet):
    """Two nodes whose link is up: [(process, HTTP port), (process, HTTP port)]."""
    with rendezvous(gimlet) as server, node(gimlet, server) as one, node(gimlet, server) as two:
        for _, port in (one, two):
            daemon.wait_for("the nodes are linked", lambda: daemon.linked_peers(port), [one[0], two[0]])
        yield [one, two]
