"""The flagship promise, through the whole pipeline: one injected <iframe> is flagged, ordinary variation is not."""
import random
import unittest

from support import Pipeline


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

    def observe(self):
        run = self.api.start_run(all=True)
        self.assertEqual(self.api.wait_run(run["id"])["jobs"]["done"], run["submitted"])

    def findings(self, asset):
        reports = self.api.get(f"/api/v1/assets/{asset}/reports")["items"]
        stats = next(r for r in reports if r["plugin"] == "html-stats")
        return [f for f in stats["findings"] if f["code"] == "excessive_change"]

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
        self.assertEqual(self.api.get(f"/api/v1/assets/{asset}")["state"], "changed")
        statistics = self.api.get(f"/api/v1/assets/{asset}/statistics")
        self.assertEqual(statistics["n"], 61)
        iframe = next(m for m in statistics["items"] if m["name"] == "iframe_count")
        self.assertEqual((iframe["min"], iframe["max"], iframe["last"], iframe["n"]), (0, 1, 1, 61))
        self.assertGreater(iframe["z"], 5)

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
