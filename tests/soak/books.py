"""The books of commits, kept beside the product: Redis itself tells of each one.

`finish` writes a row of history and mostly renames staged reports into place (docs/redis.md; a late observation leaves
only its row), and then ends the job, all in the script that counts the observation. Redis' keyspace events name these
keys, so job and asset of every commit are known here. A job whose record is deleted must have been committed before; no
job may be committed twice; and an asset's `n` must have grown by just its commits. A life of Redis begins with what its
snapshot held: jobs that are open there may be committed again.
"""
import collections
import re
import socket
import threading
import time

from rig import PARTITIONS, Store
from support import wait_until

EVENTS = ("rename_to", "setrange", "del", "hdel")
MARK = "soak:mark"
WORD = re.compile(rb"\$\d+\r\n__keyevent@0__:(rename_to|setrange|del|hdel)\r\n\$\d+\r\nwm:\{p\d\d\}:"
                  rb"([rhj]):([0-9a-f-]{36})\r\n|\$9\r\nsoak:mark\r\n\$\d+\r\n(\d+)\r\n")


class Books(threading.Thread):
    """Reads the events of one Redis after another, until stopped."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.lock = str(path), threading.Lock()
        self.stopping, self.is_open, self.error = threading.Event(), threading.Event(), None
        self.commits, self.lives, self.again, self.checks = 0, 0, 0, 0
        self.twice, self.lost = [], []          # sentences
        self.ended, self.of_runs, self.asset, self.marks = set(), set(), None, {}
        self.before, self.counted = {}, collections.Counter()
        self.times = collections.deque(maxlen=200_000)
        self.start()

    def run(self):
        while not self.stopping.is_set():
            try:
                self.read_life()
            except OSError:
                pass
            except Exception as error:  # told by check()
                self.error = error
                return
            finally:
                self.is_open.clear()
            self.stopping.wait(0.002)  # between two tries to reach a Redis that is not up yet

    def read_life(self):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(self.path)
            s.settimeout(1)
            channels = [f"__keyevent@0__:{e}" for e in EVENTS] + [MARK]
            s.sendall(Store._request(["SUBSCRIBE", *channels]))
            data = b""
            while data.count(b"subscribe\r\n") < len(channels):
                data += self.receive(s)
            self.open_life()
            data = b""
            while not self.stopping.is_set():
                try:
                    data = self.take(data + self.receive(s))
                except socket.timeout:
                    continue

    @staticmethod
    def receive(s):
        data = s.recv(1 << 18)
        if not data:
            raise ConnectionError("Redis went away")
        return data

    def open_life(self):
        """From here on events are sent; what the data holds at this very moment is read in the same transaction."""
        store = Store(self.path)
        parts = [f"wm:{{p{p:02d}}}" for p in range(PARTITIONS)]
        assets = [(part, a) for part, ids in zip(parts, store.many([("ZRANGE", f"{p}:assets", 0, -1) for p in parts]))
                  for a in ids]
        reads = [("ZRANGE", f"{p}:{kind}", 0, -1) for kind in ("pend", "kept") for p in parts]
        got = store.many([("MULTI",), ("CONFIG", "SET", "notify-keyspace-events", "Egh$"), *reads,
                          *(("HGET", f"{p}:a:{a}", "n") for p, a in assets), ("EXEC",)])[-1][1:]
        with self.lock:
            opened = {job for ids in got[:PARTITIONS] for job in ids}
            self.again += len(opened & self.ended)
            kept = {job for ids in got[PARTITIONS:2 * PARTITIONS] for job in ids}
            # Runs younger than the snapshot are made again by the api, or with their key: under the same job ids.
            self.ended = (self.ended - opened - self.of_runs) | kept
            self.of_runs &= kept
            self.before = {a: int(n or 0) for (_, a), n in zip(assets, got[2 * PARTITIONS:])}
            self.counted.clear()
            self.asset = None
            self.lives += 1
        self.is_open.set()

    def take(self, data):
        """Reads whole messages; returns what has not come in full yet."""
        end = data.rfind(b"*")  # no name holds one
        end = len(data) if is_whole(data[end:]) else end
        now = time.monotonic()
        with self.lock:
            for event, kind, name, mark in WORD.findall(data, 0, end):
                if mark:
                    self.marks[int(mark)] = self.counted.copy()
                elif kind != b"j":
                    self.asset = name.decode()
                elif self.asset:
                    self.commit(name.decode(), now, of_run=event == b"hdel")
                elif event == b"del":
                    self.deleted(name.decode())
        return data[end:]

    def commit(self, job, now, of_run):
        asset, self.asset = self.asset, None
        if job in self.ended:
            self.twice.append(f"job {job} was committed again, life {self.lives}")
        self.ended.add(job)
        if of_run:
            self.of_runs.add(job)
        self.counted[asset] += 1
        self.commits += 1
        self.times.append(now)

    def deleted(self, job):
        if job not in self.ended:
            self.lost.append(f"job {job} was deleted without a commit, life {self.lives}")

    def check(self, store):
        """Compares every asset's n with its commits, at one moment of Redis. Returns how many assets differ."""
        if self.error:
            raise self.error
        self.is_open.wait(30)
        self.checks += 1
        number, life, assets = self.checks, self.lives, sorted(self.before)
        got = store.many([("MULTI",), *(("HGET", key(a), "n") for a in assets), ("PUBLISH", MARK, number), ("EXEC",)])
        wait_until(lambda: number in self.marks or self.lives != life, 30, "the mark comes back")
        counted = self.marks.pop(number, None)
        if counted is None:
            return 0
        wrong = 0
        for asset, n in zip(assets, got[-1]):
            more = int(n or 0) - self.before[asset] - counted[asset]
            if more:
                wrong += 1
                (self.twice if more > 0 else self.lost).append(
                    f"asset {asset}: n is {more:+d} against its commits, life {life}")
        return wrong

    def rate(self, since, until):
        with self.lock:
            return sum(since <= t < until for t in self.times) / (until - since)

    def stop(self):
        self.stopping.set()
        self.join(10)


def key(asset):
    return f"wm:{{p{int(asset[-2:], 16) % PARTITIONS:02d}}}:a:{asset}"


def is_whole(message):
    """Three bulk strings, all there."""
    at = message.find(b"\r\n") + 2
    for _ in range(3):
        end = message.find(b"\r\n", at)
        if end < 0:
            return False
        at = end + 4 + int(message[at + 1:end])
        if len(message) < at:
            return False
    return True
