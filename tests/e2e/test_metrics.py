"""Metrics: all three processes of a real `webmon up`, scraped by Debian's prometheus, linted by its promtool, compared
with docs/metrics.md; the counts are exact, also over the death of a worker."""
import json
import os
import re
import shutil
import signal
import subprocess
import unittest
import urllib.error
import urllib.parse
import urllib.request

from support import LOOPBACK, ROOT, WEBMON, Api, Pipeline, Process, free_port, wait_until

PAGES = 8
SUFFIXES = ("_bucket", "_sum", "_count")


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def families(text):
    """{name: type} of what is exposed; every sample belongs to a family that was announced."""
    found = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
    for name in re.findall(r"^([a-z_]+)[{ ]", text, re.M):
        base = next((name[:-len(s)] for s in SUFFIXES if name.endswith(s) and name[:-len(s)] in found), name)
        assert base in found, name
    return found


def documented():
    """{section: {name: (type, labels)}} of docs/metrics.md."""
    sections = {}
    for line in (ROOT / "docs/metrics.md").read_text().splitlines():
        if line.startswith("## "):
            rows = sections.setdefault(line[3:], {})
        row = re.match(r"\| `([a-z_0-9]+)` \| (counter|gauge|histogram) \| (.*?) \|", line)
        if row:
            assert row[1] not in rows, f"{row[1]} twice"
            rows[row[1]] = (row[2], set(re.findall(r"`([a-z_]+)`", row[3])))
    return sections


