"""`webmon up`: what dies is started again, an orphaned snapshot child overwrites nothing, Ctrl-C ends it cleanly."""
import json
import os
import pathlib
import signal
import subprocess
import unittest

from support import LOOPBACK, WEBMON, Api, Pipeline, Process, wait_until


def command_of(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def is_alive(pid):
    try:
        return " Z " not in pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


class Up(Pipeline):
    def up(self):
        self.data = self.folder / "data"
        self.process = self.keep(Process("up", [WEBMON, "up", "--data-dir", self.data, "--ports", "auto",
                                                "--allow-net", LOOPBACK, "--unlimited-host", LOOPBACK], self.folder))
        endpoints = self.data / "endpoints.json"
        wait_until(endpoints.exists, 30, self.process.text)
        self.api = Api(json.loads(endpoints.read_text())["listen"].rsplit(":", 1)[1])
        wait_until(self.api.up, 30, self.process.text)

    def pid_of(self, words):
        found = [p for p in self.process.children() if words in command_of(p)]
        return found[0] if found else None

    def redis_cli(self, *args):
        done = subprocess.run(["redis-cli", "-s", str(self.data / "redis.sock"), "--raw", *args],
                              capture_output=True, text=True, timeout=30)
        return done.stdout.strip()

    def test_parts_that_are_killed_come_back_and_the_end_is_clean(self):
        self.up()
        self.api.post("/api/v1/assets?wait=snapshot", {"url": "http://127.0.0.1:1/"}, 201)
        for words in ("redis-server", "webmon dispatcher", "webmon executor", "webmon api"):
            name = words.split()[-1]
            pid = wait_until(lambda: self.pid_of(name), 20, f"{name} runs")
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda: not is_alive(pid), 10, f"{name} died")
            wait_until(lambda: self.pid_of(name), 20, lambda: f"{name} is back: {self.process.text()}")
        wait_until(self.api.up, 30, "the api is back")
        run = wait_until(lambda: self.api.call("POST", "/api/v1/runs", {"all": True})[1].get("id"), 30, "a run starts")
        self.assertEqual(self.api.wait_run(run, 90)["states"]["down"], 1)
        children = self.process.children()
        self.assertEqual(self.process.stop(30), 0, self.process.text())
        self.assertEqual([p for p in children if is_alive(p)], [])
        self.assertFalse((self.data / "endpoints.json").exists())

    def test_an_orphaned_snapshot_child_never_overwrites_a_newer_file(self):
        self.up()
        for i in range(20):
            self.api.add(f"http://127.0.0.1:1/{i}")
        self.api.post("/api/v1/snapshots", {}, 201)
        server = self.pid_of("redis-server")
        # Between two keys the saving child now waits 20 ms: some seconds in all.
        self.redis_cli("CONFIG", "SET", "rdb-key-save-delay", "20000")
        self.redis_cli("BGSAVE")
        orphan = wait_until(lambda: next((p for p in self.process.children() if "redis-rdb-bgsave" in command_of(p)),
                                         None), 10, "the child saves")
        os.kill(server, signal.SIGKILL)
        wait_until(lambda: self.redis_cli("PING") == "PONG", 60, self.process.text)
        self.assertFalse(is_alive(orphan), "the new server started while the orphan could still rename its file")
        wait_until(self.api.up, 30, "the api is up")
        newest = self.api.post("/api/v1/assets", {"url": "http://127.0.0.1:1/newest"}, 201)
        wait_until(lambda: self.api.call("POST", "/api/v1/snapshots", {})[0] == 201, 30, "a snapshot holds it")
        server = self.pid_of("redis-server")
        os.kill(server, signal.SIGKILL)
        wait_until(lambda: not is_alive(server), 10, "redis died")
        wait_until(lambda: self.redis_cli("PING") == "PONG", 60, self.process.text)
        wait_until(self.api.up, 30, "the api is up")
        self.api.get(f"/api/v1/assets/{newest['id']}")


if __name__ == "__main__":
    unittest.main()
