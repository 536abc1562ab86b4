"""What plugins ask for beside the page, through the whole pipeline: files of the site, and external checks of Debian's
monitoring-plugins-basic, run by the executor's helper inside its sandbox."""
import os
import signal

from support import Nginx, Pipeline, wait_until

PAGE = "<!doctype html><html lang=en><head><title>Boats</title></head><body><h1>Boats</h1><p>All about boats {}.</p>"
CHECKS = "/usr/lib/nagios/plugins"


class SideRequests(Pipeline):
    def start(self, *args):
        root = self.folder / "www"
        root.mkdir()
        for i in range(20):
            (root / f"{i}.html").write_text(PAGE.format(i))
        (root / "robots.txt").write_text("User-agent: *\nDisallow: /private\nSitemap: /map.xml\n")
        (root / "map.xml").write_text("<urlset><url><loc>/0.html</loc></url></urlset>")
        self.log = self.folder / "requests.log"
        self.web = self.keep(Nginx(self.folder, root, more=f"access_log {self.log};"))
        self.redis()
        self.dispatcher()
        self.start_api()
        return self.executor("executor", *args)

    def requests(self, path):
        return self.log.read_text().count(f'"GET {path} ')

    def nagios(self, asset):
        return self.report(asset, "nagios")

    def test_a_file_of_the_site_is_asked_for_once_for_all_its_pages(self):
        self.start()
        assets = [self.api.add(self.web.url(f"{i}.html")) for i in range(20)]
        for _ in range(3):
            self.observe()
        for asset in assets:
            facts = self.report(asset, "robots-sitemap")["facts"]
            self.assertEqual((facts["robots_status"], facts["sitemap_status"], facts["disallow_all"]), (200, 200, False))
        threads = os.cpu_count() or 1
        self.assertEqual(self.requests("/0.html") + self.requests("/1.html"), 2 * 3 + 2, "3 checks, 1 as a crawler")
        for path in ("/robots.txt", "/map.xml", "/favicon.ico", "/.well-known/security.txt"):
            self.assertTrue(1 <= self.requests(path) <= threads, f"{path}: {self.requests(path)}")

    def test_a_nagios_check_is_a_plugin(self):
        self.start("--checks-dir", CHECKS)
        http = {"command": "check_http", "args": ["-I", "$HOST$", "-p", "$PORT$", "-u", "/0.html", "-s", "All about"]}
        good = self.api.add(self.web.url("0.html"), plugins={"nagios": {"checks": [http]}})
        bad = self.api.add(self.web.url("1.html"), plugins={"nagios": {"checks": [
            http, {"command": "check_dummy", "args": ["2", "on purpose"]}]}})
        none = self.api.add(self.web.url("2.html"), plugins={"nagios": {"checks": [{"command": "../sh"}]}})
        self.observe()
        report = self.nagios(good)
        self.assertEqual(report["state"], "ok", report)
        check = report["facts"]["checks"][0]
        self.assertTrue(check["text"].startswith("HTTP OK: HTTP/1.1 200 OK"), check)
        time = next(value for value in check["performance"] if value["label"] == "time")
        self.assertEqual((time["unit"], time["min"]), ("s", 0))
        self.assertEqual(self.api.get(f"/api/v1/assets/{good}")["state"], "up")
        report = self.nagios(bad)
        self.assertEqual((report["state"], report["reason"]), ("crit", "check_critical"))
        self.assertEqual(report["findings"][0]["message"], "check_dummy: CRITICAL: on purpose")
        self.assertEqual(self.api.get(f"/api/v1/assets/{bad}")["state"], "degraded")
        self.assertEqual(self.nagios(none)["reason"], "check_unknown")

    def test_without_a_directory_no_program_is_run(self):
        self.start()
        asset = self.api.add(self.web.url("0.html"), plugins={"nagios": {"checks": [{"command": "check_dummy"}]}})
        self.observe()
        self.assertEqual((self.nagios(asset)["state"], self.nagios(asset)["reason"]), ("skipped", "not_allowed"))
        self.assertEqual(self.api.get(f"/api/v1/assets/{asset}")["state"], "up")

    def test_a_helper_that_dies_comes_back_with_a_new_worker(self):
        executor = self.start("--checks-dir", CHECKS)
        asset = self.api.add(self.web.url("0.html"), plugins={"nagios": {"checks": [
            {"command": "check_dummy", "args": ["0"]}]}})
        self.observe()
        worker, helper = executor.children()
        os.kill(helper, signal.SIGKILL)
        wait_until(lambda: len(executor.children()) == 2 and worker not in executor.children(), what="a new worker")
        self.observe()
        self.assertEqual(self.nagios(asset)["state"], "ok")
        self.assertIn("the helper for external checks has ended", executor.text())
