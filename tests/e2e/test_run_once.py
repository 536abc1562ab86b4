"""The README's first command: ./run --once over nginx with 200 real pages, and the bundled demo."""
import json
import subprocess
import unittest

from support import DOCS, PLUGINS, ROOT, Pipeline, real_pages, webmon


class RunOnce(Pipeline):
    def run_script(self, *args, timeout=400):
        done = subprocess.run([ROOT / "run", *map(str, args)], capture_output=True, text=True, timeout=timeout,
                              stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout, done.stderr

    def test_two_hundred_real_pages_leave_two_hundred_results_with_every_report(self):
        nginx = self.nginx(DOCS, hosts=8)
        urls = [nginx.url(p, host=i) for i, p in enumerate(real_pages(200))]
        (self.folder / "urls").write_text("\n".join(urls) + "\n")
        code, out, err = self.run_script("--once", "--data-dir", self.folder / "data", "--file", self.folder / "urls",
                                         "--json")
        self.assertEqual(code, 0, err[-2000:])
        results = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(len(results), 200)
        self.assertEqual({r["url"] for r in results}, set(urls))
        for result in results:
            self.assertEqual(sorted(r["plugin"] for r in result["reports"]), sorted(PLUGINS), result["url"])
            stats = next(r for r in result["reports"] if r["plugin"] == "html-stats")
            self.assertEqual(stats["state"], "ok", result["url"])
            self.assertGreater(stats["metrics"]["tags_total"], 10)
        # The same again from what Redis kept: the data directory is started anew and asked over the API.
        self.assert_kept(urls)

    def assert_kept(self, urls):
        (self.folder / "redis.sock").unlink(missing_ok=True)
        (self.folder / "data" / "dump.rdb").rename(self.folder / "dump.rdb")
        self.redis()
        self.dispatcher()
        self.start_api()
        assets = list(self.api.items("/api/v1/assets?limit=100"))
        self.assertEqual({a["url"] for a in assets}, set(urls))
        for asset in assets:
            reports = self.api.get(f"/api/v1/assets/{asset['id']}/reports")["items"]
            self.assertEqual(sorted(r["plugin"] for r in reports), sorted(PLUGINS))

    def test_the_demo_sees_and_explains_the_defacement_and_says_that_not_all_is_well(self):
        code, out, err = self.run_script("--once", "--data-dir", self.folder / "demo")
        self.assertEqual(code, 1, err[-2000:])
        self.assertIn("iframe_count", out)
        self.assertIn("changed", out)
        self.assertIn("down", out)

    def test_a_failing_page_makes_the_exit_status_one(self):
        nginx = self.nginx(DOCS)
        code, out, _ = self.run_script("--once", "--data-dir", self.folder / "data", nginx.url("fail"))
        self.assertEqual(code, 1)
        self.assertIn("down", out)

    def test_a_bad_url_makes_the_exit_status_two(self):
        code, _, err = self.run_script("--once", "--data-dir", self.folder / "data", "ftp://127.0.0.1/")
        self.assertEqual(code, 2)
        self.assertIn("ftp", err)


class CheckWithoutServer(Pipeline):
    def test_check_prints_every_report_over_https(self):
        nginx = self.nginx(DOCS)
        code, out, err = webmon("check", "--ca-file", nginx.ca, "--json", nginx.url("index.html", https=True))
        self.assertEqual(code, 0, err)
        result = json.loads(out)
        self.assertEqual(sorted(r["plugin"] for r in result["reports"]), sorted(PLUGINS))
        tls = next(r for r in result["reports"] if r["plugin"] == "tls-cert")
        self.assertEqual(tls["state"], "ok", tls)
        self.assertGreater(tls["metrics"]["days_left"], 50)

    def test_check_of_an_untrusted_certificate_says_why(self):
        nginx = self.nginx(DOCS)
        code, out, _ = webmon("check", "--json", nginx.url("index.html", https=True))
        self.assertEqual(code, 1)
        probe = next(r for r in json.loads(out)["reports"] if r["plugin"] == "http-probe")
        self.assertEqual((probe["state"], probe["reason"]), ("crit", "tls"))


if __name__ == "__main__":
    unittest.main()
