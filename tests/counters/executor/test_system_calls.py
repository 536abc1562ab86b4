"""System calls and wake-ups of an executor thread per check, seen by strace, of a real page over HTTP/1.1.

One slot: one job at a time, so nothing is ever batched. That is the most that a check can cost, and does not depend on
how fast the machine is; under load one turn of the loop serves many jobs and the numbers only fall. What time alone
causes (the tick, the beat: at most 4 wake-ups a second) is allowed for by the time that has passed. The bounds leave
room for an answer that arrives in two pieces.
"""
import collections
import re
import unittest

from support import LOOPBACK, WEBMON, Pipeline, Process
from pages import tool

WARM_UP, CHECKS = 50, 300
A_SECOND = {"wake-ups": 4, "all": 40}
# call: at most per check
BOUNDS = {"all": 60, "wake-ups": 7, "epoll_ctl": 5, "sendto": 5, "recvfrom": 6, "connect": 1.1, "poll": 11,
          "getpid": 12}
WAITING = ("epoll_wait", "epoll_pwait", "epoll_pwait2")


class SystemCalls(Pipeline):
    def executor_under_strace(self):
        self.trace = self.folder / "trace"
        args = ["strace", "-f", "-ttt", "-s", "4", "-o", self.trace, WEBMON, "executor", "--redis",
                f"unix:{self.folder}/redis.sock", "--work", self.ports["work"], "--allow-net", LOOPBACK,
                "--unlimited-host", LOOPBACK, "--threads", "1", "--slots", "1", "--id", "counted"]
        return self.keep(Process("executor", args, self.folder))

    def checks(self):
        """The lines of the thread that fetches, from one GET to the one CHECKS later, and the seconds between."""
        lines = self.trace.read_text(errors="replace").splitlines()
        gets = [i for i, line in enumerate(lines) if re.search(r'(send\w*|write\w*)\(.*"GET ', line)]
        self.assertGreater(len(gets), WARM_UP + CHECKS, "not every check was one GET")
        first, last = gets[WARM_UP], gets[WARM_UP + CHECKS]
        thread = lines[first].split()[0]
        between = [line.split(None, 2) for line in lines[first:last] if line.startswith(thread + " ")]
        return [call for _, _, call in between], float(between[-1][1]) - float(between[0][1])

    def test_a_check_takes_no_more_calls_than_it_did(self):
        tool("CHECK_COST")  # only of the optimised build
        (self.folder / "site").mkdir()
        (self.folder / "site/page.html").write_text("<!doctype html><title>t</title>" + "<p>Some words.</p>" * 200)
        nginx = self.nginx(self.folder / "site")
        self.redis()
        self.dispatcher()
        self.start_api()
        assets = WARM_UP + CHECKS + 10
        for i in range(assets):
            self.api.add(nginx.url(f"page.html?asset={i}"))
        self.executor_under_strace()
        self.api.wait_run(self.api.start_run(all=True)["id"], 150)
        calls, seconds = self.checks()
        counts = collections.Counter()
        for call in calls:
            name = re.match(r"(\w+)\(", call)  # a call that was resumed has been counted when it began
            if name:
                counts[name.group(1)] += 1
        counts["wake-ups"] = sum(counts[name] for name in WAITING)
        counts["all"] = sum(n for name, n in counts.items() if name != "wake-ups")
        print(f"\n{seconds:.1f} s\n| call | a check |\n|---|---|")
        for name, n in counts.most_common():
            print(f"| {name} | {n / CHECKS:.2f} |")
        for name, bound in BOUNDS.items():
            with self.subTest(name):
                self.assertLessEqual(counts[name], bound * CHECKS + A_SECOND.get(name, 4) * seconds)


if __name__ == "__main__":
    unittest.main()
