"""What the continuous load runs on: redis-server under its real start guard, nginx, one dispatcher with the scheduler,
one api, two executors; each can be killed and started again by itself. The parts come from tests/faults/rig.py.
"""
import os
import pathlib
import signal
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "faults"))
import rig
import support
from support import Process, wait_until

HOSTS = 50


class SoakStack(rig.Stack):
    """Parts by role: redis, dispatcher, api, executor-1, executor-2. `lock` is held while one is exchanged."""

    def __init__(self, interval, retention):
        super().__init__()
        self.interval, self.retention, self.parts, self.lock = interval, retention, {}, threading.RLock()
        self.failures = []  # ends that nobody asked for

    def start(self):
        self.look = rig.Store(self.folder / "redis.sock")
        self.site()
        for role in ("redis", "dispatcher", "api", "executor-1", "executor-2"):
            self.begin(role)
        self.api = support.Api(self.api_port)
        self.wait_ready()
        wait_until(lambda: self.api.get("/api/v1/fleet")["executors_alive"] == 2, 60, "executors beat")

    def site(self):
        root = self.folder / "www"
        root.mkdir()
        real = support.DOCS / "library/hmac.html"  # the page of bench/check
        text = real.read_bytes() if real.is_file() else b"<p><a href='/x'>some</a> text</p>" * 900
        (root / "page.html").write_bytes(text)
        self.web = self.keep(support.Nginx(self.folder, root, HOSTS))
        self.parts["nginx"] = self.web

    def begin(self, role):
        """Starts the part of this role; a log goes on where that of its predecessor ended."""
        with self.lock:
            process = getattr(self, "begin_" + role.split("-")[0])(role)
            process.began = time.monotonic()
            if role in self.parts:
                self.processes.remove(self.parts[role])
            self.keep(process)
            self.parts[role] = process

    def begin_redis(self, _):
        return Process("redis", [support.WEBMON, "redis", "--dir", self.folder], self.folder)

    def begin_dispatcher(self, role):
        return self.webmon(role, "--jobs", self.ports["jobs"], "--work", self.ports["work"], "--control",
                           self.ports["control"], "--redis-dir", self.folder, "--interval", self.interval,
                           "--run-retention", f"{self.retention}s")

    def begin_api(self, role):
        return self.webmon(role, "--listen", f"127.0.0.1:{self.api_port}", "--jobs", self.ports["jobs"], "--control",
                           self.ports["control"])

    def begin_executor(self, role):
        return self.webmon(role, "--work", self.ports["work"], "--allow-net", rig.LOOPBACK, "--unlimited-host",
                           rig.LOOPBACK, "--threads", "1", "--slots", "64")

    def webmon(self, role, *args):
        return Process(role, [support.WEBMON, role.split("-")[0], "--redis", f"unix:{self.folder}/redis.sock", *args],
                       self.folder)

    def kill(self, role, group=True):
        """Redis without its group: its child goes on writing the snapshot, as after a real crash."""
        self.parts[role].kill(signal.SIGKILL, group)
        self.parts[role].popen.wait(20)

    def end(self, role):
        """A stop as an operator does it."""
        status = self.parts[role].stop(90)
        if status != 0:
            self.failures.append(f"{role} ended with {status} when asked to stop")

    def worker_of(self, role):
        return next(iter(self.parts[role].children()), None)

    def serves(self):
        try:
            return support.Api(self.api_port).call("GET", "/api/v1/fleet")[0] == 200
        except OSError:
            return False

    def redis_answers(self):
        try:
            return self.look.many([("PING",)]) == ["PONG"]
        except OSError:
            return False

    def wait_ready(self):
        wait_until(self.redis_answers, 90, self.parts["redis"].text, 0.01)
        wait_until(self.serves, 60, self.parts["api"].text, 0.05)

    def look_after(self):
        """Notes parts that ended by themselves and starts them again, as `webmon up` would."""
        for role in list(self.parts):
            with self.lock:
                if not self.parts[role].alive():
                    self.failures.append(f"{role} ended by itself: {self.parts[role].popen.returncode}, "
                                         f"{self.parts[role].text()[-300:]}")
                    self.begin(role)

    def add_assets(self, count):
        urls = [self.web.url(f"page.html?{i}", host=i) for i in range(count)]
        return [self.api.add(url) for url in urls]


def pids_of(process, deep=False):
    """The process itself, with its children if `deep`."""
    return [process.popen.pid, *(process.children() if deep else [])]


def exists(pid):
    return os.path.exists(f"/proc/{pid}")
