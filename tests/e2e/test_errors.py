"""What people do wrong, and what they are told: what happened, where, what to do. Exit status 2."""
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import unittest

from support import WEBMON, Process, Redis, free_port, wait_until, webmon


class Errors(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="webmon-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def refused(self, *args, env=None):
        """What a command says that must fail at once."""
        status, out, err = webmon(*args, env=env)
        self.assertEqual((status, out), (2, ""), err)
        self.assertTrue(err.startswith("webmon: "), err)
        return err.removeprefix("webmon: ")

    def keep(self, process):
        self.addCleanup(process.stop)
        return process

    def test_a_typing_mistake_in_an_option_or_command(self):
        self.assertIn("there is no option --alow-net; did you mean --allow-net?\nTry `webmon up --help`.",
                      self.refused("up", "--alow-net", "10.0.0.0/8"))
        self.assertIn("there is no command statz; did you mean stats?\nTry `webmon --help`.", self.refused("statz"))

    def test_a_configuration_that_is_not_toml(self):
        file = self.folder / "webmon.toml"
        file.write_text("[executor]\nslots: 5\n")
        self.assertRegex(self.refused("config", "check", file), rf"^{file}:2: not TOML: ")
        self.assertEqual(self.refused("executor", "--config", file), self.refused("config", "check", file))

    def test_a_configuration_that_cannot_be_read(self):
        self.assertEqual(self.refused("up", "--config", self.folder),
                         f"cannot read {self.folder}: it is a directory\n")

    def test_a_port_that_is_taken(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            err = self.refused("up", "--data-dir", self.folder / "d", "--ports", "auto", "--listen",
                               f"127.0.0.1:{port}")
            self.assertIn(f"127.0.0.1:{port}", err)
            self.assertIn(f"(pid {os.getpid()})", err)

    def test_a_data_directory_that_is_none(self):
        file = self.folder / "file"
        file.write_text("")
        self.assertIn(f"cannot create {file}/data: Not a directory", self.refused("up", "--data-dir", file / "data"))

    def test_a_data_directory_that_is_full(self):
        """On a file system of its own, in a mount namespace that ends with the test."""
        full = self.folder / "full"
        full.mkdir()
        script = (f"mount -t tmpfs -o size=64k tmpfs {full} && (head -c 1000000 /dev/zero > {full}/fill || true) && "
                  f"exec {WEBMON} up --data-dir {full} --ports auto")
        done = subprocess.run(["unshare", "--mount", "--map-root-user", "sh", "-c", script], capture_output=True,
                              text=True, timeout=60, stdin=subprocess.DEVNULL)
        if "unshare:" in done.stderr or "mount:" in done.stderr:
            self.skipTest(f"no mount namespaces here: {done.stderr.strip()}")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(f"webmon: cannot write {full}/", done.stderr)
        self.assertIn("No space left on device", done.stderr)

    def test_a_redis_that_is_not_there_is_waited_for_and_named(self):
        port = free_port()
        executor = self.keep(Process("executor", [WEBMON, "executor", "--redis", f"127.0.0.1:{port}"], self.folder))
        told = f'msg="redis does not answer" detail="Redis at 127.0.0.1:{port}: Connection refused"'
        wait_until(lambda: told in executor.text(), what=lambda: f"it says so: {executor.text()}")
        self.assertTrue(executor.alive())

    def test_something_that_is_not_redis(self):
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()
            port = server.getsockname()[1]
            dispatcher = self.keep(Process("dispatcher", [
                WEBMON, "dispatcher", "--redis", f"127.0.0.1:{port}", "--jobs", f"ipc://{self.folder}/j", "--work",
                f"ipc://{self.folder}/w", "--control", f"ipc://{self.folder}/c"], self.folder))
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                told = (f'msg="redis does not answer" detail="Redis at 127.0.0.1:{port}: this is not what Redis '
                        "answers; does something else listen there?")
                wait_until(lambda: told in dispatcher.text(), what=lambda: f"it says so: {dispatcher.text()}")

    def test_a_redis_that_wants_a_password(self):
        redis = self.keep(Redis(self.folder))
        redis.cli("config", "set", "requirepass", "secret")
        executor = self.keep(Process("executor", [WEBMON, "executor", "--redis", f"unix:{redis.socket}"], self.folder))
        wait_until(lambda: "NOAUTH" in executor.text(), what=lambda: f"it says so: {executor.text()}")
        self.assertIn("redis does not answer", executor.text())

    def test_a_url_that_is_none(self):
        self.assertIn("ftp://example.org/: ", self.refused("check", "ftp://example.org/"))

    def test_a_file_of_urls_that_is_not_there(self):
        self.assertEqual(self.refused("check", "--file", "/nonexistent"),
                         "cannot read /nonexistent: No such file or directory\n")

    def test_a_server_that_is_not_there(self):
        port = free_port()
        err = self.refused("asset", "list", "--server", f"http://127.0.0.1:{port}")
        self.assertIn(f"127.0.0.1:{port}", err)
        self.assertIn("webmon up", err)


if __name__ == "__main__":
    unittest.main()
