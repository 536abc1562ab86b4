"""Allocations of an executor's worker process per check: ours and those of libcurl, libzmq and hiredis.

One slot, one job at a time, as in test_system_calls.py. Two executors do 20 and 320 checks of the same kind of page;
what both do once falls out of the difference. The second lives a little longer: what its tick and beat allocate is
well below the headroom.
"""
import re
import unittest

from support import LOOPBACK, WEBMON, Pipeline, Process
from pages import tool

FEW, MANY = 20, 320
BOUND = 925  # per check; 878 were reached with 27 plugins


class Allocations(Pipeline):
    def allocations(self, name, tag):
        """Of the worker process of an executor that did a run of `tag`."""
        process = self.keep(Process(name, [WEBMON, "executor", "--redis", f"unix:{self.folder}/redis.sock", "--work",
                                           self.ports["work"], "--allow-net", LOOPBACK, "--unlimited-host", LOOPBACK,
                                           "--threads", "1", "--slots", "1"],
                                    self.folder, {"LD_PRELOAD": tool("COUNT_ALLOCATIONS")}))
        self.api.wait_run(self.api.start_run(tag=tag)["id"], 100)
        worker = process.children()[0]
        process.stop()
        found = re.search(rf"allocations pid={worker} count=(\d+)", process.text())
        self.assertIsNotNone(found, process.text())
        return int(found.group(1))

    def test_a_check_allocates_no_more_often_than_it_did(self):
        tool("COUNT_ALLOCATIONS")
        (self.folder / "site").mkdir()
        (self.folder / "site/page.html").write_text("<!doctype html><title>t</title>" + "<p>Some words.</p>" * 200)
        nginx = self.nginx(self.folder / "site")
        self.redis()
        self.dispatcher()
        self.start_api()
        for i in range(FEW + MANY):
            self.api.add(nginx.url(f"page.html?asset={i}"), tags=["few" if i < FEW else "many"])
        few, many = self.allocations("executor-few", "few"), self.allocations("executor-many", "many")
        a_check = (many - few) / (MANY - FEW)
        print(f"\n{a_check:.0f} allocations a check")
        self.assertGreater(a_check, 100, "nothing was counted")
        self.assertLessEqual(a_check, BOUND)


if __name__ == "__main__":
    unittest.main()
