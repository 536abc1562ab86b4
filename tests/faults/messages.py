"""Fault 7: half of the messages are lost on both hops, the others come three times. Fault 8: slow beside fast."""
import collections
import json
import pathlib
import sys
import time

from ledger import Row, audit
from rig import FAULTY, Injection, Load, Process, Stack, support, wait_until

LOSS, COPIES = 0.5, 3


class BadWires(Stack):
    """The dispatcher's `jobs` and `work`, each behind a shim that api and executors take for the dispatcher."""

    def wires(self, seed):
        real, seen = self.ports, {k: f"tcp://127.0.0.1:{support.free_port()}" for k in ("jobs", "work")}
        self.ports = {**real, **seen}
        return [self.shim("jobs", f"bind:{seen['jobs']}", f"connect:{real['jobs']}", seed),
                self.shim("work", f"connect:{real['work']}", f"bind:{seen['work']}", seed)]

    def shim(self, hop, source, target, seed):
        script = pathlib.Path(__file__).with_name("shim.py")
        shim = self.keep(Process(f"shim-{hop}", [sys.executable, "-B", script, source, target, LOSS, COPIES,
                                                 f"{seed}/{hop}"], self.folder))
        wait_until(lambda: "ready" in shim.text(), 20, shim.text)
        return shim

    def dispatcher(self, name="dispatcher"):
        leading = super().dispatcher(name)
        self.shims = self.wires(self.seed)
        return leading


def all_of(stack):
    """The fault is there all the time: from the end of the load on, everything that waits is touched by it."""
    return Injection(time.time(), stack.look.pending())


def bad_wires(scale, seed):
    row = Row(f"`jobs` and `work`: {LOSS:.0%} lost, the rest {COPIES} times")
    with BadWires() as stack:
        stack.seed = seed
        stack.start(executors=2)
        stack.add_assets(100, "now")
        load = Load(stack, low=10**9, most=scale(200, 4000))
        load.reach(load.most)
        load.stop()
        audit(row, stack.api, load.runs, [all_of(stack)], 300)
        row.injected = 0  # counted below: messages
        for shim in stack.shims:
            shim.stop()
            counts = json.loads(shim.text().splitlines()[-1])
            row.injected += counts["lost"]
            row.notes.append(f"{shim.name}: {counts}")
            row.expect(counts["lost"] and counts["delivered"], f"{shim.name} saw nothing")
    return row


def slow_beside_fast(scale, seed):
    """Both have the same slots; a page costs the slow one 1 s of its thread, the fast one 20 ms.

    So many assets that a check of the slow one is seldom overtaken by another of the same asset, which would have it
    work the result out again. Two slots, for a thread that dawdles does not beat: with 16 it would be taken for dead.
    """
    row = Row("a slow executor (50 times) beside a fast one")
    with Stack() as stack:
        stack.binary = FAULTY
        stack.start(executors=0)
        stack.add_assets(600, "now", "&dawdle=1")
        for name in ("slow", "fast"):
            stack.executor(f"executor-{name}", "--id", name, "--threads", "1", "--slots", "2")
        wait_until(lambda: stack.api.get("/api/v1/fleet")["executors_alive"] == 2, 30, "both beat")
        load = Load(stack, low=10**9, most=scale(600, 6000))
        load.reach(load.most)
        load.stop()
        jobs = audit(row, stack.api, load.runs, [all_of(stack)])
        by = collections.Counter(job["worker"] for job in jobs)
        share = by["fast"] / len(jobs)
        row.notes.append(f"the fast one did {share:.1%} ({dict(by)})")
        row.expect(share >= 0.9, f"the fast one did only {share:.1%}")
        row.expect(by["slow"], "the slow one did nothing")
    return row
