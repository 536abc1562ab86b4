"""Runs beside the schedule: posted over the API with a key each, repeated until durable, looked at until they ended."""
import collections
import threading
import time
import uuid

from rig import rng_of
from support import Api

SIZE = 20


class Runs(threading.Thread):
    """Every `every` s a run of a few assets. Its jobs are read when it has ended, before retention takes them."""

    def __init__(self, stack, assets, seed, every):
        super().__init__(daemon=True)
        self.stack, self.assets, self.rng, self.every = stack, assets, rng_of(seed, "runs"), every
        self.stopping, self.finishing, self.error = threading.Event(), threading.Event(), None
        self.posted, self.accepted, self.retried = 0, 0, 0
        self.states = collections.Counter()
        self.lost, self.twice = [], []
        self.open = {}      # run -> (key, body, jobs, until when it must have ended)
        self.poster = threading.Thread(target=self.guarded, args=(self.finishing, self.every, self.post), daemon=True)
        self.poster.start()
        self.start()

    def run(self):
        self.guarded(self.stopping, 0.5, lambda: [self.look(run) for run in list(self.open)])

    def guarded(self, stopping, every, work):
        try:
            while not stopping.wait(every):
                work()
        except Exception as error:  # told by drain()
            self.error = error

    def call(self, method, path, body=None, headers=None, patience=120, good=(200, 202)):
        """Repeats what was not answered, or with 503."""
        deadline = time.monotonic() + patience
        while True:
            try:
                status, answer = Api(self.stack.api_port).call(method, path, body, headers)
            except OSError as error:
                status, answer = 0, error
            if status in good:
                return status, answer
            if status not in (0, 503) or time.monotonic() > deadline:
                raise AssertionError(f"{method} {path}: {status} {answer}")
            self.retried += 1
            time.sleep(0.1)  # between two tries

    def post(self):
        key = str(uuid.UUID(int=self.rng.getrandbits(128)))
        body = {"assets": self.rng.sample(self.assets, SIZE)}
        deadline, first = time.monotonic() + 120, None
        path = "/api/v1/runs" + ("?wait=snapshot" if self.posted % 2 else "")
        while True:
            _, answer = self.call("POST", path, body, {"Idempotency-Key": key})
            first = first or answer["id"]
            if first != answer["id"]:
                self.twice.append(f"another run for one key: {first}, {answer['id']}")
            if answer["durable"] or self.becomes_durable(answer["epoch"]):
                break
            if time.monotonic() > deadline:
                raise AssertionError(f"no durable answer within 120 s: {answer}")
        self.posted += 1
        self.accepted += answer["submitted"]
        self.open[answer["id"]] = (key, body, answer["submitted"], time.monotonic() + 180)

    def becomes_durable(self, epoch):
        """Waits without asking for a snapshot; false if a crash took the promise away, or it took too long."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            _, told = self.call("GET", f"/api/v1/snapshots/{epoch}", good=(200, 404))
            if told.get("status") in ("durable", "lost"):
                return told["status"] == "durable"
            time.sleep(0.2)  # between two looks
        return False

    def look(self, run):
        key, body, jobs, deadline = self.open[run]
        status, answer = self.call("GET", f"/api/v1/runs/{run}", good=(200, 404))
        if status == 404:
            self.lost.append(f"run {run} is gone before its end was seen")
            del self.open[run]
        elif answer["has_ended"]:
            self.settle(run, key, body, jobs)
        elif time.monotonic() > deadline:
            self.lost.append(f"run {run} has not ended: {answer['jobs']}")
            del self.open[run]

    def settle(self, run, key, body, jobs):
        _, answer = self.call("GET", f"/api/v1/runs/{run}/jobs?limit=1000")
        found = answer["items"]
        ended = collections.Counter(j["state"] for j in found if j["state"] == "done" or j["error"])
        if ended.total() != len(found):
            return  # a Redis that went back to its snapshot runs some of them again
        self.states += ended
        if len(found) < jobs:
            self.lost.append(f"run {run}: {len(found)} of {jobs} jobs are there")
        if len({j["id"] for j in found}) < len(found) or len(found) > jobs:
            self.twice.append(f"run {run}: {len(found)} jobs, {jobs} were accepted")
        _, again = self.call("POST", "/api/v1/runs", body, {"Idempotency-Key": key}, good=(202, 409))
        if again.get("id", run) != run:
            self.twice.append(f"another run for one key: {run}, {again['id']}")
        del self.open[run]

    def drain(self):
        """No more runs; returns when all have ended or are called lost."""
        self.finishing.set()
        self.poster.join(130)
        deadline = time.monotonic() + 200
        while self.open and self.is_alive() and time.monotonic() < deadline:
            time.sleep(0.1)  # between two looks
        self.stopping.set()
        self.join(130)
        if self.error or self.is_alive():
            raise AssertionError(f"the runs failed: {self.error!r}")
