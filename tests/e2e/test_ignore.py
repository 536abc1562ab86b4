"""Ignore rules through the whole pipeline: what changes by itself is news without a rule, and none with one."""
import json
import unittest

from support import Pipeline, wait_until, webmon

PAGE = ("<!doctype html><html lang=en><head><title>Boats</title></head><body><h1>Boats</h1><p>All about boats.</p>"
        "<script nonce={0}>var boats = 1;</script><div class='box ad'>{1}</div><p>{0} users online</p></body></html>")
RULES = ("--ignore-css", ".ad", "--ignore-attribute", "nonce", "--ignore-regex", "[0-9]+ users", "--ignore-css", "#gone")


class IgnoreRules(Pipeline):
    def start(self):
        self.root = self.folder / "www"
        self.root.mkdir()
        self.index = self.root / "index.html"
        self.write(1, "Buy a boat!")
        self.site = self.nginx(self.root)
        self.pipeline(1)

    def write(self, number, ad):
        self.index.write_text(PAGE.format(number, ad))

    def changed(self, asset):
        facts = self.report(asset, "content-hash")["facts"]
        return facts["changed"], facts["changed_raw"]

    def cli(self, *args, code=0):
        status, out, err = webmon(*args, env={"WEBMON_SERVER": f"http://127.0.0.1:{self.api_port}"})
        self.assertEqual(status, code, err)
        return out + err

    def add(self, url, *options):
        self.cli("asset", "add", url, *options)
        return json.loads(self.cli("asset", "show", url, "--json"))["id"]

    def test_what_changes_by_itself_is_news_without_a_rule_and_none_with_one(self):
        self.start()
        plain = self.add(self.site.url("index.html?plain"))
        ruled = self.add(self.site.url("index.html?ruled"), *RULES)
        for number in range(21):
            self.write(number, "Buy a boat!" if number % 2 else "Sell a boat!")
            self.observe()
        self.assertEqual(self.changed(plain), (True, True))
        self.assertEqual(self.changed(ruled), (False, False))
        self.write(99, "<iframe src='https://ads.example/'></iframe>")
        self.observe()
        self.assertEqual((self.state(plain), self.state(ruled)), ("changed", "up"))
        self.assertEqual(self.changed(ruled), (False, False))
        self.assertEqual([self.report(asset, "http-probe")["metrics"]["body_bytes_decoded"] for asset in (plain, ruled)],
                         [self.index.stat().st_size] * 2, "what came is what came")
        stats = self.report(ruled, "html-stats")
        self.assertEqual((stats["metrics"]["div_count"], stats["metrics"]["ignored_elements"]), (0, 1))
        ignored = stats["facts"]["ignored"]
        self.assertEqual((ignored["rules"], ignored["elements"], ignored["attributes"], ignored["matches"], ignored["idle"]),
                         (4, 1, 1, 1, ["css #gone"]))
        self.assertNotIn("ignored", self.report(plain, "html-stats")["facts"])
        self.assertIn("\nignored: 1 element, 1 attribute, 1 match, ", self.cli("asset", "show", self.site.url("index.html?ruled")))
        self.write(99, "")
        self.index.write_text(self.index.read_text().replace("All about", "Nothing about"))
        self.observe()
        self.assertEqual(self.changed(ruled), (True, True), "the rest of the page counts")

    def test_those_of_a_group_hold_until_the_asset_has_its_own(self):
        self.start()
        url = self.site.url("index.html")
        asset = self.add(url, "--tag", "shop")
        self.cli("group", "set", "shop", *RULES)
        self.assertIn('ignore: [{"css":".ad"},', self.cli("asset", "show", url))

        def is_ignored(elements):
            self.observe()
            return self.report(asset, "html-stats")["facts"].get("ignored", {}).get("elements") == elements

        wait_until(lambda: is_ignored(1), what="the executor knows the group")
        self.cli("asset", "set", url, "--ignore-css", "p")
        self.assertTrue(is_ignored(2))
        self.cli("asset", "set", url, "--unset", "ignore")
        self.assertTrue(is_ignored(1))
        exported = self.cli("asset", "export")
        self.assertIn('"ignore":null', exported)
        self.assertIn("4 rules", self.cli("group", "list"))

    def test_a_rule_hides_nothing_from_assertions(self):
        self.start()
        demands = {"fail_if_body_not_matches_regexp": ["Buy a boat"]}
        asset = self.api.add(self.site.url("index.html"), ignore=[{"css": "body"}], plugins={"assertions": demands})
        self.observe()
        self.assertEqual(self.state(asset), "up")
        self.assertEqual(self.report(asset, "assertions")["state"], "ok")
        self.assertEqual(self.report(asset, "html-stats")["metrics"]["words"], 0)
        self.assertEqual(self.report(asset, "page-class")["facts"]["class"], "normal")

    def test_an_import_takes_what_an_export_wrote(self):
        self.start()
        url = self.site.url("index.html")
        self.add(url, *RULES)
        lines = self.folder / "assets.ndjson"
        lines.write_text(self.cli("asset", "export"))
        self.cli("asset", "set", url, "--unset", "ignore")
        self.assertIn("1 changed", self.cli("asset", "add", "--file", lines))
        self.assertIn("1 unchanged", self.cli("asset", "add", "--file", lines))
        self.assertEqual(json.loads(self.cli("asset", "show", url, "--json"))["ignore"],
                         [{"css": ".ad"}, {"css": "#gone"}, {"attribute": "nonce"}, {"regex": "[0-9]+ users"}])
        refused = self.cli("asset", "set", url, "--ignore-css", "a:hover", code=2)
        self.assertIn('ignore[0].css: cannot be read from ":hover" on', refused)

    def test_check_ignores_without_a_server(self):
        self.start()
        status, out, err = webmon("check", self.site.url("index.html"), *RULES)
        self.assertEqual(status, 0, err)
        self.assertIn("\nignored: 1 element, 1 attribute, 1 match, ", out)
        self.assertIn("(4 rules; nothing found: css #gone)\n", out)
        status, _, err = webmon("check", self.site.url("index.html"), "--ignore-regex", "(")
        self.assertEqual(status, 2)
        self.assertIn("ignore[0].regex: is no regular expression", err)


if __name__ == "__main__":
    unittest.main()
