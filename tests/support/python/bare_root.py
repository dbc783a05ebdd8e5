"""A bare Debian 12: what debootstrap makes of its essential packages and apt, and how to run a program in it.

bare_root.py FOLDER makes one, once: a second call finds it there.
"""

import os
import pathlib
import shutil
import subprocess
import sys

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def become_root():
    """Runs this script again as root, by sudo, unless it is root already."""
    if os.geteuid() != 0:
        os.execvp("sudo", ["sudo", "-n", sys.executable, *sys.argv])


def mirror():
    """Where this machine takes Debian 12 from, as a list of one; empty for debootstrap's own choice."""
    targets = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Codename: bookworm"],
        capture_output=True, text=True, check=True).stdout.split()
    return targets[:1]


def use_host_network(root):
    """Lets apt in the root reach what apt reaches outside: its sources, keys, proxies, and who resolves names."""
    (root / "etc/apt/sources.list").unlink(missing_ok=True)
    for name in ("etc/apt/sources.list", "etc/apt/sources.list.d", "etc/apt/auth.conf.d", "etc/apt/keyrings",
                 "etc/apt/trusted.gpg.d", "usr/share/keyrings", "etc/ssl/certs", "etc/resolv.conf", "etc/hosts"):
        source = pathlib.Path("/") / name
        if source.is_dir():
            shutil.copytree(source, root / name, symlinks=False, dirs_exist_ok=True, ignore_dangling_symlinks=True)
        elif source.is_file():
            shutil.copy(source, root / name)
    settings = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
    kept = [line for line in settings.splitlines() if line.startswith(("Acquire::http", "Acquire::https"))]
    (root / "etc/apt/apt.conf.d/00host").write_text("\n".join(kept) + "\n")


def make(root):
    """Makes the root unless it is there."""
    if (root / "etc/apt/apt.conf.d/00host").exists():
        return
    shutil.rmtree(root, ignore_errors=True)
    root.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["debootstrap", "--variant=minbase", "bookworm", str(root), *mirror()], check=True)
    for archive in (root / "var/cache/apt/archives").glob("*.deb"):
        archive.unlink()
    use_host_network(root)


def command(root, *arguments, user="0:0", environment=None):
    """The command line that runs a program in the root, in namespaces of its own that end with it."""
    variables = [f"{name}={value}" for name, value in {"PATH": PATH, **(environment or {})}.items()]
    return ["unshare", "--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={root}/proc",
            "chroot", f"--userspec={user}", str(root), "/usr/bin/env", "-i", *variables, *arguments]


def run(root, *arguments, **options):
    """Runs a program in the root; its output is returned. A failure is an AssertionError that shows the output."""
    done = subprocess.run(command(root, *arguments, **options), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


if __name__ == "__main__":
    become_root()
    make(pathlib.Path(sys.argv[1]))
