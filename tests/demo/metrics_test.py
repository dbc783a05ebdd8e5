"""docs/OPERATIONS.md and /metrics name the same metrics.

metrics_test.py SOURCE_FOLDER BUILD_FOLDER
"""

import os
import pathlib
import re
import sys
import unittest

import daemon
import page
import pair

SOURCE = pathlib.Path(sys.argv.pop(1)).resolve()
GIMLET = pathlib.Path(sys.argv.pop(1)).resolve() / "bin/gimlet"


def metrics(port):
    return set(re.findall(r"^# TYPE (\S+)", daemon.get(port, "/metrics")[1], re.MULTILINE))


class Metrics(unittest.TestCase):
    def test_what_a_node_and_a_rendezvous_show_is_described(self):
        described = set(re.findall(r"`(gimlet_[a-z_]+)`", (SOURCE / "docs/OPERATIONS.md").read_text()))
        os.chdir(SOURCE)
        with pair.rendezvous(GIMLET) as server, pair.node(GIMLET, server) as (one, here), pair.node(GIMLET, server) as (two, _):
            daemon.wait_for("the nodes are linked", lambda: daemon.linked_peers(here), [one, two])
            client = page.Page(here)
            client.send(type="send_p2p_message", content="hello")
            client.wait("message_sent")
            shown = metrics(here) | metrics(server[1])
            client.close()
        self.assertEqual(shown - described, set(), "shown but not in docs/OPERATIONS.md")
        # Some are shown only once something has happened: these the source must name.
        sources = "".join(file.read_text() for folder in ("node", "plugins") for file in (SOURCE / folder).rglob("*.cpp"))
        unknown = {name for name in described - shown
                   if f'"{name}"' not in sources and f'"{re.sub("^gimlet_(rendezvous_server|rendezvous|udp_plain|udp_punch)_", "", name)}"' not in sources}
        self.assertEqual(unknown, set(), "in docs/OPERATIONS.md but nowhere else")


if __name__ == "__main__":
    unittest.main()
