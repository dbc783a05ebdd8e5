"""docker/cloudrun/: the service files, filled in by deploy.sh, are what Cloud Run and the node need.

cloudrun_test.py SOURCE_FOLDER BUILD_FOLDER
"""

import http.server
import json
import os
import pathlib
import subprocess
import sys
import threading
import unittest

import yaml

import daemon

SOURCE = pathlib.Path(sys.argv.pop(1)).resolve()
BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
TEXT = subprocess.run([SOURCE / "docker/cloudrun/deploy.sh", "print"], stdout=subprocess.PIPE, text=True, check=True,
                      env={"PATH": os.environ["PATH"], "PROJECT": "project",
                           "RENDEZVOUS_SERVICE_URL": "https://rendezvous.example"}).stdout
RENDEZVOUS, WORKER = yaml.safe_load_all(TEXT)


def annotations(service):
    return {**service["metadata"]["annotations"], **service["spec"]["template"]["metadata"]["annotations"]}


def container(service):
    only, = service["spec"]["template"]["spec"]["containers"]
    return only


class MetadataServer(http.server.BaseHTTPRequestHandler):
    """What an instance asks for its identity."""

    def do_GET(self):
        known = self.path == ("/computeMetadata/v1/instance/service-accounts/default/identity"
                              "?audience=https://rendezvous.example")
        known = known and self.headers["Metadata-Flavor"] == "Google"
        self.send_response(200 if known else 404)
        self.end_headers()
        self.wfile.write(b"the.identity.token" if known else b"unknown")

    def log_message(self, *_):
        pass


class CloudRun(unittest.TestCase):
    def test_the_identity_token_comes_from_the_metadata_server(self):
        with http.server.HTTPServer(("127.0.0.1", 0), MetadataServer) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            environment = {"PATH": os.environ["PATH"], "GCE_METADATA_HOST": f"127.0.0.1:{server.server_port}"}

            def ask(audience):
                return subprocess.run([SOURCE / "docker/identity-token", audience], env=environment, capture_output=True, text=True)
            good, bad = ask("https://rendezvous.example"), ask("https://elsewhere.example")
            server.shutdown()
        self.assertEqual((good.returncode, good.stdout), (0, "the.identity.token\n"))
        self.assertEqual((bad.returncode, bad.stdout), (1, ""))
        self.assertIn("404", bad.stderr)

    def test_everything_is_filled_in(self):
        self.assertEqual([line for line in TEXT.splitlines() if "${" in line and not line.lstrip().startswith("#")], [])

    def test_both_keep_their_cpu_and_their_websockets(self):
        for service in (RENDEZVOUS, WORKER):
            notes = annotations(service)
            self.assertEqual(notes["run.googleapis.com/cpu-throttling"], "false")
            self.assertEqual(notes["run.googleapis.com/execution-environment"], "gen2")
            self.assertEqual(notes["run.googleapis.com/startup-cpu-boost"], "true")
            self.assertEqual(service["spec"]["template"]["spec"]["timeoutSeconds"], 3600)

    def test_the_rendezvous_is_one(self):
        notes = annotations(RENDEZVOUS)
        self.assertEqual((notes["autoscaling.knative.dev/minScale"], notes["autoscaling.knative.dev/maxScale"]), ("1", "1"))

    def test_all_that_leaves_a_worker_goes_through_the_nat(self):
        notes = annotations(WORKER)
        self.assertEqual(notes["run.googleapis.com/vpc-access-egress"], "all-traffic")
        interface, = json.loads(notes["run.googleapis.com/network-interfaces"])
        self.assertEqual(set(interface), {"network", "subnetwork"})
        self.assertTrue(all(interface.values()))
        self.assertEqual(notes["autoscaling.knative.dev/minScale"], notes["autoscaling.knative.dev/maxScale"])

    def test_no_probe_asks_for_a_path_that_googles_front_end_keeps(self):
        for service in (RENDEZVOUS, WORKER):
            for probe in ("startupProbe", "livenessProbe"):
                self.assertIn(container(service)[probe]["httpGet"]["path"], ("/health", "/ready"))

    def test_gimlet_accepts_the_arguments_and_the_environment(self):
        for service in (RENDEZVOUS, WORKER):
            box = container(service)
            environment = {variable["name"]: variable.get("value", daemon.TOKEN) for variable in box["env"]}
            environment.update(PATH=os.environ["PATH"], K_SERVICE=service["metadata"]["name"],
                               PORT=str(box["ports"][0]["containerPort"]))
            arguments = [argument.replace("/etc/gimlet/", f"{SOURCE}/etc/") for argument in box["args"]]
            done = subprocess.run([BUILD / "bin/gimlet", "check", *arguments], env=environment, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            with self.subTest(service["metadata"]["name"]):
                self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
