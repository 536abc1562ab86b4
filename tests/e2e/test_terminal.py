"""What only a terminal sees: colour, progress, `webmon watch`, and that all of it is put back."""
import json
import signal
import unittest

from pty_screen import Terminal
from support import LOOPBACK, WEBMON, Pipeline, wait_until, webmon

PAGES = 12_000  # more than are done before the first rate can be told
ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"


class OnATerminal(Pipeline):
    def terminal(self, *args, **options):
        terminal = Terminal([WEBMON, *args], **options)
        self.addCleanup(terminal.close)
        return terminal

    def site(self):
        root = self.folder / "www"
        root.mkdir()
        (root / "index.html").write_text("<html><body>hello</body></html>")
        return self.nginx(root, hosts=4)

    def test_states_are_coloured_on_a_terminal_and_nowhere_else(self):
        url = self.site().url("index.html")
        green = "\x1b[32mup\x1b[0m"
        cases = [((), {}, True), (("--color", "never"), {}, False), ((), {"NO_COLOR": "1"}, False),
                 ((), {"NO_COLOR": ""}, True), (("--color", "always"), {"NO_COLOR": "1"}, True), ((), {"TERM": "dumb"}, False)]
        for args, env, want in cases:
            with self.subTest(args=args, env=env):
                terminal = self.terminal("check", url, *args, env=env)
                self.assertEqual(terminal.wait(), 0)
                self.assertEqual(green in terminal.text, want, terminal.text[:300])
        self.assertNotIn("\x1b", webmon("check", url)[1])
        self.assertIn(green, webmon("check", url, "--color=always")[1])

    def test_many_pages_have_a_progress_bar_with_rate_and_the_lines_stay_whole(self):
        site = self.site()
        path = self.folder / "urls"
        path.write_text("".join(site.url(f"index.html?{i}", host=i) + "\n" for i in range(PAGES)))
        terminal = self.terminal("check", "--allow-net", LOOPBACK, "--file", path, "--per-host", "4")
        self.assertEqual(terminal.wait(60), 0)
        self.assertRegex(terminal.text, r"\[#*\.*\] +\d+ % \d+/12000 pages +\d+/s")
        lines = terminal.text.replace("\r\x1b[K", "\r\n").split("\r\n")
        self.assertEqual(sum("index.html?" in line for line in lines), PAGES)
        self.assertTrue(all(line.startswith("\x1b[32mup") for line in lines if "index.html?" in line))

    def watch(self, **options):
        return self.terminal("watch", "--server", f"http://127.0.0.1:{self.api_port}", "--control", self.ports["control"],
                             **options)

    def test_watch_shows_the_fleet_and_puts_the_terminal_back_however_it_ends(self):
        site = self.site()
        self.pipeline(1)
        self.api.add(site.url("index.html"))
        self.api.add(site.url("missing"))
        self.api.wait_run(self.api.start_run()["id"])
        wait_until(lambda: self.api.get("/api/v1/fleet")["executors_alive"] == 1, what="the executor beats")
        ends = {"q": lambda t: t.type("q"), "Ctrl-C": lambda t: t.type("\x03"),
                "SIGTERM": lambda t: t.process.send_signal(signal.SIGTERM),
                "a crash": lambda t: t.process.send_signal(signal.SIGSEGV)}
        for name, end in ends.items():
            with self.subTest(name):
                terminal = self.watch()
                terminal.wait_for(ENTER)
                shown = terminal.wait_for("CHANGES 1")
                self.assertRegex(shown, r"assets 2 ")
                self.assertRegex(shown, r"up\s*\x1b\[0m +1 +\[")
                self.assertRegex(shown, r"EXECUTORS 1")
                self.assertRegex(shown, r"lag p50 \d+ ms")
                terminal.wait_for("missing")
                end(terminal)
                code = terminal.wait()
                self.assertEqual(code, -signal.SIGSEGV if name == "a crash" else 0)
                self.assertIn(LEAVE, terminal.text)
                self.assertEqual(terminal.settings(), terminal.before)

    def test_watch_follows_the_size_of_its_terminal_and_can_be_paused(self):
        self.site()
        self.pipeline(0)
        terminal = self.watch(columns=100, rows=30)
        terminal.wait_for("scroll the changes")
        terminal.resize(50, 12)
        terminal.wait_for("\x1b[H")
        frame = terminal.wait_for("\x1b[J")
        self.assertEqual(frame.count("\r\n"), 11)
        terminal.type("p")
        terminal.wait_for("PAUSED")
        terminal.type("p")
        terminal.wait_for("\x1b[J")
        self.assertNotIn("PAUSED", terminal.wait_for("\x1b[J"))

    def test_watch_without_a_terminal_says_what_to_do_and_looks_once_if_asked(self):
        self.pipeline(0)
        server = ("--server", f"http://127.0.0.1:{self.api_port}", "--control", self.ports["control"])
        code, out, err = webmon("watch", *server)
        self.assertEqual((code, out), (2, ""))
        self.assertIn("--once", err)
        code, out, _ = webmon("watch", "--once", *server)
        self.assertEqual(code, 0)
        self.assertIn("EXECUTORS 0", out)
        code, out, _ = webmon("watch", "--once", "--json", *server)
        self.assertEqual(json.loads(out)["fleet"]["assets"]["total"], 0)
        self.assertTrue(json.loads(out)["dispatcher"]["leader"])


if __name__ == "__main__":
    unittest.main()
