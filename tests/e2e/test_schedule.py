"""The scheduler with real processes: assets are checked at their interval; pause, resume, a restart."""
import time
import unittest

from support import Pipeline, wait_until


class Schedule(Pipeline):
    def start(self, *args):
        root = self.folder / "www"
        root.mkdir()
        (root / "page.html").write_text("<html><title>watched</title><body><p>text</p></body></html>")
        self.site = self.nginx(root)
        self.redis()
        self.main = self.dispatcher("dispatcher", *args)
        self.start_api()
        self.executor()

    def add(self, name, **fields):
        return self.api.add(self.site.url(f"page.html?{name}"), **fields)

    def checks(self, asset):
        return self.api.get(f"/api/v1/assets/{asset}/statistics")["n"]

    def next_check(self, asset):
        """Milliseconds since 1970 on Redis' clock, or None."""
        partition = int(asset[-2:], 16) & 63
        score = self.store.cli("zscore", f"wm:{{p{partition:02}}}:next", asset)
        return int(float(score)) if score else None

    def wait_checks(self, asset, count, timeout=30):
        wait_until(lambda: self.checks(asset) >= count, timeout,
                   lambda: f"{count} checks of {asset}, seen {self.checks(asset)}", poll=0.1)

    def test_an_asset_is_checked_at_its_interval_until_it_is_paused(self):
        self.start("--interval", "never")
        often, other = self.add("often", interval_s=5), self.add("other", interval_s=5)
        never, hourly = self.add("never"), self.add("hourly", interval_s=3600)
        self.wait_checks(often, 2)
        began = time.monotonic()
        self.wait_checks(often, 4)
        self.assertGreater(time.monotonic() - began, 8, "two intervals of 5 s")
        self.assertEqual((self.checks(never), self.checks(hourly)), (0, 1))
        self.assertIsNone(self.next_check(never))

        self.api.call("PATCH", f"/api/v1/assets/{often}", {"enabled": False}, expect=200)
        self.assertIsNone(self.next_check(often))
        wait_until(lambda: self.api.get("/api/v1/fleet")["jobs"]["pending"] == 0, 20, "what was under way has ended")
        paused = self.checks(often)
        self.wait_checks(other, self.checks(other) + 2)
        self.assertEqual(self.checks(often), paused)
        self.api.call("PATCH", f"/api/v1/assets/{often}", {"enabled": True}, expect=200)
        self.wait_checks(often, paused + 2)

        # A restart checks nothing early: the times are in Redis.
        planned = self.next_check(hourly)
        self.assertEqual(self.main.stop(), 0)
        self.main = self.dispatcher("dispatcher-again", "--interval", "never")
        self.wait_checks(other, self.checks(other) + 2)
        self.assertEqual((self.checks(hourly), self.next_check(hourly)), (1, planned))
        self.assertEqual(self.checks(never), 0)

    def test_defaults_of_a_tag_and_of_all(self):
        self.start("--interval", "7s", "--tag-interval", "often=5s")
        plain, tagged = self.add("plain"), self.add("tagged", tags=["often"])
        self.wait_checks(plain, 3)
        self.wait_checks(tagged, 3)
        schedule = self.api.get("/api/v1/fleet")["schedule"]
        self.assertEqual(schedule["planned"], 2)
        self.assertLessEqual(schedule["overdue"], 2)


if __name__ == "__main__":
    unittest.main()
