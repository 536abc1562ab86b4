"""Completion in the shells themselves, and manual pages through man's own formatter."""
import shutil
import subprocess
import unittest

from pty_screen import Terminal
from support import WEBMON, Pipeline, webmon


class Shells(Pipeline):
    def setUp(self):
        super().setUp()
        self.scripts = {}
        for shell in ("bash", "zsh", "fish"):
            code, text, err = webmon("completion", shell)
            self.assertEqual(code, 0, err)
            self.scripts[shell] = self.folder / shell
            self.scripts[shell].write_text(text)

    def offers_of_bash(self, *words):
        script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }; _webmon; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "--norc", "-c", script, "bash", self.scripts["bash"], *words],
                              capture_output=True, text=True, timeout=20, cwd=self.folder)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def offers_of_fish(self, *words):
        line = " ".join(words)
        done = subprocess.run(["fish", "--no-config", "-c", f"source {self.scripts['fish']}; complete -C '{line}'"],
                              capture_output=True, text=True, timeout=20, cwd=self.folder, env={"PATH": "/usr/bin:/bin",
                                                                                               "HOME": str(self.folder)})
        self.assertEqual(done.stderr, "")
        return [row.split("\t")[0] for row in done.stdout.splitlines()]

    def check(self, offers):
        (self.folder / "urls.txt").write_text("")
        self.assertEqual(offers("webmon", "che"), ["check"])
        self.assertTrue({"add", "list", "show", "set", "remove", "restore"} <= set(offers("webmon", "asset", "")))
        self.assertEqual(offers("webmon", "asset", "list", "--sta"), ["--state"])
        self.assertEqual(sorted(offers("webmon", "asset", "list", "--state", "d")), ["degraded", "down"])
        self.assertEqual(offers("webmon", "--color", "al"), ["always"])
        self.assertEqual(offers("webmon", "completion", "z"), ["zsh"])
        self.assertEqual(offers("webmon", "check", "--file", "url"), ["urls.txt"])
        self.assertIn("--concurrency", offers("webmon", "check", "http://a.example", "--"))
        self.assertNotIn("executor-worker", offers("webmon", ""))

    def test_bash_offers_commands_options_and_values(self):
        self.check(self.offers_of_bash)
        self.assertEqual(sorted(self.offers_of_bash("webmon", "asset", "list", "--state", "=", "d")),
                         ["degraded", "down"])
        self.assertEqual(self.offers_of_bash("webmon", "check", "--timeout", ""), [], "a number cannot be offered")

    def test_fish_offers_commands_options_and_values(self):
        if not shutil.which("fish"):
            self.skipTest("fish is not installed")
        self.check(self.offers_of_fish)

    def test_zsh_completes_commands_options_and_values(self):
        if not shutil.which("zsh"):
            self.skipTest("zsh is not installed")
        terminal = Terminal(["zsh", "-f", "-i"], env={"HOME": str(self.folder), "PS1": "ready> "})
        self.addCleanup(terminal.close)
        terminal.wait_for("ready> ")
        terminal.type(f"autoload -U compinit && compinit -u -D && source {self.scripts['zsh']} && echo l''oaded\n")
        terminal.wait_for("loaded")
        terminal.wait_for("ready> ")
        for typed, want in (("webmon chec\t", "check"), ("webmon asset lis\t", "list"), ("webmon asset list --sta\t", "--state"),
                            ("webmon asset list --state deg\t", "degraded"), ("webmon completion z\t", "zsh")):
            with self.subTest(typed):
                terminal.type(typed)
                terminal.wait_for(want)
                terminal.type("\x15")
        terminal.type("webmon run \t")
        offered = terminal.wait_for("cancel") + terminal.wait_for("status")
        self.assertIn("Cancel the jobs", offered + terminal.wait_for("Show where"))

    def test_every_manual_page_is_clean_troff_and_names_the_exit_codes(self):
        code, out, _ = webmon("man")
        self.assertEqual(code, 0)
        self.assertIn(".BR webmon\\-check (1)", out)
        commands = [line.split("\\-")[1].split(" ")[0] for line in out.splitlines() if line.startswith(".BR webmon\\-")]
        self.assertGreater(len(commands), 15)
        for command in ["", *commands]:
            with self.subTest(command):
                _, page, _ = webmon("man", *([command] if command else []))
                done = subprocess.run(["groff", "-man", "-ww", "-z", "-Tutf8"], input=page, capture_output=True, text=True,
                                      timeout=20)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                shown = subprocess.run(["groff", "-man", "-Tascii", "-P-cbou"], input=page, capture_output=True, text=True,
                                       timeout=20).stdout
                self.assertIn("EXIT STATUS", shown)
                self.assertIn("130", shown)

    def test_an_unknown_page_is_refused(self):
        code, out, err = webmon("man", "no-such-command")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("webmon --help", err)


if __name__ == "__main__":
    unittest.main()
