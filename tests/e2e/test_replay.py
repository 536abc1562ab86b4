"""`webmon replay --series`: a series of our own making through the binary, from a file and from a pipe."""
import datetime
import json
import math
import pathlib
import subprocess
import tempfile
import unittest

from support import WEBMON, webmon

DAY = 288  # values, one every 5 minutes
SPIKE = 6 * DAY + 100


def rhythm():
    """Eight days of 100 ± 20 by the hour, a little uneven, with one spike."""
    start = datetime.datetime(2014, 4, 1)
    rows = []
    for i in range(8 * DAY):
        value = 100 + 20 * math.sin(2 * math.pi * i / DAY) + (i * 7919 % 97) / 25
        rows.append(f"{start + datetime.timedelta(minutes=5 * i)},{value + (90 if i == SPIKE else 0):.3f}")
    return rows


class ReplaySeries(unittest.TestCase):
    def file(self, rows, header="timestamp,value"):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = pathlib.Path(folder.name) / "series.csv"
        path.write_text("\n".join([header, *rows]) + "\n")
        return path

    def test_every_row_has_its_line_and_the_spike_is_an_alert(self):
        code, out, err = webmon("replay", "--series", self.file(rhythm()))
        self.assertEqual((code, err), (1, ""))
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(len(lines), 8 * DAY)
        self.assertEqual(set(lines[0]),
                         {"time", "value", "score", "alert", "surprise", "cause", "expected", "sigma"})
        late = [i for i, line in enumerate(lines) if line["alert"] and i >= 3 * DAY]
        self.assertIn(SPIKE, late)
        self.assertLess(len(late), 5, "of 1,440 values")
        self.assertEqual(lines[SPIKE]["time"], "2014-04-07T08:20:00.000Z")
        self.assertAlmostEqual(lines[SPIKE - 1]["expected"], lines[SPIKE - 1]["value"], delta=15)

    def test_alerts_alone_are_the_same_lines_and_a_threshold_out_of_reach_leaves_none(self):
        path = self.file(rhythm())
        _, out, _ = webmon("replay", "--series", path)
        code, alone, _ = webmon("replay", "--series", path, "--alerts")
        self.assertEqual(code, 1)
        self.assertEqual(alone.splitlines(), [line for line in out.splitlines() if '"alert":true' in line])
        self.assertEqual(webmon("replay", "--series", path, "--alerts", "--threshold", "9"), (0, "", ""))

    def test_a_pipe_is_answered_row_by_row_before_it_ends(self):
        rows = rhythm()
        whole = webmon("replay", "--series", self.file(rows))[1].splitlines()
        with subprocess.Popen([WEBMON, "replay", "--series", "-"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True, bufsize=1) as process:
            process.stdin.write("timestamp,value\n")
            for row, want in zip(rows[:50], whole):
                process.stdin.write(row + "\n")
                self.assertEqual(process.stdout.readline().rstrip(), want)
            process.stdin.close()
            self.assertEqual(process.wait(20), 0)

    def test_a_line_that_cannot_be_read_is_told_with_file_and_line_after_the_rows_before_it(self):
        path = self.file([*rhythm()[:3], "2014-04-01 00:15:00,n/a"])
        code, out, err = webmon("replay", "--series", path)
        self.assertEqual((code, len(out.splitlines())), (2, 3))
        self.assertEqual(err, f'webmon: {path} line 5: "n/a" is no number; leave rows without a value out\n')
        code, _, err = webmon("replay", "--series", self.file(["2014-04-01 00:00:00,nan"]))
        self.assertEqual(code, 2)
        self.assertIn("line 2: the value is not finite", err)
        code, _, err = webmon("replay", "--series", self.file(rhythm(), header="when,what"))
        self.assertEqual(code, 2)
        self.assertIn('line 1: "when,what" does not name the columns', err)

    def test_nothing_to_replay_is_told_too(self):
        for arguments, says in (([], "nothing to replay: `webmon replay DIR` or"),
                                (["/nowhere"], "/nowhere/manifest.jsonl: cannot be read"),
                                (["--series", "/nowhere.csv"], "cannot read /nowhere.csv"),
                                (["--series", self.file([])], "there is no row in")):
            code, out, err = webmon("replay", *arguments)
            self.assertEqual((code, out), (2, ""), err)
            self.assertIn(says, err)


def page(more=""):
    rows = "".join(f"<p>loaf {chr(97 + i % 26) * 3} and roll {chr(97 + i % 26) * 4} cost {i}</p>" for i in range(40))
    return f"<html><head><title>Bread</title></head><body><h1>Our shop</h1>{rows}{more}</body></html>"


class ReplayPages(unittest.TestCase):
    def record(self, bodies):
        """A folder as the manual says: bodies of one page, an hour apart."""
        kept = tempfile.TemporaryDirectory()
        self.addCleanup(kept.cleanup)
        folder = pathlib.Path(kept.name)
        subprocess.run(["zstd", "-q", "-o", folder / "p.zst"], input="".join(bodies).encode(), check=True)
        start = datetime.datetime(2024, 1, 1)
        lines = [json.dumps({"obs": f"o{i}", "page": "p", "url": "http://shop.example/", "file": "p.zst", "len": len(body),
                             "time": (start + datetime.timedelta(hours=i)).isoformat() + "Z"})
                 for i, body in enumerate(bodies)]
        (folder / "manifest.jsonl").write_text("\n".join(lines) + "\n")
        return folder

    def test_an_injection_is_the_only_alert_and_says_why(self):
        bad = page("<script src='//evil.example/x.js'></script>")
        folder = self.record([page()] * 30 + [bad] + [page()] * 5 + [page("<p>loaf aaa and roll bbb cost 99</p>")] * 3)
        code, out, err = webmon("replay", folder)
        self.assertEqual((code, err), (1, ""))
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([line["obs"] for line in lines if line["alert"]], ["o30"])
        self.assertEqual(lines[30]["state"], "changed")
        self.assertIn("evil.example", lines[30]["excerpt"])
        self.assertIn("script_new", [reason.get("sign") for reason in lines[30]["reasons"]])
        self.assertGreater(lines[30]["score"], max(line["score"] for line in lines if not line["alert"]))

    def test_without_an_alert_the_exit_code_is_0(self):
        code, out, _ = webmon("replay", self.record([page()] * 25), "--evidence")
        self.assertEqual((code, len(out.splitlines())), (0, 25))
        self.assertIn("calm", json.loads(out.splitlines()[-1])["evidence"])

    def test_a_manifest_that_cannot_be_read_is_told_with_file_and_line(self):
        folder = self.record([page()] * 2)
        with open(folder / "manifest.jsonl", "a") as manifest:
            manifest.write("{}\n")
        code, out, err = webmon("replay", folder)
        self.assertEqual((code, len(out.splitlines())), (2, 2))
        self.assertIn("manifest.jsonl:3: obs, page and file are needed", err)
        self.record([page()])
        (folder / "p.zst").write_bytes(b"no zstd at all")
        code, _, err = webmon("replay", folder)
        self.assertEqual(code, 2)
        self.assertIn("manifest.jsonl:1: ", err)


if __name__ == "__main__":
    unittest.main()
