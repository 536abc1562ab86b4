"""Configuration of real processes: file, environment, flags; reload on SIGHUP; logs without secrets."""
import fcntl
import json
import os
import pathlib
import signal
import subprocess
import termios
import unittest

from support import WEBMON, Api, Pipeline, Process, free_port, wait_until, webmon


class Stack(Pipeline):
    """`webmon up` with a configuration file."""

    def setUp(self):
        super().setUp()
        self.data = self.folder / "data"
        self.file = self.folder / "webmon.toml"
        self.listen = f"127.0.0.1:{free_port()}"

    def configure(self, text):
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f'data_dir = "{self.data}"\n' + text)
        fresh.rename(self.file)

    def up(self, *args, env=None):
        self.process = self.keep(Process("up", [WEBMON, "up", "--config", self.file, "--ports", "auto", "--listen",
                                                self.listen, *args], self.folder, env))
        self.api = Api(int(self.listen.rsplit(":", 1)[1]))
        wait_until(lambda: self.is_ready() or not self.process.alive(), 60,
                   what=lambda: f"webmon is up: {self.process.text()}")
        self.assertTrue(self.process.alive(), self.process.text())

    def is_ready(self):
        return (self.data / "endpoints.json").exists()

    def hang_up(self):
        self.process.kill(signal.SIGHUP, group=False)

    def lines(self, message):
        return [line for line in self.process.text().splitlines() if f'msg="{message}"' in line]


class Reload(Stack):
    def test_all_parts_take_over_a_new_file(self):
        self.configure("[schedule]\ninterval = \"never\"\n[executor]\ntotal_timeout = \"20s\"\n")
        self.up()
        self.configure("[schedule]\ninterval = \"5s\"\n[executor]\nallow_nets = [\"127.0.0.0/8\"]\n"
                       "redirects = 1\n[api]\nbody_bytes = 2048\n[log]\nformat = \"json\"\n")
        self.hang_up()
        # up, api, dispatcher, supervisor and worker each say so, in the new format.
        told = wait_until(lambda: self.reloads(5), what=lambda: f"five reloads: {self.process.text()}")
        changed = {key for line in told for key in line["changed"].split(",")}
        self.assertEqual(changed, {"schedule.interval", "executor.total_timeout", "executor.allow_nets",
                                   "executor.redirects", "api.body_bytes", "log.format"})
        status, problem = self.api.call("POST", "/api/v1/assets", {"url": "http://127.0.0.1/" + "x" * 3000})
        self.assertEqual((status, problem["code"]), (413, "too_large"))
        # Nobody asks for a check: the new interval does. The address is now allowed, so it is looked at.
        port = free_port()
        asset = self.api.add(f"http://127.0.0.1:{port}/")

        def outcome():
            reports = {r["plugin"]: r for r in self.api.get(f"/api/v1/assets/{asset}/reports")["items"]}
            return reports.get("http-probe", {}).get("facts", {}).get("outcome")

        wait_until(lambda: outcome() == "connect", 30, what=lambda: f"a refused connection, not {outcome()}")

    def reloads(self, count):
        found = []
        for line in self.process.text().splitlines():
            if line.startswith("{") and "configuration reloaded" in line:
                found.append(json.loads(line))
        return found if len(found) >= count else None

    def test_a_bad_file_changes_nothing_and_is_named(self):
        self.configure("[api]\nbody_bytes = 2048\n")
        self.up("--interval", "never")
        self.configure("[api]\nbody_bytes = 1048576\n[executor]\nslot = 5\nslots = 5000\n")
        self.hang_up()
        told = wait_until(lambda: self.lines("configuration not reloaded"), what="the refusal")
        self.assertIn(f'error="{self.file}:5: there is no key executor.slot; did you mean executor.slots?"', told[0])
        wait_until(lambda: len(self.lines("configuration not reloaded")) == 2, what="both mistakes")
        self.assertEqual(self.api.call("POST", "/api/v1/assets", {"url": "x" * 3000})[0], 413)

    def test_a_key_that_cannot_change_is_refused_as_a_whole(self):
        self.configure("[executor]\nslots = 8\n")
        self.up("--interval", "never")
        self.configure("[executor]\nslots = 9\n[log]\nlevel = \"debug\"\n")
        self.hang_up()
        told = wait_until(lambda: self.lines("configuration not reloaded"), what="the refusal")
        self.assertIn(f"{self.file}:3: executor.slots cannot change from 8 to 9 while it runs", told[0])
        self.assertEqual(self.lines("configuration reloaded"), [])

    def test_a_part_that_dies_comes_back_with_the_configuration_that_was_accepted(self):
        self.configure("[api]\nbody_bytes = 2048\n")
        self.up("--interval", "never")
        self.file.write_text("not toml at all [[[")
        api = [pid for pid in self.process.children()
               if b"\0api\0" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()]
        os.kill(api[0], signal.SIGKILL)
        wait_until(lambda: self.lines("a part died, starting it again"), what="the death is seen")
        wait_until(self.api.up, what="the api is back")
        self.assertEqual(self.api.call("POST", "/api/v1/assets", {"url": "x" * 3000})[0], 413)


