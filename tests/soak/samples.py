"""Looks at the parts while they work: memory, file descriptors and CPU time of every process by role and age, Redis'
memory and keys by kind, time spent in snapshots, lag of the schedule.
"""
import collections
import json
import pathlib
import re
import socket
import threading
import time

import zmq

from rig import PARTITIONS, Store
from stack import pids_of

KIND = re.compile(r"wm:\{p\d\d\}:([a-z0-9]+)")


def status_of(endpoint, command="STATUS", timeout_s=2.0):
    """One command on the control channel; None if nobody answers in time."""
    with zmq.Context() as context, context.socket(zmq.DEALER) as s:
        s.setsockopt(zmq.LINGER, 0)
        s.connect(endpoint)
        s.send_string(command)
        if not s.poll(timeout_s * 1000):
            return None
        reply = json.loads(s.recv_multipart()[-1])
        return reply if reply.get("ok") else None


def process_of(pid):
    """Bytes of memory, open files, seconds of CPU time."""
    folder = pathlib.Path(f"/proc/{pid}")
    memory = dict(re.findall(r"(\w+):\s+(\d+) kB", (folder / "smaps_rollup").read_text()))
    cpu = sum(int(t.read_text().split()[0]) for t in folder.glob("task/*/schedstat"))
    return {"rss": int(memory["Rss"]) << 10, "pss": int(memory["Pss"]) << 10,
            "fds": len(list((folder / "fd").iterdir())), "cpu": cpu / 1e9}


def roles_of(parts):
    """(role, pid) of every process; of an executor the supervisor and its worker."""
    for role, process in parts.items():
        if role.startswith("executor"):
            number = role.split("-")[1]
            yield f"supervisor {number}", process.popen.pid
            for pid in process.children()[:1]:
                yield f"worker {number}", pid
        else:
            yield role, pids_of(process)[0]


class Redis:
    """One connection for many looks; a new one after Redis has gone."""

    def __init__(self, path):
        self.store, self.socket, self.file = Store(path), None, None

    def ask(self, *commands):
        """The answers, or None while Redis does not answer."""
        try:
            if not self.socket:
                self.socket = socket.socket(socket.AF_UNIX)
                self.socket.settimeout(20)
                self.socket.connect(self.store.path)
                self.file = self.socket.makefile("rb")
            self.socket.sendall(b"".join(self.store._request(c) for c in commands))
            return [self.store._read(self.file) for _ in commands]
        except (OSError, ValueError):
            if self.socket:
                self.socket.close()
            self.socket = None
            return None


class SaveWatch(threading.Thread):
    """Looks 20 times a second whether Redis writes a snapshot."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.redis, self.stopping, self.looks, self.saving = Redis(path), threading.Event(), 0, 0
        self.is_saving, self.saves = False, 0
        self.start()

    def run(self):
        while not self.stopping.wait(0.05):
            got = self.redis.ask(("INFO", "persistence"))
            self.looks += got is not None
            is_saving = bool(got) and "rdb_bgsave_in_progress:1" in got[0]
            self.saves += is_saving and not self.is_saving
            self.saving += is_saving
            self.is_saving = is_saving

    def reset(self):
        self.looks = self.saving = self.saves = 0


class Sampler(threading.Thread):
    """Every `every` s a row per process and one of Redis and the schedule; every sixth time keys by kind."""

    def __init__(self, stack, every):
        super().__init__(daemon=True)
        self.stack, self.every, self.redis = stack, every, Redis(stack.folder / "redis.sock")
        self.stopping, self.error, self.cpu = threading.Event(), None, collections.Counter()
        self.processes, self.stores, self.lags, self.kinds = [], [], [], []
        self.births, self.last_cpu = {}, {}
        self.start()

    def run(self):
        count = 0
        while not self.stopping.is_set():
            began = time.monotonic()
            try:
                self.look_at_processes(began)
                self.look_at_store(began, count % 6 == 0)
                self.look_at_schedule(began)
            except Exception as error:  # told by the thread that waits for it
                self.error = error
                return
            count += 1
            self.stopping.wait(max(0.1, self.every - (time.monotonic() - began)))

    def look_at_processes(self, now):
        with self.stack.lock:
            found = list(roles_of(self.stack.parts))
        for role, pid in found:
            try:
                row = process_of(pid)
            except (OSError, KeyError):
                continue  # died meanwhile
            born = self.births.setdefault(pid, now)
            self.cpu[role.split(" ")[0]] += row["cpu"] - self.last_cpu.get(pid, 0)
            self.last_cpu[pid] = row["cpu"]
            self.processes.append({"t": now, "role": role, "pid": pid, "age": now - born, **row})

    def look_at_store(self, now, with_kinds):
        got = self.redis.ask(("INFO", "memory"), ("DBSIZE",))
        if not got:
            return
        fields = dict(line.split(":", 1) for line in got[0].splitlines() if ":" in line)
        self.stores.append({"t": now, "used": int(fields["used_memory"]), "dataset": int(fields["used_memory_dataset"]),
                            "keys": got[1]})
        if with_kinds and (kinds := keys_by_kind(self.redis)) is not None:
            self.kinds.append({"t": now, **kinds})

    def look_at_schedule(self, now):
        with self.stack.lock:
            age = now - self.stack.parts["dispatcher"].began
        got = status_of(self.stack.ports["control"])
        schedule = (got or {}).get("schedule") or {}
        self.lags.append({"t": now, "age": age, "late": oldest_overdue(self.redis),
                          **{k: schedule.get(k) for k in ("lag_p50_ms", "lag_p99_ms", "overdue", "open_jobs", "created",
                                                          "busy", "held_back")}})

    def stop(self):
        self.stopping.set()
        self.join(30)
        if self.error:
            raise self.error


def oldest_overdue(redis):
    """Seconds by which the asset that should have been checked first is late; None while Redis is away."""
    got = redis.ask(("TIME",), *(("ZRANGE", f"wm:{{p{p:02d}}}:next", 0, 0, "WITHSCORES") for p in range(PARTITIONS)))
    if not got:
        return None
    now = int(got[0][0]) + int(got[0][1]) / 1e6
    return max([0.0, *(now - float(first[1]) / 1000 for first in got[1:] if first)])


def keys_by_kind(redis):
    """Number of keys by the word behind the partition; None while Redis is away."""
    kinds, cursor = collections.Counter(), "0"
    while True:
        got = redis.ask(("SCAN", cursor, "COUNT", 2000))
        if not got:
            return None
        cursor, names = got[0]
        kinds.update(m.group(1) if (m := KIND.match(n)) else n.split(":")[1] for n in names)
        if cursor == "0":
            return dict(kinds)
