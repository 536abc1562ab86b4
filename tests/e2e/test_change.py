"""The flagship promise, through the whole pipeline: one injected <iframe> is flagged, ordinary variation is not."""
import json
import math
import random
import statistics as statistics_module
import unittest

from support import Pipeline, webmon


def page(paragraphs, links, words, extra="", seed=0):
    chance = random.Random(seed)
    text = lambda n: " ".join(chance.choice(("page", "news", "garden", "water", "letter", "music")) for _ in range(n))
    body = "".join(f"<p>{text(words)}</p>\n" for _ in range(paragraphs))
    menu = "".join(f'<li><a href="/{i}">{text(2)}</a></li>' for i in range(links))
    return (f"<!doctype html><html><head><title>A page</title></head><body><h1>A page</h1><ul>{menu}</ul>"
            f"{body}{extra}<footer>the end</footer></body></html>")


class ExcessiveChange(Pipeline):
    def start(self):
        self.root = self.folder / "www"
        self.root.mkdir()
        nginx = self.nginx(self.root)
        self.pipeline(1)
        return nginx

    def cli(self, *args, code=0):
        status, out, err = webmon(*args, env={"WEBMON_SERVER": f"http://127.0.0.1:{self.api_port}"})
        self.assertEqual(status, code, out + err)
        return out + err

    def findings(self, asset):
        return [f for f in self.report(asset, "html-stats")["findings"] if f["code"] == "excessive_change"]

    def test_one_iframe_after_sixty_identical_observations(self):
        nginx = self.start()
        (self.root / "index.html").write_text(page(12, 8, 30))
        asset = self.api.add(nginx.url("index.html"))
        for _ in range(60):
            self.observe()
        self.assertEqual(self.findings(asset), [])
        (self.root / "index.html").write_text(page(12, 8, 30, '<iframe src="http://evil.example/"></iframe>'))
        self.observe()
        found = self.findings(asset)
        self.assertTrue(any("iframe" in f["message"] for f in found), found)
        self.assertIn("frame_new=0.693 mean=0 sd=0 n=59 part=", found[0]["evidence"])
        self.assertEqual(self.api.get(f"/api/v1/assets/{asset}")["state"], "changed")
        statistics = self.api.get(f"/api/v1/assets/{asset}/statistics")
        self.assertEqual(statistics["n"], 61)
        iframe = next(m for m in statistics["items"] if m["name"] == "iframe_count")
        self.assertEqual((iframe["min"], iframe["max"], iframe["last"], iframe["n"]), (0, 1, 1, 61))
        self.assertGreater(iframe["z"], 5)
        self.assertEqual((iframe["recent"], iframe["quantiles"]["p50"], iframe["quantiles"]["p95"]), (32, 0, 0))
        self.assertEqual(iframe["muted"]["code"], "page_detector", "the page as a whole is known by now")
        total = next(m for m in statistics["items"] if m["name"] == "total_ms")
        self.assertEqual((total["muted"], total["band"]["low"]), (None, None))
        self.assertLess(iframe["band"]["high"], 1, "one more would be excessive again")

    def check_history_quantiles(self, statistics):
        """The whole history is still in the series: each quantile is close to the value of its rank."""
        timings = [item for item in statistics["items"] if item["history_quantiles"]]
        self.assertLessEqual({"total_ms", "connect_ms", "processing_ms", "transfer_ms"}, {t["name"] for t in timings})
        self.assertEqual({t["unit"] for t in timings}, {"ms"})
        for item in timings:
            values = sorted(v for v in item["series"] if v is not None)
            told = item["history_quantiles"]
            self.assertEqual(told["n"], len(values), item["name"])
            for percent in (50, 90, 95, 99):
                exact = values[math.ceil(percent * len(values) / 100) - 1]
                self.assertAlmostEqual(told[f"p{percent}"], exact, delta=0.001 + exact * told["accuracy"],
                                       msg=item["name"])

    def test_quantiles_and_the_series_are_those_of_the_recorded_samples(self):
        nginx = self.start()
        index = self.root / "index.html"
        asset = self.api.add(nginx.url("index.html"))
        for i in range(25):
            index.write_text(page(12 + i % 5, 8, 30, seed=i))
            self.observe()
        history = self.api.get(f"/api/v1/assets/{asset}/history")
        statistics = self.api.get(f"/api/v1/assets/{asset}/statistics?series=true")
        self.assertEqual(statistics["times"], [row["observed"] for row in history["items"]])
        column = {metric["name"]: i for i, metric in enumerate(history["metrics"])}
        seen = 0
        for item in statistics["items"]:
            series = [row["values"][column[item["name"]]] for row in history["items"]]
            self.assertEqual(item["series"], series, item["name"])
            values = sorted(v for v in series if v is not None)
            self.assertEqual(item["recent"], len(values))
            if len(values) < 2:
                continue
            seen += 1
            # Debian's own statistics module: "inclusive" is numpy's default.
            cuts = statistics_module.quantiles(values, n=20, method="inclusive")
            median = statistics_module.median(values)
            mad = 1.482602218505602 * statistics_module.median(abs(v - median) for v in values)
            expected = [cuts[0], cuts[4], cuts[9], cuts[14], cuts[18], mad]
            told = [item["quantiles"][p] for p in ("p05", "p25", "p50", "p75", "p95")] + [item["mad"]]
            for ours, theirs in zip(told, expected):
                self.assertAlmostEqual(ours, theirs, delta=1e-9 * max(abs(theirs), values[-1] - values[0], 1e-300),
                                       msg=item["name"])
        self.assertGreater(seen, 50)
        self.check_history_quantiles(statistics)
        self.assertIn("Over 25 observations: p50 ", self.cli("stats", asset, "total_ms"))
        table = self.cli("stats", asset, "--all")
        self.assertIn("RECENT", table)
        self.assertIn("TIMING ", table)
        muted = [item["muted"]["code"] for item in statistics["items"] if item["muted"]]
        self.assertEqual("MUTED" in table, set(muted) != {"page_detector"})
        self.assertIn(f"({muted.count('page_detector')} metrics of content", table)
        self.assertIn("Excessive below ", self.cli("stats", asset, "words"))
        words = json.loads(self.cli("stats", asset, "words", "--json"))
        self.assertEqual((words["name"], len(words["series"])), ("words", len(words["times"])))
        for _ in range(5):
            index.write_text(page(60, 8, 30, seed=1))
            self.observe()
        statistics = self.api.get(f"/api/v1/assets/{asset}/statistics?series=true")
        point = next(item for item in statistics["items"] if item["name"] == "words")["change_point"]
        self.assertIn(point["n"], (4, 5), "the first may be an alert, which is not learned")
        self.assertEqual(point["time"], statistics["times"][-point["n"]])
        self.assertGreater(point["after"], 3 * point["before"])
        self.assertIn(f", {point['n']} values ago.", self.cli("stats", asset, "words"))
        self.assertIn("did you mean words?", self.cli("stats", asset, "wrds", code=2))

    def test_sixty_observations_of_ordinary_variation(self):
        nginx = self.start()
        index = self.root / "index.html"
        index.write_text(page(12, 8, 30))
        asset = self.api.add(nginx.url("index.html"))
        chance = random.Random(7)
        flagged = []
        for i in range(60):
            index.write_text(page(12 + chance.randint(-2, 2), 8 + chance.randint(-1, 2), 30 + chance.randint(-4, 4),
                                  seed=i))
            self.observe()
            flagged += self.findings(asset)
        self.assertEqual(flagged, [])
        self.assertEqual(self.api.get(f"/api/v1/assets/{asset}/statistics")["n"], 60)


if __name__ == "__main__":
    unittest.main()
