"""The NAT matrix: whoever meets whom, they link, and directly where it can be. A named test a cell; the table that is
printed at the end has the time of each.

Cells are run several at a time, so a test waits for its own, which may have been running for a while."""

import sys
import unittest

import labtest
import matrix

CELLS = {cell.name: cell for cell in matrix.cells()}
MATRIX = matrix.Matrix()


def part(cell):
    """Which class a cell is a test of; CTest runs each by itself."""
    if cell.expected == matrix.RELAYED:
        return "Relayed"
    if cell.expected == matrix.EITHER:
        return "Hardest"
    if cell.engine == "box":
        return "Box"
    return "Kernel"


class CellTest(unittest.TestCase):
    """Links two nodes in the networks that the test's name says."""

    cell = None

    def check(self, cell):
        found = MATRIX.outcome(cell)
        print(f"{found.route}, linked after {found.linked:.2f} s"
              + ("" if found.direct is None else f", direct after {found.direct:.2f} s"), end=" ", flush=True)
        allowed = [cell.expected] if cell.expected != matrix.EITHER else [matrix.DIRECT, matrix.RELAYED]
        self.assertIn(found.route, allowed)
        if matrix.punched(cell.one, cell.other):
            self.assertGreater(found.punches, 0, "nobody has tried to punch")


def make_tests():
    """A class a part, a test a cell."""
    made = {}
    for cell in CELLS.values():
        tests = made.setdefault(part(cell), {})
        tests[f"test_{cell.name}"] = lambda self, cell=cell: self.check(cell)
    return {name: type(name, (CellTest,), tests) for name, tests in made.items()}


globals().update(make_tests())


def start(tests):
    for test in tests:
        cell = CELLS[test.id().rpartition(".test_")[2]]
        MATRIX.start(cell, labtest.LabTest.binary)


if __name__ == "__main__":
    del CellTest  # it has no test of its own
    sys.exit(labtest.main(start, lambda: print(MATRIX.table(CELLS))))
