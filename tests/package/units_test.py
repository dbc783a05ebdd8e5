"""The systemd units: systemd understands every line, and they keep what they promise about hardening.

units_test.py BUILD_FOLDER
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
UNITS = [BUILD / "package/gimlet.service", BUILD / "package/gimlet-rendezvous.service"]


class Units(unittest.TestCase):
    def test_systemd_understands_every_line(self):
        for unit in UNITS:
            with self.subTest(unit.name), tempfile.TemporaryDirectory() as folder:
                # The program is not installed here, so the check is given one that is.
                copy = pathlib.Path(folder) / unit.name
                copy.write_text(unit.read_text().replace("/usr/bin/gimlet", "/bin/true"))
                done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(copy)],
                                      capture_output=True, text=True)
                self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_little_is_exposed(self):
        for unit in UNITS:
            with self.subTest(unit.name):
                done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)],
                                      capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stdout[-600:] + done.stderr)

    def test_each_unit_names_its_own_ini_file(self):
        for unit, ini in zip(UNITS, ("node.ini", "rendezvous.ini")):
            self.assertEqual(set(re.findall(r"/etc/gimlet/(\S+\.ini)", unit.read_text())), {ini})


if __name__ == "__main__":
    unittest.main()
