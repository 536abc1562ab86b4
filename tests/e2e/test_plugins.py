"""What plugins say and remember, through the whole pipeline: a block page, an assertion, a new origin."""
import unittest

from support import Pipeline

PAGE = "<!doctype html><html lang=en><head><title>Boats</title></head><body><h1>Boats</h1><p>All about boats.</p>{}"
CHALLENGE = "<title>Just a moment...</title><p>Enable JavaScript and cookies to continue"


class Plugins(Pipeline):
    def start(self):
        self.root = self.folder / "www"
        self.root.mkdir()
        self.index = self.root / "index.html"
        self.index.write_text(PAGE.format(""))
        nginx = self.nginx(self.root)
        self.pipeline(1)
        return nginx.url("index.html")

    def test_a_challenge_in_place_of_the_page_is_inconclusive_and_nothing_is_learned(self):
        url = self.start()
        asset = self.api.add(url)
        self.observe()
        self.assertEqual(self.state(asset), "up")
        self.assertEqual(self.report(asset, "page-class")["facts"]["class"], "normal")
        self.index.write_text(CHALLENGE)
        self.observe()
        self.assertEqual(self.state(asset), "inconclusive")
        self.assertEqual(self.report(asset, "page-class")["reason"], "block_challenge")
        for plugin in ("html-stats", "content-hash", "text-diff", "scripts"):
            self.assertEqual(self.report(asset, plugin)["reason"], "page_class", plugin)
        self.index.write_text(PAGE.format(""))
        self.observe()
        self.assertEqual(self.state(asset), "up")
        self.assertFalse(self.report(asset, "content-hash")["facts"]["changed"], "the challenge was never the page")
        items = self.api.get(f"/api/v1/assets/{asset}/statistics")["items"]
        self.assertEqual({item["n"] for item in items if item["plugin"] in ("http-probe", "html-stats")}, {2})

    def test_an_assertion_of_the_asset_decides_its_state(self):
        url = self.start()
        assertions = {"valid_status_codes": ["2xx"], "fail_if_body_not_matches_regexp": ["(?i)all about boats"]}
        asset = self.api.add(url, plugins={"assertions": assertions})
        self.observe()
        self.assertEqual(self.state(asset), "up")
        self.assertEqual([one["pass"] for one in self.report(asset, "assertions")["facts"]["each"]], [True, True])
        self.index.write_text(PAGE.format("").replace("All about", "Nothing on"))
        self.observe()
        report = self.report(asset, "assertions")
        self.assertEqual((report["state"], report["reason"]), ("crit", "assertion_failed"))
        self.assertEqual(self.state(asset), "degraded")

    def test_a_script_of_an_origin_never_seen_before_is_told_after_twenty_checks(self):
        url = self.start()
        asset = self.api.add(url)
        self.index.write_text(PAGE.format("<script src=https://cdn.example/a.js></script>"))
        for _ in range(20):
            self.observe()
        self.assertEqual(self.state(asset), "up")
        self.index.write_text(PAGE.format("<script src=https://evil.example/a.js></script>"))
        self.observe()
        report = self.report(asset, "scripts")
        self.assertEqual((report["state"], report["reason"]), ("warn", "new_script_origin"))
        self.assertEqual(report["facts"]["new_origins"], ["https://evil.example"])
        self.assertEqual(self.state(asset), "changed", "the page as a whole says it, too")
        self.observe()
        self.assertEqual(self.report(asset, "scripts")["state"], "ok", "it is known now")


if __name__ == "__main__":
    unittest.main()
