"""Pages of 8 MiB that are slow or large elsewhere: each is fetched, read and judged within bounds of time and memory."""
import itertools
import json
import os
import subprocess
import time

from support import LOOPBACK, WEBMON, Pipeline

MIB = 1 << 20
WORDS = "<p>" + "These are words of an ordinary page, so that it is not taken for an empty one. " * 8
# What begins the page, and what goes on until it is full. Pieces: wait4(2) counts this process' memory, too.
PAGES = {
    "800,000 attributes": ("<p ", (f"a{i}=1 " for i in itertools.count())),
    "a million open elements and more": ("", itertools.repeat("<div>")),
    "tables in each other": ("", itertools.repeat("<table><tr><td>")),
    "elements to be closed and opened again": ("", itertools.repeat("<b><i><a href=x><p>")),
    "names that no other element has": ("", (f"<x{i}>" for i in itertools.count())),
    "half a million links": ("", itertools.repeat("<a href=//h>x</a>")),
    "half a million scripts": ("", itertools.repeat("<script>x</script>")),
    "tags that do not begin": ("", itertools.repeat("<" * 1024)),
    "references that do not end": ("", itertools.repeat("&" * 1024)),
    "a comment that does not end": ("<!--", itertools.repeat("-" * 1024)),
    "a quote that does not end": ('<a href="', itertools.repeat("x" * 1024)),
    "a single line": ("", itertools.repeat("word " * 1024)),
    "NUL": ("", itertools.repeat("\0" * 1024)),
}
MOST_MB = 60  # 42 were reached, 8 of them the page
MOST_S = 3    # 0.12 were reached


class HostilePages(Pipeline):
    def check(self, url):
        """(reports, peak resident MB of wait4(2), seconds)"""
        began = time.monotonic()
        process = subprocess.Popen([WEBMON, "check", "--allow-net", LOOPBACK, "--json", url],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertIn(process.returncode, (0, 1), process.stderr.read())
        process.stdout.close()
        process.stderr.close()
        reports = {report["plugin"]: report for report in json.loads(out)["reports"]}
        return reports, usage.ru_maxrss / 1024, time.monotonic() - began

    def test_each_is_judged_within_bounds_of_time_and_memory(self):
        root = self.folder / "www"
        root.mkdir()
        for i, (begin, pieces) in enumerate(PAGES.values()):
            with open(root / f"{i}.html", "w") as page:
                left = 8 * MIB - page.write(WORDS + begin)
                while left > 8192:
                    left -= page.write(next(pieces))
        web = self.nginx(root)
        for i, name in enumerate(PAGES):
            with self.subTest(name):
                reports, peak_mb, took_s = self.check(web.url(f"{i}.html"))
                self.assertEqual({r["plugin"]: r["reason"] for r in reports.values() if r["state"] == "error"}, {})
                self.assertGreaterEqual(reports["html-stats"]["metrics"]["words"], 100, "it was read")
                self.assertLessEqual(peak_mb, MOST_MB)
                self.assertLessEqual(took_s, MOST_S)
