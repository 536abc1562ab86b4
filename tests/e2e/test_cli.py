"""The command line against a running api: every subcommand, for people and as JSON."""
import json
import unittest

from support import DOCS, PLUGINS, Pipeline, real_pages, webmon


class CommandLine(Pipeline):
    def cli(self, *args, code=0):
        status, out, err = webmon(*args, env={"WEBMON_SERVER": f"http://127.0.0.1:{self.api_port}"})
        self.assertEqual(status, code, f"{args}: {out}{err}")
        return out, err

    def json(self, *args):
        return json.loads(self.cli(*args, "--json")[0])

    def test_a_day_in_the_life_of_an_asset(self):
        page = real_pages(1)[0]
        nginx = self.nginx(DOCS)
        self.pipeline(1)
        url = nginx.url(page)
        asset = self.json("asset", "add", url, "--tag", "docs")
        self.assertEqual(asset["url"], url)
        self.assertIn(url, self.cli("asset", "list")[0])
        self.assertEqual(self.json("asset", "show", url)["id"], asset["id"])
        self.cli("asset", "set", asset["id"], "--tag", "manual")
        self.assertEqual(self.json("asset", "show", asset["id"])["tags"], ["manual"])
        run = self.json("run", "start", "--tag", "manual", "--wait")
        self.assertEqual(self.json("run", "status", run["id"])["jobs"]["done"], 1)
        self.assertIn("tags_total", self.cli("stats", asset["id"])[0])
        self.assertTrue(self.json("snapshot")["durable"])
        self.cli("run", "cancel", run["id"])
        self.rest_of_the_api(asset, run)
        self.cli("asset", "rm", asset["id"])
        self.cli("asset", "show", asset["id"], code=2)

    def rest_of_the_api(self, asset, run):
        self.assertIn(run["id"], [r["id"] for r in self.lines("run", "list")])
        self.assertIn(run["id"], self.cli("run", "list")[0])
        job, = self.lines("run", "jobs", run["id"])
        self.assertEqual((job["asset"], job["state"]), (asset["id"], "done"))
        self.assertIn(job["id"], self.cli("run", "jobs", run["id"])[0])
        self.assertEqual(self.json("job", "show", job["id"])["result"], "up")
        self.cli("job", "cancel", job["id"], code=1)
        self.cli("job", "show", asset["id"], code=2)
        sample = self.lines("history", asset["id"])[-1]
        self.assertEqual(sample["state"], "up")
        self.assertGreater(sample["metrics"]["total_ms"], 0)
        self.assertIn("tags_total", self.cli("history", asset["url"], "--metric", "tags_total")[0])
        self.assertEqual(self.json("fleet")["assets"]["total"], 1)
        self.assertEqual(self.json("health")["status"], "ok")
        self.assertEqual(set(PLUGINS), {p["name"] for p in self.lines("plugins", "--api")})
        epoch = self.json("snapshot")["epoch"]
        self.assertEqual(self.json("snapshot", "show", epoch)["status"], "durable")
        self.cli("snapshot", "show", epoch + 1_000_000, code=2)

    def lines(self, *args):
        return [json.loads(line) for line in self.cli(*args, "--json")[0].splitlines()]

    def test_plugins_lists_all_and_tells_everything_of_one(self):
        status, out, _ = webmon("plugins", "--json")
        self.assertEqual(status, 0)
        listed = {plugin["name"]: plugin for plugin in map(json.loads, out.splitlines())}
        self.assertEqual(set(PLUGINS), set(listed))
        one = listed["tls-cert"]
        self.assertEqual(json.loads(webmon("plugins", "tls-cert", "--json")[1]), one)
        for args in ([], ["--markdown"]):
            status, out, _ = webmon("plugins", "tls-cert", *args)
            self.assertEqual(status, 0)
            for told in one["metrics"] + one["facts"] + one["options"]:
                self.assertIn(told["name"], out)
            for reason in one["reasons"]:
                self.assertIn(reason["reason"], out)
                self.assertTrue(reason["help"])

    def test_wrong_use_ends_with_two_and_says_what_to_do(self):
        for args in (["--no-such-flag"], ["no-such-command"], ["asset"], ["check"], ["control", "MAKE COFFEE"]):
            status, _, err = webmon(*args)
            self.assertEqual(status, 2, args)
            self.assertTrue(err.strip(), args)
        status, _, err = webmon("asset", "list", "--server", "http://127.0.0.1:1")
        self.assertEqual(status, 2)
        self.assertIn("127.0.0.1:1", err)


if __name__ == "__main__":
    unittest.main()
