"""Assets in bulk: many in one call, out again, questions about them, removal and its undoing."""
import json
import unittest

from support import DOCS, Pipeline, real_pages, wait_until, webmon

MANY = 100_000
HOSTS = 500


def resident_mb(pid):
    """The largest resident size that the process ever had."""
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmHWM")


class Assets(Pipeline):
    def cli(self, *args, code=0, timeout=300):
        status, out, err = webmon(*args, env={"WEBMON_SERVER": f"http://127.0.0.1:{self.api_port}"}, timeout=timeout)
        self.assertEqual(status, code, f"{args}: {out[-2000:]}{err[-2000:]}")
        return out, err

    def json(self, *args, **how):
        return json.loads(self.cli(*args, "--json", **how)[0])

    def start(self, executors=0):
        self.redis()
        self.dispatcher()
        self.api_process = self.start_api()
        for i in range(executors):
            self.executor(f"executor-{i}")

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def total(self):
        return self.api.get("/api/v1/fleet")["assets"]["total"]

    @staticmethod
    def settings(ndjson):
        """What a user has set, of every line."""
        kept = ("url", "tags", "enabled", "interval_s", "request", "tls", "ignore", "sensitivity", "plugins")
        return sorted(json.dumps({k: json.loads(line)[k] for k in kept}, sort_keys=True) for line in ndjson.splitlines())

    def test_a_hundred_thousand_from_a_file_and_back(self):
        self.start()
        lines = [f"http://h{i % HOSTS}.example/page/{i}" for i in range(MANY)]
        lines[16] = "not a url at all"
        urls = self.file("urls.txt", "\n".join(lines) + "\n")
        out, err = self.cli("asset", "add", "--file", urls, "--tag", "many", "--interval", "1h", code=1)
        self.assertIn(f"{MANY} lines: {MANY - 1} created, 0 changed, 0 unchanged, 1 bad", out)
        self.assertIn("urls.txt:17: ", err)
        self.assertEqual(self.total(), MANY - 1)
        again = self.json("asset", "add", "--file", urls, "--tag", "many", "--interval", "1h", code=1)
        self.assertEqual((again["created"], again["changed"], again["unchanged"], again["errors"]), (0, 0, MANY - 1, 1))

        exported = self.cli("asset", "export")[0]
        self.assertEqual(len(exported.splitlines()), MANY - 1)
        self.assertLess(resident_mb(self.api_process.popen.pid), 150)
        self.store.cli("FLUSHALL")
        self.api_process.stop()
        self.start_api()
        self.assertEqual(self.total(), 0)
        result = self.json("asset", "add", "--file", self.file("all.ndjson", exported), "--wait")
        self.assertEqual((result["created"], result["errors"], result["durable"]), (MANY - 1, 0, True))
        self.assertEqual(self.settings(self.cli("asset", "export")[0]), self.settings(exported))

    def test_the_slow_ones_are_one_call(self):
        pages = real_pages(3)
        nginx = self.nginx(DOCS)
        self.start(executors=1)
        urls = [nginx.url(page) for page in pages]
        for url in urls:
            self.api.add(url)
        self.api.wait_run(self.api.start_run()["id"])
        by_size = sorted(urls, key=lambda url: -(DOCS / url.split("/", 3)[3]).stat().st_size)
        lines = self.cli("asset", "list", "--by", "http-probe.body_bytes_decoded", "--top", "2", "--json")[0].splitlines()
        self.assertEqual([json.loads(line)["url"] for line in lines], by_size[:2])
        table = self.cli("asset", "list", "--where", "total_ms >= 0", "--by", "total_ms")[0]
        self.assertIn("http-probe.total_ms", table.splitlines()[0])
        self.assertEqual(len(table.splitlines()), 4)
        self.assertEqual(self.cli("asset", "export", "--where", "total_ms < 0")[0], "")
        self.assertIn("GET /api/v1/plugins", self.cli("asset", "list", "--where", "colour > 1", code=2)[1])

    def test_a_removed_asset_comes_back_with_what_was_learned(self):
        nginx = self.nginx(DOCS)
        self.start(executors=1)
        url = nginx.url(real_pages(1)[0])
        asset = self.api.add(url, tags=["docs"])
        self.api.wait_run(self.api.start_run()["id"])
        before = self.api.get(f"/api/v1/assets/{asset}/statistics")
        self.assertIn(f"webmon asset restore {asset}", self.cli("asset", "remove", url)[0])
        self.assertEqual(self.total(), 0)
        status, gone = self.api.call("GET", f"/api/v1/assets/{asset}")
        self.assertEqual((status, gone["code"]), (410, "gone"))
        self.assertIn(url, self.cli("asset", "list", "--removed")[0])
        self.cli("asset", "restore", url)
        after = self.api.get(f"/api/v1/assets/{asset}/statistics")
        self.assertEqual(after["items"], before["items"])
        self.assertEqual(self.cli("asset", "list", "--removed", "--json")[0], "")
        self.api.wait_run(self.api.start_run()["id"])
        self.assertEqual(self.api.get(f"/api/v1/assets/{asset}")["n"], 2)
        self.cli("asset", "remove", asset, "--purge")
        self.assertEqual(self.api.call("POST", f"/api/v1/assets/{asset}/restore")[0], 404)
        wait_until(lambda: asset not in self.store.cli("--scan"), what="nothing of it is left")

    def test_a_group_gives_its_assets_defaults(self):
        nginx = self.nginx(DOCS)
        self.start(executors=1)
        url = nginx.url(real_pages(1)[0])
        asset = self.api.add(url, tags=["docs"], request={"method": "GET"})

        def plugins():
            self.api.wait_run(self.api.start_run()["id"])
            return {report["plugin"] for report in self.api.items(f"/api/v1/assets/{asset}/reports")}

        self.assertIn("html-stats", plugins())
        made = self.cli("group", "set", "docs", "--interval", "10m", "--method", "HEAD", "--no-plugin", "html-stats")[0]
        self.assertIn("group docs is made", made)
        wait_until(lambda: "html-stats" not in plugins(), what="the group's word is in force")
        self.assertRegex(self.cli("group", "list")[0], r"docs +10m +HEAD +- +- +- +no html-stats")
        shown = self.cli("asset", "show", url)[0]
        self.assertIn("every: 10m (group docs)", shown)
        self.assertIn('html-stats: {"enabled":false} (group docs)', shown)
        self.assertNotIn("request: {", shown, "it says how it is asked for itself")
        self.cli("asset", "set", url, "--unset", "request")
        self.assertRegex(self.cli("asset", "show", url)[0], r'request: \{"method":"HEAD".*\} \(group docs\)')
        self.assertIn("changed", self.cli("group", "set", "docs", "--unset", "plugins")[0])
        shown = self.json("group", "show", "docs")
        self.assertEqual((shown["plugins"], shown["interval_s"]), ({}, 600), "what is not named stays")
        wait_until(lambda: "html-stats" in plugins(), what="its plugin runs again")
        self.cli("group", "remove", "docs")
        self.assertIn("the tag docs has no group", self.cli("group", "show", "docs", code=2)[1])
        self.assertIn("give 5s to 7d", self.cli("group", "set", "docs", "--interval", "1s", code=2)[1])

    def test_filters_and_switches(self):
        self.start()
        for url, tag in (("http://a.example/Shop", "eu"), ("http://a.example/blog", "us"), ("http://b.example/", "eu")):
            self.api.add(url, tags=[tag])
        listed = lambda *args: {json.loads(l)["url"] for l in self.cli("asset", "list", *args, "--json")[0].splitlines()}
        self.assertEqual(listed("--host", "a.example"), {"http://a.example/Shop", "http://a.example/blog"})
        self.assertEqual(listed("--text", "sHOP", "--tag", "eu"), {"http://a.example/Shop"})
        self.cli("asset", "disable", "--tag", "eu")
        self.assertEqual(listed("--enabled", "true"), {"http://a.example/blog"})
        self.cli("asset", "enable", "http://b.example/")
        self.assertEqual(listed("--enabled", "false"), {"http://a.example/Shop"})


if __name__ == "__main__":
    unittest.main()
