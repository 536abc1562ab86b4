"""Rules of signatures: Webmon's own and the operator's, in `webmon check` and through the whole pipeline."""
import json
import os
import signal
import unittest

from support import LOOPBACK, Pipeline, wait_until, webmon

PAGE = "<!doctype html><html lang=en><head><title>{}</title></head><body><h1>Boats</h1><p>All about boats. {}</p></body>"
RULE = """rule no_sale {{
  meta: family = "shop" weight = {} description = "the shop was given up"
  strings: $a = "everything must go" nocase
  condition: $a in (hidden_end..body_end) and not host endswith ".shop"
}}
"""


class Signatures(Pipeline):
    def setUp(self):
        super().setUp()
        root = self.folder / "www"
        root.mkdir()
        (root / "plain.html").write_text(PAGE.format("Boats", ""))
        (root / "sale.html").write_text(PAGE.format("Boats", "Everything must go!"))
        (root / "defaced.html").write_text("<title>Hacked by Moth</title><p>hi")
        self.web = self.nginx(root)
        self.rules = self.folder / "rules"
        self.rules.mkdir()

    def check(self, page, *args):
        code, out, err = webmon("check", "--allow-net", LOOPBACK, "--plugin", "signatures", "--json", *args,
                                self.web.url(page))
        return json.loads(out)["reports"][0] if out else (code, err)

    def test_a_check_takes_our_rules_and_those_of_the_operator(self):
        (self.rules / "a.yar").write_text(RULE.format(50))
        self.assertEqual(self.check("defaced.html")["reason"], "defacement")
        self.assertEqual(self.check("sale.html")["state"], "ok")
        self.assertEqual(self.check("plain.html", "--signature-rules", self.rules)["state"], "ok")
        report = self.check("sale.html", "--signature-rules", self.rules)
        self.assertEqual((report["state"], report["reason"], report["metrics"]["score"]), ("warn", "own_rule", 50))
        self.assertEqual(report["facts"]["hits"], [{"id": "no_sale", "family": "shop", "where": "body", "weight": 50,
                                                    "excerpt": "Boats All about boats. Everything must go!"}])

    def test_a_rule_that_does_not_compile_is_told_with_its_line_and_stops_the_start(self):
        (self.rules / "a.yar").write_text("rule x {\n  condition: $a }\n")
        code, err = self.check("plain.html", "--signature-rules", self.rules)
        self.assertEqual(code, 2)
        self.assertIn(f"executor.signature_rules: {self.rules}/a.yar:2: undefined string \"$a\"", err)
        code, _, err = webmon("executor", "--redis", "unix:/nonexistent.sock", "--signature-rules", self.rules)
        self.assertEqual(code, 2)
        self.assertIn("a.yar:2:", err)
        self.assertIn("mend the rule", err)

    def test_a_worker_started_again_has_the_rules_that_were_read(self):
        (self.rules / "a.yar").write_text(RULE.format(90))
        self.redis()
        self.dispatcher()
        self.start_api()
        executor = self.executor("executor", "--signature-rules", self.rules)
        asset = self.api.add(self.web.url("sale.html"))

        def reason():
            run = self.api.start_run(all=True)
            self.assertEqual(self.api.wait_run(run["id"])["jobs"]["done"], 1)
            items = self.api.get(f"/api/v1/assets/{asset}/reports")["items"]
            return next(one["reason"] for one in items if one["plugin"] == "signatures")

        self.assertEqual(reason(), "own_rule")
        (self.rules / "a.yar").write_text("broken since")
        worker = executor.children()[0]
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: executor.children() not in ([], [worker]), 30, what="another worker")
        self.assertEqual(reason(), "own_rule")
        self.assertTrue(executor.alive())


if __name__ == "__main__":
    unittest.main()
