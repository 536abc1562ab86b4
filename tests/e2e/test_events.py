"""GET /api/v1/events of the whole pipeline: http.client and gzip as the other side."""
import http.client
import json
import unittest
import zlib

from support import DOCS, Pipeline, real_pages, wait_until


class Listener:
    """One connection; events as (id, type, data) as they come."""

    def __init__(self, port, query="", last=None, coding="identity"):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {"Accept-Encoding": coding, **({"Last-Event-ID": last} if last else {})}
        self.connection.request("GET", "/api/v1/events" + query, headers=headers)
        self.answer = self.connection.getresponse()
        self.unzip = zlib.decompressobj(31) if self.answer.getheader("Content-Encoding") == "gzip" else None
        self.rest, self.last, self.events = "", None, []

    def read(self):
        part = self.answer.read1(65536)
        self.rest += (self.unzip.decompress(part) if self.unzip else part).decode()
        *blocks, self.rest = self.rest.split("\n\n")
        for block in blocks:
            fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
            self.last = fields.get("id", self.last)
            if "data" in fields:
                self.events.append((fields.get("id"), fields["event"], json.loads(fields["data"])))

    def until(self, condition, what):
        def look():
            self.read()  # blocks until something comes: at least a heartbeat, every 15 s
            return condition(self.events)

        return wait_until(look, 60, lambda: f"{what}: {self.events[-5:]}")

    def close(self):
        self.connection.close()


class EventsTest(Pipeline):
    def listen(self, **how):
        listener = Listener(self.api_port, **how)
        self.addCleanup(listener.close)
        self.assertEqual(listener.answer.status, 200)
        return listener

    def followed_run(self, listener):
        run = self.api.start_run(all=True)
        self.api.wait_run(run["id"])
        listener.until(lambda es: any(t == "run" and d["id"] == run["id"] and d["has_ended"] for _, t, d in es),
                       "the run's end")
        return run

    def start(self, pages):
        nginx = self.nginx(DOCS)
        self.pipeline()
        return [self.api.add(nginx.url(p)) for p in real_pages(pages)]

    def test_a_run_can_be_followed_to_its_end_and_each_result_comes_once(self):
        assets = self.start(20)
        listener = self.listen(coding="gzip")
        self.assertEqual(listener.answer.getheader("Content-Encoding"), "gzip")
        wait_until(lambda: self.store.cli("exists", "wm:listening") == "1", what="somebody listens")
        for _ in range(20):  # executors hear of listeners within 2 s: from then on results that changed nothing come, too
            self.followed_run(listener)
            if any(t == "result" for _, t, _ in listener.events):
                break
        run = self.followed_run(listener)
        wanted = {(run["id"], a) for a in assets}
        told = listener.until(
            lambda es: [e for e in es if e[1] in ("result", "state") and (e[2]["run"], e[2]["asset"]) in wanted]
            if wanted <= {(d.get("run"), d.get("asset")) for _, _, d in es} else None, "all results of the second run")
        self.assertEqual(len(told), len(assets))
        ids = [tuple(map(int, i.split("-"))) for i, _, _ in listener.events if i]
        self.assertEqual(ids, sorted(set(ids)))
        changed = [d for _, t, d in listener.events if t == "state"]
        self.assertEqual({d["asset"] for d in changed}, set(assets), "each page became up once")

    def test_after_the_api_was_killed_a_client_goes_on_where_it_was(self):
        assets = self.start(5)
        listener = self.listen(query="?types=state")
        self.api.wait_run(self.api.start_run(all=True)["id"])
        listener.until(lambda es: len(es) >= 2, "two states")
        last, seen = listener.last, {d["asset"] for _, _, d in listener.events}
        api = next(p for p in self.processes if p.name == "api")
        api.kill()
        api.popen.wait()
        self.start_api()
        again = self.listen(query="?types=state", last=last)
        again.until(lambda es: seen | {d["asset"] for _, _, d in es} == set(assets), "the others")
        self.assertFalse(seen & {d["asset"] for _, _, d in again.events}, "nothing twice")


if __name__ == "__main__":
    unittest.main()
