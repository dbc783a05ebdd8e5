"""The Debian package installs on a bare root, runs there as shipped, and leaves nothing when it is purged.

package_test.py BUILD_FOLDER; needs root, and BUILD_FOLDER/bare-root (bare_root.py).
"""

import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

import bare_root
import daemon

bare_root.become_root()
BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
NOBODY = "65534:65534"
SHIPPED = ("etc/gimlet/node.ini", "etc/gimlet/rendezvous.ini", "lib/systemd/system/gimlet.service",
           "lib/systemd/system/gimlet-rendezvous.service", "usr/bin/gimlet", "usr/share/doc/gimlet/OPERATIONS.md",
           "usr/share/gimlet/web/index.html")


def setUpModule():
    global ROOT, FOLDER
    FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="package-", dir=BUILD))
    unittest.addModuleCleanup(shutil.rmtree, FOLDER)  # also when what follows fails
    FOLDER.chmod(0o755)
    ROOT = FOLDER / "root"
    subprocess.run(["cpack", "-G", "DEB", "-B", str(FOLDER)], cwd=BUILD, check=True, stdout=subprocess.DEVNULL)
    package, = FOLDER.glob("*.deb")
    subprocess.run(["cp", "-a", "--reflink=auto", str(BUILD / "bare-root"), str(ROOT)], check=True)
    shutil.copy(package, ROOT / "gimlet.deb")
    bare_root.run(ROOT, "apt-get", "-q", "update")
    bare_root.run(ROOT, "apt-get", "-q", "install", "-y", "--no-install-recommends", "/gimlet.deb",
                  environment={"DEBIAN_FRONTEND": "noninteractive"})


def gimlet(*arguments, **environment):
    """A gimlet in the root, as nobody, until the end of the block."""
    return daemon.running(bare_root.command(ROOT, "/usr/bin/gimlet", *arguments, user=NOBODY, environment=environment))


class Package(unittest.TestCase):
    def test_1_the_files_are_where_debian_has_them(self):
        self.assertEqual([name for name in SHIPPED if not (ROOT / name).is_file()], [])
        settings = bare_root.run(ROOT, "dpkg-query", "-W", "-f", "${Conffiles}", "gimlet").split()
        self.assertEqual(sorted(settings[::2]), ["/etc/gimlet/node.ini", "/etc/gimlet/rendezvous.ini"])

    def test_1_another_prefix_holds_all_that_is_installed_there(self):
        prefix = FOLDER / "opt"
        told = subprocess.run(["cmake", "--install", str(BUILD), "--prefix", str(prefix)], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
        files = [line.split(": ", 1)[1] for line in told.splitlines() if line.startswith("-- Installing: ")]
        self.assertIn(str(prefix / "etc/gimlet/node.ini"), files)
        self.assertEqual([name for name in files if not name.startswith(f"{prefix}/")], [])

    def test_2_the_shipped_configuration_is_accepted(self):
        for name in ("node", "rendezvous"):
            bare_root.run(ROOT, "/usr/bin/gimlet", "check", "--config", f"/etc/gimlet/{name}.ini", user=NOBODY)

    def test_3_a_rendezvous_and_two_nodes_link_as_shipped(self):
        rendezvous, page, other = (daemon.free_port() for _ in range(3))
        stun = daemon.free_port(socket.SOCK_DGRAM)
        environment = {"RENDEZVOUS_SERVICE_URL": f"http://127.0.0.1:{rendezvous}", "STUN_HOST": "127.0.0.1",
                       "STUN_PORT": str(stun), "INTERNAL_UDP_PORT": "0", "GIMLET_WEB_TOKEN": daemon.TOKEN,
                       "GIMLET_NODE_IDENTITY": "ephemeral"}
        node = ("--config", "/etc/gimlet/node.ini")
        with gimlet("--config", "/etc/gimlet/rendezvous.ini", PORT=str(rendezvous),
                    GIMLET_STUN_SERVER_LISTEN=f"127.0.0.1:{stun}") as server:
            daemon.wait_ready(rendezvous, server)
            with gimlet(*node, PORT=str(page), **environment) as one, gimlet(*node, PORT=str(other), **environment) as two:
                daemon.wait_for("the nodes are linked", lambda: daemon.linked_peers(page), [server, one, two])
                self.assertEqual(daemon.get(page, "/", daemon.TOKEN)[0], 200)

    def test_4_purging_leaves_nothing(self):
        bare_root.run(ROOT, "dpkg", "--purge", "gimlet")
        left = [name for name in (*SHIPPED, "etc/gimlet", "usr/share/gimlet") if (ROOT / name).exists()]
        self.assertEqual(left, [])


if __name__ == "__main__":
    unittest.main()
