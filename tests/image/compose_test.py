"""docker/compose.yml: its services, started as processes with their own command and environment, link.

compose_test.py SOURCE_FOLDER BUILD_FOLDER
"""

import contextlib
import os
import pathlib
import socket
import sys
import tempfile
import unittest

import yaml

import daemon

SOURCE = pathlib.Path(sys.argv.pop(1)).resolve()
BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
COMPOSE = yaml.safe_load((SOURCE / "docker/compose.yml").read_text())
SERVICES = COMPOSE["services"]


def published(name):
    """The host address, host port and container port of each published port."""
    return [entry.rsplit(":", 2) for entry in SERVICES[name].get("ports", [])]


class Compose(unittest.TestCase):
    def test_the_services_run_the_image_that_our_dockerfile_makes(self):
        built = [service["build"] for service in SERVICES.values() if "build" in service]
        self.assertTrue(built)
        for build in built:
            self.assertTrue((SOURCE / "docker" / build["context"] / build["dockerfile"]).is_file())
        self.assertEqual({service["image"] for service in SERVICES.values()}, {"gimlet"})

    def test_what_is_published_is_what_the_process_listens_on_and_on_loopback_only(self):
        for name, service in SERVICES.items():
            self.assertIn(service["environment"]["PORT"], [container for _, _, container in published(name)])
            self.assertEqual({host for host, _, _ in published(name)}, {"127.0.0.1"})

    def test_volumes_and_dependencies_exist(self):
        for service in SERVICES.values():
            self.assertLessEqual({volume.split(":")[0] for volume in service.get("volumes", [])}, set(COMPOSE["volumes"]))
            self.assertLessEqual(set(service.get("depends_on", {})), set(SERVICES))

    def test_the_services_link_when_started_as_processes(self):
        ports = {name: daemon.free_port() for name in SERVICES}
        stun = daemon.free_port(socket.SOCK_DGRAM)
        with contextlib.ExitStack() as stack:
            processes = []
            for name in sorted(SERVICES, key=lambda name: "depends_on" in SERVICES[name]):
                arguments, environment = self.process(name, ports, stun)
                environment["GIMLET_NODE_STATE_DIR"] = stack.enter_context(tempfile.TemporaryDirectory())
                processes.append(stack.enter_context(daemon.running(arguments, environment)))
                daemon.wait_ready(ports[name], processes[-1])
            for name in ("anna", "ben"):
                daemon.wait_for(f"{name} is linked", lambda: daemon.linked_peers(ports[name]), processes)

    def process(self, name, ports, stun):
        """The service's command line and environment. A container has addresses of its own: here free ports stand
        for them, and everything else is as compose.yml says."""
        service = SERVICES[name]
        environment = {"PATH": os.environ["PATH"], **service["environment"], "PORT": str(ports[name])}
        if "RENDEZVOUS_SERVICE_URL" in environment:
            inside = SERVICES["rendezvous"]["environment"]["PORT"]
            self.assertEqual(environment["RENDEZVOUS_SERVICE_URL"], f"http://rendezvous:{inside}")
            self.assertEqual((environment["STUN_HOST"], environment["STUN_PORT"]), ("rendezvous", "3478"))
            environment.update(RENDEZVOUS_SERVICE_URL=f"http://127.0.0.1:{ports['rendezvous']}", STUN_HOST="127.0.0.1",
                               STUN_PORT=str(stun), INTERNAL_UDP_PORT="0", GIMLET_WEB_TOKEN=daemon.TOKEN)
        else:
            environment["GIMLET_STUN_SERVER_LISTEN"] = f"127.0.0.1:{stun}"
        arguments = [argument.replace("/etc/gimlet/", f"{SOURCE}/etc/")
                     for argument in service.get("command", ["--config", "/etc/gimlet/node.ini"])]
        return [BUILD / "bin/gimlet", *arguments], environment


if __name__ == "__main__":
    unittest.main()