class Prometheus(Process):
    def __init__(self, folder, targets):
        self.url = f"http://127.0.0.1:{free_port()}"
        config = folder / "prometheus.yml"
        config.write_text(json.dumps({
            "global": {"scrape_interval": "500ms", "scrape_timeout": "500ms"},
            "rule_files": [str(ROOT / "packaging/prometheus/webmon.rules.yml")],
            "scrape_configs": [{"job_name": "webmon", "static_configs": [{"targets": targets}]}]}))
        super().__init__("prometheus", [
            "prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/tsdb", "--log.level=warn",
            f"--web.listen-address={self.url.removeprefix('http://')}"], folder)

    def query(self, expression):
        """The value of an expression that gives one number, or None."""
        try:
            _, text = fetch(f"{self.url}/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
        except urllib.error.URLError:
            return None
        result = json.loads(text)["data"]["result"]
        assert len(result) < 2, f"{expression}: {result}"
        return float(result[0]["value"][1]) if result else None

    def wait_for(self, expression, wanted):
        wait_until(lambda: self.query(expression) == wanted, 20, lambda: f"{expression}: {self.query(expression)}, "
                   f"not {wanted}: {self.text()[-500:]}", 0.1)


@unittest.skipUnless(shutil.which("prometheus") and shutil.which("promtool"), "the package prometheus is not installed")
class Metrics(Pipeline):
    maxDiff = None

    def up(self):
        data = self.folder / "data"
        self.process = self.keep(Process("up", [
            WEBMON, "up", "--data-dir", data, "--ports", "auto", "--interval", "never", "--threads", "2", "--allow-net",
            LOOPBACK, "--unlimited-host", LOOPBACK], self.folder))
        wait_until((data / "endpoints.json").exists, 60, self.process.text)
        endpoints = json.loads((data / "endpoints.json").read_text())
        self.api = Api(endpoints["listen"].rsplit(":", 1)[1])
        wait_until(self.api.up, 30, self.process.text)
        return {"api": endpoints["listen"], "dispatcher": endpoints["dispatcher_metrics"],
                "executor": endpoints["executor_metrics"]}

    def check_all(self):
        ended = self.api.wait_run(self.api.start_run()["id"])
        self.assertEqual(ended["states"]["up"], PAGES, ended)

    def kill_worker(self):
        def workers():
            found = subprocess.run(["pgrep", "-s", str(self.process.popen.pid), "-f", "executor-worker"],
                                   capture_output=True, text=True)
            return found.stdout.split()

        victim = workers()[0]
        os.kill(int(victim), signal.SIGKILL)
        wait_until(lambda: workers() and victim not in workers(), 20, "another worker")

    def test_prometheus_counts_each_check_once_also_when_a_worker_dies(self):
        site = self.folder / "site"
        site.mkdir()
        for i in range(PAGES):
            (site / f"{i}.html").write_text(f"<html><body><h1>Page {i}</h1></body></html>")
        nginx = self.nginx(site)
        targets = self.up()
        prometheus = self.keep(Prometheus(self.folder, list(targets.values())))
        for i in range(PAGES):
            self.api.add(nginx.url(f"{i}.html"))
        prometheus.wait_for('sum(up{job="webmon"})', 3)
        prometheus.wait_for("sum(webmon_executor_checks_total)", 0)
        prometheus.wait_for("webmon_fleet_executors_alive", 1)

        self.check_all()
        prometheus.wait_for('webmon_executor_checks_total{outcome="ok"}', PAGES)
        prometheus.wait_for("sum(webmon_executor_checks_total)", PAGES)
        for expression in ('webmon_executor_jobs_ended_total{end="done"}',
                           "webmon_executor_fetch_duration_seconds_count",
                           'webmon_executor_fetch_phase_duration_seconds_count{phase="transfer"}',
                           'webmon_executor_plugin_duration_seconds_count{plugin="html-stats"}',
                           'webmon_api_jobs_submitted_total{result="created"}',
                           'webmon_fleet_assets{state="up"}',
                           'webmon_api_requests_total{method="POST",route="/api/v1/assets",class="2xx"}'):
            with self.subTest(expression):
                prometheus.wait_for(expression, PAGES)
        prometheus.wait_for('webmon_api_requests_total{method="POST",route="/api/v1/runs",class="2xx"}', 1)
        prometheus.wait_for("webmon_dispatcher_leader", 1)
        prometheus.wait_for("webmon_fleet_leader", 1)
        prometheus.wait_for("webmon_executor_jobs_in_flight", 0)
        self.assertGreaterEqual(prometheus.query("webmon_dispatcher_jobs_pushed_total"), PAGES)
        self.assertGreater(prometheus.query("webmon_executor_received_bytes_total"), PAGES * 40)
        self.assertGreater(prometheus.query("webmon_executor_redis_round_trip_duration_seconds_count"), 0)

        self.kill_worker()
        self.check_all()
        prometheus.wait_for("webmon_executor_worker_deaths_total", 1)
        prometheus.wait_for("sum(webmon_executor_checks_total)", 2 * PAGES)
        self.assertEqual(self.api.call("GET", "/api/v1/assets/nonsense")[0], 400)
        prometheus.wait_for('webmon_api_refusals_total{code="bad_id"}', 1)

        texts = {}
        for part, target in targets.items():
            kind, texts[part] = fetch(f"http://{target}/metrics")
            self.assertTrue(kind.startswith("text/plain; version=0.0.4"), kind)
            linted = subprocess.run(["promtool", "check", "metrics"], input=texts[part], capture_output=True, text=True)
            self.assertEqual((linted.returncode, linted.stdout, linted.stderr), (0, "", ""), part)
        self.compare_with_the_document(texts)

    def compare_with_the_document(self, texts):
        sections = documented()
        everywhere = sections["Every process"]
        for part, text in texts.items():
            wanted = {**everywhere, **sections[part], **(sections["Fleet"] if part == "api" else {})}
            exposed = families(text)
            self.assertEqual({n: t for n, (t, _) in wanted.items()}, exposed, f"{part}: docs/metrics.md, not exposed")
            for name, labels in re.findall(r"^([a-z_]+){(.*)} ", text, re.M):
                base = next((name[:-len(s)] for s in SUFFIXES if name[:-len(s)] in exposed and name.endswith(s)), name)
                named = set(re.findall(r'([a-z_]+)="', labels)) - {"le"}
                self.assertEqual(named, wanted[base][1], name)

    def test_the_example_rules_are_in_order(self):
        rules = ROOT / "packaging/prometheus/webmon.rules.yml"
        done = subprocess.run(["promtool", "check", "rules", str(rules)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        names = {name for rows in documented().values() for name in rows}
        for name in set(re.findall(r"webmon_[a-z_0-9]+", rules.read_text())):
            self.assertIn(name.removesuffix("_bucket"), names)


if __name__ == "__main__":
    unittest.main()
