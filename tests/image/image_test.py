"""The image: it builds from a bare Debian; its root, entered as its own user, serves $PORT and is healthy.

image_test.py SOURCE_FOLDER BUILD_FOLDER; needs root, buildah, and BUILD_FOLDER/bare-root (bare_root.py), which stands
in for debian:bookworm-slim, since no registry of images is asked.
"""

import json
import os
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
SOURCE = pathlib.Path(sys.argv.pop(1)).resolve()
BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
BASE = "docker.io/library/debian:bookworm-slim"
MAX_ADDED = 40_000_000  # bytes that the image may add to its base


def buildah(*arguments, show=False):
    """buildah's output; with `show` it goes to the test's log instead."""
    done = subprocess.run(["buildah", "--storage-driver", DRIVER, "--root", FOLDER / "store", "--runroot", FOLDER / "run",
                           *arguments], stdin=subprocess.DEVNULL, stdout=None if show else subprocess.PIPE, text=True)
    assert done.returncode == 0, f"buildah {arguments[0]} ended with {done.returncode}"
    return (done.stdout or "").strip()


def make_base():
    """The bare root as an image of the name that the Dockerfile begins from."""
    container = buildah("from", "scratch")
    buildah("add", "--quiet", container, str(BUILD / "bare-root"), "/")
    buildah("commit", "--quiet", "--rm", container, BASE)


def setUpModule():
    global FOLDER, DRIVER, ROOT, CONFIG, CONTAINER
    FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="image-", dir=BUILD))
    DRIVER = "overlay"
    try:
        make_base()
    except AssertionError:  # no overlay mounts here, as inside another container
        DRIVER = "vfs"
        make_base()
    # The compiler's cache is lent to the build, which would compile for minutes what was compiled before.
    cache = subprocess.run(["ccache", "--get-config", "cache_dir"], stdout=subprocess.PIPE, text=True, check=True)
    os.makedirs(cache.stdout.strip(), exist_ok=True)
    buildah("bud", "--isolation", "chroot", "--pull-never", "--format", "docker", "--tag", "gimlet",
            "--volume", f"{cache.stdout.strip()}:/root/.cache/ccache", "--file", str(SOURCE / "docker/Dockerfile"),
            str(SOURCE), show=True)
    CONFIG = json.loads(buildah("inspect", "--type", "image", "gimlet"))["Docker"]["config"]
    CONTAINER = buildah("from", "--pull-never", "gimlet")
    ROOT = pathlib.Path(buildah("mount", CONTAINER))


def tearDownModule():
    buildah("umount", CONTAINER)
    buildah("rm", "--all")
    buildah("rmi", "--all")
    shutil.rmtree(FOLDER, ignore_errors=True)


def command(arguments, **environment):
    """A command line in the image's root, as its user and with its environment."""
    own = dict(variable.split("=", 1) for variable in CONFIG["Env"])
    return bare_root.command(ROOT, *arguments, user=CONFIG["User"], environment={**own, **environment})


def files(root):
    """The bytes of all files, without apt's lists."""
    return sum(file.lstat().st_size for file in pathlib.Path(root).rglob("*")
               if file.is_file() and not file.is_symlink() and "var/lib/apt" not in str(file))


class Image(unittest.TestCase):
    def test_it_answers_on_its_port_and_passes_its_own_health_check(self):
        port = daemon.free_port()
        environment = {"PORT": str(port), "RENDEZVOUS_SERVICE_URL": "http://127.0.0.1:9", "STUN_HOST": "127.0.0.1"}
        self.assertEqual(CONFIG["Healthcheck"]["Test"][0], "CMD")
        check = command(CONFIG["Healthcheck"]["Test"][1:], **environment)
        self.assertNotEqual(subprocess.run(check, capture_output=True).returncode, 0, "healthy before it runs")
        with daemon.running(command(CONFIG["Entrypoint"] + CONFIG["Cmd"], **environment)) as process:
            daemon.wait_for("it answers", lambda: (daemon.get(port, "/health") or [0])[0] == 200, [process])
            done = subprocess.run(check, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            self.assertEqual(done.returncode, 0, done.stdout)
            # Beyond loopback the page asks for a token, and the log tells the address that has it.
            self.assertEqual(daemon.get(port, "/ui_ws")[0], 401)
            self.assertIn("?token=", daemon.log(process))

    def test_the_rendezvous_runs_from_the_same_image(self):
        port, stun = daemon.free_port(), daemon.free_port(socket.SOCK_DGRAM)
        arguments = CONFIG["Entrypoint"] + ["--config", "/etc/gimlet/rendezvous.ini"]
        environment = {"PORT": str(port), "GIMLET_STUN_SERVER_LISTEN": f"127.0.0.1:{stun}"}
        with daemon.running(command(arguments, **environment)) as process:
            daemon.wait_ready(port, process)

    def test_it_does_not_run_as_root(self):
        self.assertNotIn(CONFIG["User"].split(":")[0], ("", "0", "root"))

    def test_it_is_small_and_holds_neither_compiler_nor_source(self):
        self.assertFalse((ROOT / "usr/bin/c++").exists())
        self.assertFalse((ROOT / "src").exists())
        added = files(ROOT) - files(BUILD / "bare-root")
        print(f"The image adds {added / 1e6:.1f} MB to its base.")
        self.assertLess(added, MAX_ADDED)


if __name__ == "__main__":
    unittest.main()
