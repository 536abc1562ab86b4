"""The page as a whole against its own history, and what people decide on its changes, through the whole pipeline."""
import time
import unittest

from support import Pipeline, wait_until, webmon

PAGE = "<!doctype html><html><head><title>Our shop</title>{}</head><body><h1>Our shop</h1>{}{}</body></html>"
LINES = "".join(f"<p>{a} {b} for the {c} of the house</p>" for a in ("bread", "cake", "rolls")
                for b in ("baked", "sold") for c in ("guests", "friends", "children"))
REFRESH = '<meta http-equiv="refresh" content="5;url=http://evil.example/">'


class Baseline(Pipeline):
    def setUp(self):
        super().setUp()
        root = self.folder / "www"
        root.mkdir()
        self.index = root / "index.html"
        nginx = self.nginx(root)
        self.pipeline(1)
        self.show()
        self.asset = self.api.add(nginx.url("index.html"))
        for _ in range(21):
            self.assertEqual(self.observe(), "up")

    def show(self, head="", more=""):
        self.index.write_text(PAGE.format(head, LINES, more))

    def observe(self):
        super().observe()
        return self.state(self.asset)

    def baseline(self, *args):
        status, out, err = webmon("baseline", *args, "--server", f"http://127.0.0.1:{self.api.port}")
        self.assertEqual(status, 0, err)
        return out

    def alert(self):
        found = self.report(self.asset, "html-stats")["findings"]
        return found[0] if found and found[0]["message"].startswith("the page is unlike") else None

    def test_an_attack_is_told_with_its_reasons_until_it_is_approved(self):
        self.show(REFRESH)
        self.assertEqual(self.observe(), "changed")
        alert = self.alert()
        self.assertEqual(alert["severity"], "crit")
        self.assertIn("a redirect by meta refresh to a new place", alert["message"])
        self.assertIn("unlike the 21 observations before it", alert["message"])
        self.assertIn("refresh_new=", alert["evidence"])
        for _ in range(3):
            self.assertEqual(self.observe(), "changed")
        self.assertIn("seen 4 times in a row", self.baseline("show", self.asset))
        self.assertIn("1 approved", self.baseline("approve", self.asset))
        self.assertEqual(self.observe(), "up")
        self.assertIsNone(self.alert())
        self.assertIn("no change waits", self.baseline("show", self.asset))
        self.assertEqual(self.observe(), "up")

    def test_another_script_host_is_told_once_unless_it_is_rejected(self):
        self.show(more='<script src="http://new.example/x.js"></script>')
        self.assertEqual(self.observe(), "changed")
        self.assertEqual(self.observe(), "up")
        self.show(more='<script src="http://new.example/x.js"></script><script src="http://worse.example/y.js"></script>')
        self.assertEqual(self.observe(), "changed")
        self.assertIn("1 rejected", self.baseline("reject", self.asset))
        for _ in range(3):
            self.assertEqual(self.observe(), "changed")
        self.show()
        self.assertEqual(self.observe(), "up")

    def test_who_wants_fewer_false_alerts_of_a_lively_page_gets_a_higher_threshold(self):
        began = time.monotonic()
        for i in range(6):
            self.show(more=f"<p>news of the day: {'abcdef'[i] * 7} and {'uvwxyz'[i] * 6}</p>")
            self.observe()
        self.api.call("PATCH", f"/api/v1/assets/{self.asset}", {"sensitivity": 0.01}, expect=200)
        wait_until(lambda: time.monotonic() > began + 1.1, what="a time in which the page changed so often")
        self.show(REFRESH)
        self.assertEqual(self.observe(), "changed")
        self.assertEqual(self.alert()["expected"], "score below 5")

    def test_during_a_deployment_what_is_seen_is_learned(self):
        self.assertIn("1 expected", self.baseline("expect", self.asset, "--for", "10m"))
        self.show(REFRESH, "<h2>Now with coffee and tea from far away</h2>")
        self.assertEqual(self.observe(), "up")
        self.baseline("expect", self.asset, "--for", "0")
        self.assertEqual(self.observe(), "up")
        self.show(more='<script src="http://evil.example/x.js"></script>')
        self.assertEqual(self.observe(), "changed")


if __name__ == "__main__":
    unittest.main()
