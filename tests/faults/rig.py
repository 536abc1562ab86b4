"""What every fault stands on: a stack of real processes of its own, a load that does not end by itself, and a look
into Redis behind the product's back. The parts come from tests/e2e/support.py.
"""
import dataclasses
import os
import pathlib
import random
import socket
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import support
from support import LOOPBACK, Api, Pipeline, Process, wait_until

FAULTY = os.environ.get("WEBMON_FAULTY_BINARY", str(support.ROOT / "build/release/tests/faults/webmon_faulty"))
PARTITIONS = 64
PAGES = 40


class Store:
    """A RESP client of a few lines: one connection per call, many commands in one go."""

    def __init__(self, path):
        self.path = str(path)

    def many(self, commands):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(20)
            s.connect(self.path)
            s.sendall(b"".join(self._request(c) for c in commands))
            with s.makefile("rb") as answers:
                return [self._read(answers) for _ in commands]

    @staticmethod
    def _request(words):
        words = [str(w).encode() for w in words]
        return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)

    def _read(self, answers):
        line = answers.readline().rstrip(b"\r\n")
        if not line:
            raise ConnectionError("Redis closed the connection")
        kind, rest = line[:1], line[1:].decode()
        if kind == b"-":
            raise ConnectionError(rest)
        if kind == b"*":
            return [self._read(answers) for _ in range(int(rest))]
        if kind == b"$":
            return None if rest == "-1" else answers.read(int(rest) + 2)[:-2].decode()
        return int(rest) if kind == b":" else rest

    @staticmethod
    def job_key(job):
        return f"wm:{{p{int(job[-2:], 16) % PARTITIONS:02d}}}:j:{job}"

    def pending(self):
        """Ids of the jobs that are ready or leased."""
        found = self.many([("ZRANGE", f"wm:{{p{p:02d}}}:pend", 0, -1) for p in range(PARTITIONS)])
        return [job for part in found for job in part]

    def fields(self, jobs, *names):
        return self.many([("HMGET", self.job_key(j), *names) for j in jobs])

    def leased(self, workers=None):
        """Ids of the jobs that are leased, by one of these executors where they are named."""
        jobs = self.pending()
        return [j for j, (state, worker) in zip(jobs, self.fields(jobs, "st", "wk"))
                if state == "leased" and (workers is None or worker in workers)]


def write_pages(folder):
    """Real HTML of different sizes; the path decides how slowly nginx sends it."""
    for kind in ("now", "soon", "slow"):
        (folder / kind).mkdir(parents=True)
    for i in range(PAGES):
        rows = "".join(f"<tr><td>{i}</td><td>row {k}</td><td><a href='/{k}'>more of {k}</a></td></tr>"
                       for k in range(40 + i))
        page = f"<!doctype html><html><head><title>Page {i}</title></head><body><table>{rows}</table></body></html>"
        for kind in ("now", "soon", "slow"):
            (folder / kind / f"{i}.html").write_text(page)


# What goes out before the limit holds is one second's worth: `soon` takes 0.1 to 0.5 s, `slow` about 4 s.
SLOW_PATHS = """
    location /soon/ { limit_rate_after 1k; limit_rate 12k; }
    location /slow/ { limit_rate_after 1; limit_rate 900; }
"""


class Stack(Pipeline):
    """One Redis, dispatcher, api and its executors in one folder, outside the test runner."""

    binary = None
    open_ones = []  # for whoever has to end all at once

    def runTest(self):
        """A test case has one; this one is used as a box of parts."""

    def __enter__(self):
        self.setUp()
        self.has_failed = False
        self.made = 0
        self.open_ones.append(self)
        return self

    def __exit__(self, kind, *_):
        self.has_failed = kind is not None
        self.stop_all()
        self.doCleanups()
        self.open_ones.remove(self)

    def part(self, name, *args):
        kind = name.split("-")[0]
        return self.keep(Process(name, [self.binary or support.WEBMON, kind, "--redis",
                                        f"unix:{self.folder}/redis.sock", *args], self.folder))

    def stop_all(self):
        super().stop_all()
        self.processes = []

    def site(self, hosts=8):
        write_pages(self.folder / "pages")
        self.web = self.keep(support.Nginx(self.folder, self.folder / "pages", hosts, SLOW_PATHS))
        return self.web

    def add_assets(self, count, kind="soon", marker=""):
        return [self.api.add(self.web.url(f"{kind}/{i % PAGES}.html?asset={i}{marker}", host=i)) for i in range(count)]

    def start(self, executors=2, slots=16):
        self.redis()
        self.look = Store(self.folder / "redis.sock")
        self.dispatcher()
        self.start_api()
        self.site()
        self.executors = [self.new_executor(slots) for _ in range(executors)]
        wait_until(lambda: self.api.get("/api/v1/fleet")["executors_alive"] == executors, 30, "executors beat")

    def new_executor(self, slots=16, *args):
        self.made += 1
        process = self.executor(f"executor-{self.made}", "--id", f"x{self.made}", "--threads", "1",
                                "--slots", str(slots), *args)
        process.id = f"x{self.made}"
        return process

    def dispatcher(self, name="dispatcher"):
        process = super().dispatcher(name)
        if not process.alive():
            raise AssertionError(f"the dispatcher ended: {process.text()[-500:]}")
        return process

    def another_dispatcher(self):
        self.made += 1
        return self.dispatcher(f"dispatcher-{self.made}")


@dataclasses.dataclass
class Injection:
    at: float            # wall clock, s: Redis' own clock is this machine's
    touched: list        # ids of the jobs that it could harm
    back: float = 0.0    # s until it was over where no job tells it (an answer, a server that is up again)


class Load(threading.Thread):
    """Keeps between `low` and `low` + all assets jobs on their way until it is stopped; remembers what was accepted."""

    def __init__(self, stack, low=60, most=10**9):
        super().__init__(daemon=True)
        self.stack, self.low, self.most = stack, low, most
        self.runs, self.accepted, self.error = {}, 0, None
        self.stopping = threading.Event()
        self.start()
        wait_until(lambda: self.accepted or self.error, 30, "the load begins")

    def run(self):
        try:
            api = Api(self.stack.api_port)
            while not self.stopping.is_set() and self.accepted < self.most:
                if len(self.stack.look.pending()) < self.low:
                    run = api.start_run(all=True)
                    self.runs[run["id"]] = run["submitted"]
                    self.accepted += run["submitted"]
                self.stopping.wait(0.05)
        except Exception as error:  # told by stop(), in the thread that waits for it
            self.error = error

    def stop(self):
        self.stopping.set()
        self.join(60)
        if self.error or self.is_alive():
            raise AssertionError(f"the load failed: {self.error}")

    def reach(self, jobs):
        """Goes on until so many jobs are accepted."""
        wait_until(lambda: self.accepted >= jobs or self.error, 120, lambda: f"{self.accepted} of {jobs} jobs accepted")


def catch(stack, workers=None, timeout=30):
    """Jobs that are leased right now, once there are any: else a kill would hit nothing."""
    return wait_until(lambda: stack.look.leased(workers), timeout, f"{workers or 'somebody'} holds jobs", 0.01)


def pause(rng, least, most):
    """The nemesis' own beat: when the next fault comes is part of the test, nothing is waited for."""
    time.sleep(rng.uniform(least, most))


def rng_of(seed, name):
    return random.Random(f"{seed}/{name}")
