"""Who is harmed, when and how: one fault each time, chosen by the seed."""
import collections
import os
import signal
import threading
import time

import samples
from rig import pause, rng_of
from stack import exists
from support import wait_until

FAULTS = ("worker", "supervisor", "dispatcher", "api", "redis", "stopped")
# So that some process of each role also grows old: what is left alone in each third of the time (not in a short run).
SPARED = ((), ("dispatcher", "executor-2"), ("api", "executor-2"))


class Nemesis(threading.Thread):
    def __init__(self, stack, books, seed, every, length):
        super().__init__(daemon=True)
        self.stack, self.books, self.redis_kills = stack, books, 0
        self.rng, self.every, self.length = rng_of(seed, "soak"), every, length
        self.done, self.worst = collections.Counter(), collections.defaultdict(float)
        self.outages, self.error, self.stopping, self.saving_hits = [], None, threading.Event(), 0
        self.began, self.deck = time.monotonic(), []
        self.start()

    def run(self):
        took = 0.0
        while not self.stopping.wait(max(0.2, self.rng.uniform(0.8, 1.2) * self.every - took)):
            try:
                began = time.monotonic()
                self.stack.look_after()
                self.strike(self.choose())
                took = time.monotonic() - began
            except Exception as error:  # told by stop()
                self.error = error
                return

    def spared(self):
        return () if self.length < 120 else SPARED[min(2, int(3 * (time.monotonic() - self.began) / self.length))]

    def choose(self):
        """All faults in a shuffled order, then again: a short run sees each kind, too. Redis first: what its snapshot
        shows as leased may have to wait 40 s, which then passes under load."""
        while True:
            if not self.deck:
                self.deck = self.rng.sample(FAULTS, len(FAULTS))
                if not self.done:
                    self.deck.sort(key="redis".__eq__)
            fault = self.deck.pop()
            if fault not in self.spared():
                return fault

    def strike(self, fault):
        began = time.monotonic()
        getattr(self, fault)()
        self.done[fault] += 1
        took = time.monotonic() - began
        self.worst[fault] = max(self.worst[fault], took)
        if fault in ("dispatcher", "redis"):
            self.outages.append((began, began + took))

    def executor(self):
        return self.rng.choice([r for r in ("executor-1", "executor-2") if r not in self.spared()])

    def worker(self):
        role = self.executor()
        pid = wait_until(lambda: self.stack.worker_of(role), 30, f"{role} has a worker")
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: self.stack.worker_of(role) not in (None, pid), 30, f"{role} has another worker")

    def supervisor(self):
        role = self.executor()
        worker = self.stack.worker_of(role)
        self.stack.kill(role, group=self.rng.random() < 0.5)
        if worker:
            wait_until(lambda: not exists(worker), 20, "the worker died with its supervisor")
        self.stack.begin(role)

    def dispatcher(self):
        with self.stack.lock:
            self.stack.kill("dispatcher")
            pause(self.rng, 0, 0.5)
            self.stack.begin("dispatcher")
        wait_until(self.leads, 60, self.stack.parts["dispatcher"].text)

    def leads(self):
        got = samples.status_of(self.stack.ports["control"])
        return got and got["leader"] and got["redis"]

    def api(self):
        with self.stack.lock:
            self.stack.kill("api")
            self.stack.begin("api")
        wait_until(self.stack.serves, 60, self.stack.parts["api"].text, 0.05)

    def redis(self):
        """Every other time while it writes a snapshot, whose child lives on; the guard waits for that."""
        self.books.check(self.stack.look)  # what happened until here, for the next life begins with a snapshot
        if self.redis_kills % 2 == 0:
            self.saving_hits += self.in_a_snapshot()
        self.redis_kills += 1
        with self.stack.lock:
            self.stack.kill("redis", group=False)
            self.stack.begin("redis")
        wait_until(self.stack.redis_answers, 90, self.stack.parts["redis"].text, 0.01)
        wait_until(lambda: self.leads() and self.stack.serves(), 90, self.stack.parts["dispatcher"].text, 0.1)

    def in_a_snapshot(self):
        """Asks for one that takes half a second, which the next Redis knows nothing of; is it under way?"""
        look = self.stack.look
        look.many([("CONFIG", "SET", "rdb-key-save-delay", int(0.5e6 / max(1, look.many([("DBSIZE",)])[0])))])
        samples.status_of(self.stack.ports["control"], "SNAPSHOT SOON")
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            if "rdb_bgsave_in_progress:1" in look.many([("INFO", "persistence")])[0]:
                return True
            time.sleep(0.005)  # between two looks
        return False

    def stopped(self):
        role = self.executor()
        self.stack.parts[role].kill(signal.SIGSTOP)
        time.sleep(5)  # the pause is the fault
        self.stack.parts[role].kill(signal.SIGCONT)

    def stop(self):
        self.stopping.set()
        self.join(200)
        if self.error or self.is_alive():
            raise AssertionError(f"the nemesis failed: {self.error!r}")