class Terminal(Stack):
    def test_a_server_whose_terminal_is_closed_stops(self):
        self.configure("[schedule]\ninterval = \"never\"\n")
        master, slave = os.openpty()

        def take_terminal():
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        log = open(self.folder / "up.log", "ab")
        self.addCleanup(log.close)
        up = subprocess.Popen([WEBMON, "up", "--config", self.file, "--ports", "auto"], stdin=slave, stdout=log,
                              stderr=log, start_new_session=True, preexec_fn=take_terminal)
        self.addCleanup(lambda: up.poll() is None and os.killpg(up.pid, signal.SIGKILL))
        os.close(slave)
        wait_until(lambda: self.is_ready() or up.poll() is not None, 60, what="webmon is up")
        os.kill(up.pid, signal.SIGHUP)
        wait_until(lambda: b"configuration reloaded" in (self.folder / "up.log").read_bytes(), what="a reload")
        self.assertIsNone(up.poll(), "a signal alone does not stop it")
        os.close(master)
        self.assertEqual(up.wait(60), 0)


class Precedence(Stack):
    def show(self, *args, env=None):
        status, out, err = webmon("config", "show", "--config", self.file, *args, env=env)
        self.assertEqual(status, 0, err)
        return out

    def test_show_says_where_each_value_is_from(self):
        self.configure("[executor]\nslots = 5\nredirects = 2\n")
        out = self.show("--origin", env={"WEBMON_EXECUTOR_REDIRECTS": "3"})
        self.assertIn(f"slots = 5  # {self.file}:3\n", out)
        self.assertIn("redirects = 3  # WEBMON_EXECUTOR_REDIRECTS\n", out)
        self.assertIn("threads = 0  # default\n", out)
        self.assertIn("slots = 7  # --slots\n", self.show("--origin", "--slots", "7"))
        self.assertEqual(json.loads(self.show("--json"))["executor.redirects"], 2)

    def test_what_show_prints_is_a_file_that_check_accepts(self):
        self.configure("[schedule.tags]\nshop = \"1m\"\n")
        again = self.folder / "again.toml"
        again.write_text(self.show("--origin"))
        self.assertEqual(webmon("config", "check", again)[0], 0)
        strip = [line.split("  # ")[0] for line in again.read_text().splitlines()]
        self.assertEqual(webmon("config", "show", "--config", again)[1].splitlines(), strip)

    def test_check_tells_everything_and_exits_with_2(self):
        self.configure("[executor]\nslots = 5000\n[lgo]\n")
        status, out, err = webmon("config", "check", self.file)
        self.assertEqual((status, out), (2, ""))
        self.assertEqual(err, f"webmon: {self.file}:3: executor.slots is 5000; allowed are 1 to 1024\n"
                              f"{self.file}:4: there is no section [lgo]; did you mean [log]?\n")

    def test_a_file_that_is_named_must_be_there(self):
        for args, env in ((["--config", "/nonexistent.toml"], {}), ([], {"WEBMON_CONFIG": "/nonexistent.toml"})):
            status, _, err = webmon("executor", *args, env=env)
            self.assertEqual((status, err), (2, "webmon: cannot read /nonexistent.toml: No such file or directory\n"))


CANARY = "c4n4ry"


class Secrets(Stack):
    def test_nothing_of_headers_bodies_queries_and_userinfo_is_logged(self):
        self.configure("[log]\nlevel = \"debug\"\n[executor]\nallow_nets = [\"127.0.0.0/8\"]\n"
                       "host_per_second = 0\n[schedule]\ninterval = \"never\"\n")
        pages = self.folder / "pages"
        pages.mkdir()
        (pages / "index.html").write_text(f"<html><title>{CANARY}-page</title><body>{CANARY}-text</body></html>")
        nginx = self.nginx(pages)
        self.up()
        url = nginx.url("index.html") + f"?key={CANARY}-query"
        asset = self.api.add(url, tags=["t"], request={
            "method": "POST", "body": f"{CANARY}-body", "headers": {"X-Api-Key": f"{CANARY}-header"}})
        self.api.call("POST", "/api/v1/assets", {"url": nginx.url("x"), "request": {
            "headers": {"Authorization": f"Bearer {CANARY}", "Cookie": f"id={CANARY}"}}})
        dead = self.api.add(f"http://127.0.0.1:{free_port()}/?q={CANARY}-dead")
        for _ in range(3):
            run = self.api.wait_run(self.api.start_run(assets=[asset, dead])["id"])
            self.assertEqual(run["jobs"]["done"], 2)
        # What is refused is not repeated either.
        self.api.call("POST", "/api/v1/assets", {"url": f"http://u:{CANARY}-password@127.0.0.1/"})
        self.api.call("GET", f"/api/v1/assets?tag={CANARY}-tag&nonsense={CANARY}")
        self.api.call("POST", "/api/v1/assets", f'{{"url": {CANARY}', {"Authorization": f"Bearer {CANARY}"})
        # Jobs under way while everything is torn down say most.
        self.api.start_run(assets=[asset, dead])
        for pid in self.process.children():
            if b"executor-worker" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)
        self.process.stop()
        text = self.process.text()
        self.assertIn("level=debug", text)
        self.assertIn("job=", text)
        self.assertEqual([line for line in text.splitlines() if CANARY in line], [])


class Logs(Stack):
    def test_every_line_of_a_stack_is_json_if_that_is_wanted(self):
        self.configure("")
        self.up("--log-format", "json", "--log-level", "debug", "--interval", "never",
                "--log-file", self.folder / "log.json")
        asset = self.api.add("http://127.0.0.1/")
        self.api.wait_run(self.api.start_run(assets=[asset])["id"])
        self.process.stop()
        lines = (self.folder / "log.json").read_text().splitlines()
        logged = [json.loads(line) for line in lines if line.startswith("{")]
        self.assertTrue({"ts", "level", "msg"} <= set.intersection(*(set(line) for line in logged)))
        self.assertIn("dispatcher is ready", {line["msg"] for line in logged})


if __name__ == "__main__":
    unittest.main()
