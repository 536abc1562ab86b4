"""Instructions and allocations of the pure middle of a check, per part, on 16 real pages.

Counted by callgrind, which executes every instruction itself: neither load nor processor changes the number. It changes
with our code, with the compiler and with libc, all of one Debian release; 10 % are for their updates. The
bounds are for the mean of these pages: their bytes are in the table of docs/performance.md.
"""
import pathlib
import re
import subprocess
import tempfile
import unittest

from pages import paths, tool

# part: instructions a check, allocations a check
REACHED = {"features": (4_535_000, 46), "plugins": (6_680_000, 367), "statistics": (257_000, 10),
           "comparison": (1_363_000, 1), "commit": (318_000, 314)}
HEADROOM = 1.10


def counted():
    """{part: (instructions, allocations)} per check."""
    files = paths()
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out"
        done = subprocess.run(["valgrind", "--tool=callgrind", "--collect-atstart=no", f"--callgrind-out-file={out}",
                               tool("CHECK_COST"), *files], capture_output=True, text=True, timeout=180)
        if done.returncode != 0:
            raise AssertionError(done.stderr[-2000:])
        allocations = dict(line.split() for line in done.stdout.splitlines())
        parts = {}
        for dump in pathlib.Path(folder).iterdir():
            text = dump.read_text()
            part = re.search(r"^desc: Trigger: Client Request: (\w+)$", text, re.M)
            if part:
                total = int(re.search(r"^totals: (\d+)$", text, re.M).group(1))
                parts[part.group(1)] = (total / len(files), float(allocations[part.group(1)]))
        return parts


class Instructions(unittest.TestCase):
    def test_a_check_costs_no_more_than_it_did(self):
        parts = counted()
        print("\n| part | instructions a check | allocations a check |\n|---|---|---|")
        for part, (instructions, allocations) in parts.items():
            print(f"| {part} | {instructions:,.0f} | {allocations:,.0f} |")
        self.assertEqual(set(parts), set(REACHED))
        for part, (instructions, allocations) in parts.items():
            with self.subTest(part):
                self.assertGreater(instructions, 1_000, "nothing was counted")
                self.assertLessEqual(instructions, REACHED[part][0] * HEADROOM)
                self.assertLessEqual(allocations, REACHED[part][1] * HEADROOM)


if __name__ == "__main__":
    unittest.main()
