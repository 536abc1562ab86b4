"""Executors and the dispatcher die in the middle of 5,000 jobs: all end done, each observation counts once."""
import unittest

from support import DOCS, Pipeline, real_pages, wait_until

ASSETS, RUNS = 1000, 5


class KilledParts(Pipeline):
    def prepare(self, executors):
        pages = real_pages(50)
        nginx = self.nginx(DOCS, hosts=20)
        self.executors = self.pipeline(executors)
        urls = [nginx.url(f"{pages[i % 50]}?asset={i}", host=i % 20) for i in range(ASSETS)]
        for url in urls:
            self.api.add(url)

    def push(self):
        runs = [self.api.start_run(all=True) for _ in range(RUNS)]
        self.assertEqual(sum(r["submitted"] for r in runs), ASSETS * RUNS)
        return [r["id"] for r in runs]

    def done(self, runs):
        return sum(self.api.get(f"/api/v1/runs/{r}")["jobs"]["done"] for r in runs)

    def assert_all_done_once(self, runs):
        for run in runs:
            status = self.api.wait_run(run, timeout=240)
            self.assertEqual(status["jobs"]["done"], ASSETS, status)
        self.assertEqual(self.api.observations(), ASSETS * RUNS)

    def test_three_executors_share_and_one_is_killed(self):
        self.prepare(3)
        runs = self.push()
        wait_until(lambda: self.done(runs) > 500, 60, "500 jobs are done")
        self.executors[0].kill()
        self.assertLess(self.done(runs), ASSETS * RUNS, "the kill came too late to be in the middle")
        self.assert_all_done_once(runs)

    def test_dispatcher_is_killed_and_restarted(self):
        self.prepare(1)
        runs = self.push()
        wait_until(lambda: self.done(runs) > 500, 60, "500 jobs are done")
        next(p for p in self.processes if p.name == "dispatcher").kill()
        self.assertLess(self.done(runs), ASSETS * RUNS, "the kill came too late to be in the middle")
        self.dispatcher("dispatcher-again")
        self.assert_all_done_once(runs)


if __name__ == "__main__":
    unittest.main()
