"""The books of one fault: what was accepted, what became of it, and whether anything was lost or counted twice."""
import collections
import dataclasses
import datetime

ENDED = ("done", "dead", "cancelled")


@dataclasses.dataclass
class Row:
    fault: str
    injected: int = 0       # times
    accepted: int = 0       # jobs that the API took
    done: int = 0
    ended: int = 0          # dead or cancelled, with a reason
    lost: int = 0
    twice: int = 0
    recovery: float = 0.0   # s, worst
    seconds: float = 0.0
    notes: list = dataclasses.field(default_factory=list)
    broken: list = dataclasses.field(default_factory=list)  # expectations beyond lost and twice that did not hold

    def expect(self, holds, words):
        if not holds:
            self.broken.append(words)

    def is_good(self):
        return not (self.lost or self.twice or self.broken)


def jobs_of(api, runs):
    return [job for run in runs for job in api.items(f"/api/v1/runs/{run}/jobs?limit=1000")]


def wait_ended(api, runs, timeout):
    for run in runs:
        api.wait_run(run, timeout, poll=0.1)


def audit(row, api, runs, injections=(), timeout=180, also=()):
    """Waits until all `runs` (id -> jobs accepted) have ended; counts jobs and each asset's observations.

    A job is lost if it was accepted and is not there, or ended without a result and without a reason; an observation,
    if the asset's n is below its done jobs. What is above was counted twice. `also`: runs that nobody was told of but
    that exist: their jobs count in n, too.
    """
    wait_ended(api, [*runs, *also], timeout)
    jobs = jobs_of(api, runs)
    row.accepted += sum(runs.values())
    states = collections.Counter(job["state"] for job in jobs)
    row.done += states["done"]
    unexplained = [j for j in jobs if j["state"] != "done" and not (j["state"] in ENDED and j["error"])]
    explained = len(jobs) - states["done"] - len(unexplained)
    row.ended += explained
    row.lost += sum(runs.values()) - states["done"] - explained
    row.twice += len(jobs) - len({job["id"] for job in jobs})
    count_observations(row, api, jobs + jobs_of(api, also))
    row.injected += len(injections)
    ended = {job["id"]: job for job in jobs}
    row.recovery = max([row.recovery, *(recovery_of(i, ended) for i in injections)])
    return jobs


def count_observations(row, api, jobs):
    done = collections.Counter(job["asset"] for job in jobs if job["state"] == "done")
    for asset in api.items("/api/v1/assets?limit=1000"):
        row.lost += max(0, done[asset["id"]] - asset["n"])
        row.twice += max(0, asset["n"] - done[asset["id"]])


def recovery_of(injection, ended):
    """From the harm until the last job that it touched had ended; `ended`: id -> job."""
    times = [seconds_of(ended[j]["ended"]) - injection.at for j in injection.touched if j in ended]
    return max([injection.back, 0.0, *times])


def seconds_of(stamp):
    return datetime.datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()


def table(rows):
    head = ["fault", "times", "jobs accepted", "done", "dead, cancelled", "lost", "counted twice", "worst recovery",
            "took"]
    lines = [[r.fault, str(r.injected), f"{r.accepted:,}", f"{r.done:,}", str(r.ended), str(r.lost), str(r.twice),
              f"{r.recovery:.1f} s", f"{r.seconds:.0f} s"] for r in rows]
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]
    shown = ["| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths)) + " |" for line in [head, *lines]]
    shown.insert(1, "|" + "|".join("---" for _ in widths) + "|")
    return "\n".join(shown)
