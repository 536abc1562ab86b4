"""Fault 6: Redis dies while it writes a snapshot, under `webmon up`, whose guard starts it again."""
import http.client
import json
import os
import pathlib
import signal
import subprocess
import threading
import time
import uuid

from ledger import Row, audit
from rig import LOOPBACK, Api, Injection, Process, Stack, Store, pause, rng_of, support, wait_until

CLIENTS, ASSETS = 4, 40
SAVING_S = 0.8  # how long a snapshot is made to take
PATIENCE_S = 120
UNANSWERED = (OSError, http.client.HTTPException)  # the connection broke before, or in the middle of the answer


class UpStack(Stack):
    """All parts under `webmon up`, which starts again what dies."""

    last_kill = 0.0  # of Redis, monotonic

    def start(self):
        self.data = self.folder / "data"
        self.process = self.keep(Process("up", [support.WEBMON, "up", "--data-dir", self.data, "--ports", "auto",
                                                "--threads", "1", "--slots", "16", "--interval", "never",
                                                "--allow-net", LOOPBACK, "--unlimited-host", LOOPBACK], self.folder))
        endpoints = self.data / "endpoints.json"
        wait_until(endpoints.exists, 60, self.process.text)
        self.api_port = json.loads(endpoints.read_text())["listen"].rsplit(":", 1)[1]
        self.api = Api(self.api_port)
        wait_until(self.api.up, 30, self.process.text)
        self.look = Store(self.data / "redis.sock")
        self.site()

    def pid_of(self, words):
        for pid in self.process.children():
            try:
                if words in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode():
                    return pid
            except OSError:
                continue
        return None

    def ask(self, *words):
        try:
            return self.look.many([words])[0]
        except OSError:
            return None

    def is_saving(self):
        return "rdb_bgsave_in_progress:1" in (self.ask("INFO", "persistence") or "")

    def serves(self):
        try:
            return self.api.call("GET", "/api/v1/fleet")[0] == 200
        except UNANSWERED:
            return False


class Client(threading.Thread):
    """Adds assets and starts runs, each until the answer says that it is durable; remembers only those answers."""

    def __init__(self, stack, base, rng, number):
        super().__init__(daemon=True)
        self.stack, self.base, self.rng, self.number = stack, base, rng, number
        self.assets, self.runs, self.error, self.stopping = [], {}, None, threading.Event()

    def run(self):
        try:
            made = 0
            while not self.stopping.is_set():
                made += 1
                if made % 2:
                    self.add(made)
                else:
                    self.push()
        except Exception as error:  # told by the thread that waits for it
            self.error = error

    def until_durable(self, path, body, headers=None):
        """Repeats until a durable 2xx, or 409 for an asset that an unanswered try has added. While snapshot after
        snapshot is killed there may be none for long; PATIENCE_S after the last kill there must be one."""
        began = time.monotonic()
        while time.monotonic() < max(began, self.stack.last_kill) + PATIENCE_S:
            try:
                status, answer = Api(self.stack.api_port).call("POST", path, body, headers)
            except UNANSWERED:
                status, answer = 0, None
            if status == 409 or (status in (201, 202) and answer["durable"]):
                return status, answer
            if status not in (0, 503) and not 200 <= status < 300:
                raise AssertionError(f"{path}: {status} {answer}")
            pause(self.rng, 0.02, 0.1)
        raise AssertionError(f"{path}: no durable answer {PATIENCE_S} s after the last kill")

    def add(self, made):
        url = self.stack.web.url(f"now/0.html?client={self.number}&made={made}")
        status, answer = self.until_durable("/api/v1/assets?wait=snapshot", {"url": url})
        if status == 201:
            self.assets.append(answer["id"])

    def push(self):
        key = str(uuid.UUID(int=self.rng.getrandbits(128)))
        chosen = self.rng.sample(self.base, 10)
        _, answer = self.until_durable("/api/v1/runs?wait=snapshot", {"assets": chosen}, {"Idempotency-Key": key})
        self.runs[answer["id"]] = answer["submitted"]


def check_files(row, folder):
    """Invariant I10: whatever generation there is after a kill loads."""
    good = 0
    for file in sorted(folder.glob("dump.rdb*")):
        done = subprocess.run(["redis-check-rdb", file], capture_output=True, text=True, timeout=60)
        row.expect(done.returncode == 0 or not file.exists(), f"{file.name} does not load: {done.stdout[-300:]}")
        good += done.returncode == 0
    row.expect(good, "there is no snapshot at all")
    return good


def kill_while_saving(stack, rng, with_api, clients):
    stack.ask("CONFIG", "SET", "rdb-key-save-delay", int(SAVING_S * 1e6 / max(1, stack.ask("DBSIZE"))))

    def hit():
        """Somewhere in a snapshot: one that had ended meanwhile does not count, the next one does."""
        wait_until(stack.is_saving, 30, lambda: f"Redis saves; the clients: {[c.error for c in clients]}", 0.005)
        pause(rng, 0, SAVING_S * 0.9)
        server, pending = stack.pid_of("redis-server"), stack.look.pending()
        if not stack.is_saving():
            return None
        os.kill(server, signal.SIGKILL)
        stack.last_kill = time.monotonic()
        return Injection(time.time(), pending)

    injection = wait_until(hit, 60, "a snapshot is hit")
    if with_api:  # its memory of what was not durable yet goes, too
        os.kill(stack.pid_of(" api "), signal.SIGKILL)
    return injection


def missing_of(api, clients):
    return [asset for client in clients for asset in list(client.assets)
            if api.call("GET", f"/api/v1/assets/{asset}")[0] != 200]


def redis_killed(scale, seed):
    row = Row("Redis: SIGKILL during BGSAVE")
    rng, injections, files = rng_of(seed, row.fault), [], 0
    with UpStack() as stack:
        stack.start()
        base = stack.add_assets(ASSETS, "now")
        stack.api.post("/api/v1/snapshots", {}, 201)
        clients = [Client(stack, base, rng_of(seed, f"client {i}"), i) for i in range(CLIENTS)]
        for client in clients:
            client.start()
        for i in range(scale(5, 100)):
            pause(rng, 0, 0.5)
            injections.append(kill_while_saving(stack, rng, with_api=i % 2 == 1, clients=clients))
            files += check_files(row, stack.data)
            wait_until(lambda: stack.ask("PING") == "PONG", 60, stack.process.text)
            wait_until(stack.serves, 60, stack.process.text)
            injections[-1].back = time.time() - injections[-1].at
            row.expect(not missing_of(stack.api, clients), "a durable asset is gone")
        for client in clients:
            client.stopping.set()
        for client in clients:
            client.join(PATIENCE_S + 30)
            row.expect(not client.error and not client.is_alive(), f"a client failed: {client.error}")
        finish(row, stack, clients, injections)
        row.notes.append(f"{files} snapshot files checked; durable answers: "
                         f"{sum(len(c.assets) for c in clients)} assets, {sum(len(c.runs) for c in clients)} runs")
    return row


def finish(row, stack, clients, injections):
    row.lost += len(missing_of(stack.api, clients))
    runs = {run: jobs for client in clients for run, jobs in client.runs.items()}
    existing = [r["id"] for r in stack.api.items("/api/v1/runs?limit=1000")]
    row.lost += sum(runs[r] for r in set(runs) - set(existing))
    audit(row, stack.api, {r: n for r, n in runs.items() if r in existing}, injections,
          also=[r for r in existing if r not in runs])
