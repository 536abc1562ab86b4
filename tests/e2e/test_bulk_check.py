"""`webmon check` over many pages: lines as they end, files and endless pipes, bounded memory, Ctrl-C."""
import collections
import json
import os
import re
import signal
import subprocess
import unittest

from support import LOOPBACK, WEBMON, Pipeline, wait_until, webmon

PAGE = "<html><head><title>t</title></head><body>" + "<p>some text</p>" * 60 + "</body></html>"


class BulkCheck(Pipeline):
    def setUp(self):
        super().setUp()
        root = self.folder / "www"
        root.mkdir()
        (root / "index.html").write_text(PAGE)
        self.web = self.nginx(root, hosts=8)

    def urls(self, count, path="index.html"):
        return [self.web.url(f"{path}?{i}", host=i) for i in range(count)]

    def file(self, lines):
        path = self.folder / "urls.txt"
        path.write_text("\n".join(lines) + "\n")
        return path

    def test_every_page_of_a_file_gets_one_line_and_the_end_is_summed_up(self):
        urls = self.urls(300)
        code, out, err = webmon("check", "--allow-net", LOOPBACK, "--file", self.file(urls))
        self.assertEqual(code, 0, err)
        rows = [line.split() for line in out.splitlines()]
        self.assertEqual(sorted(row[5] for row in rows), sorted(urls))
        self.assertEqual({(row[0], row[1]) for row in rows}, {("up", "200")})
        self.assertRegex(err, r"300 pages in .* s \(\d+/s\): 300 up\n")
        self.assertRegex(err, r"p50 [\d.]+ ms, p95 [\d.]+ ms, p99 [\d.]+ ms")
        self.assertNotIn("\r", err, "no progress where there is no terminal")
        self.assertNotIn("\x1b", out + err)

    def test_ordered_results_come_in_the_order_of_the_file(self):
        urls = self.urls(200)
        code, out, _ = webmon("check", "--allow-net", LOOPBACK, "--ordered", "--file", self.file(urls))
        self.assertEqual(code, 0)
        self.assertEqual([line.split()[5] for line in out.splitlines()], urls)

    def test_json_is_one_object_a_line_with_every_report(self):
        urls = self.urls(50)
        code, out, _ = webmon("check", "--allow-net", LOOPBACK, "--json", "--file", self.file(urls))
        self.assertEqual(code, 0)
        results = [json.loads(line) for line in out.splitlines()]
        self.assertEqual({r["url"] for r in results}, set(urls))
        self.assertTrue(all(any(p["plugin"] == "html-stats" for p in r["reports"]) for r in results))

    def test_lines_that_are_no_url_are_told_with_their_number_and_the_rest_is_checked(self):
        good = self.urls(3)
        lines = [good[0], "# a remark", "ftp://example.org/", "", good[1], "http://" + "x" * 9000, good[2]]
        code, out, err = webmon("check", "--allow-net", LOOPBACK, "--file", self.file(lines))
        self.assertEqual(code, 1)
        self.assertEqual(len(out.splitlines()), 3)
        self.assertIn("line 3: ftp://example.org/", err)
        self.assertIn("line 6: ", err)
        self.assertIn("2 lines are no URL", err)
        code, out, err = webmon("check", "--allow-net", LOOPBACK, "--json", "--file", self.file(lines))
        bad = [r for r in map(json.loads, out.splitlines()) if "error" in r]
        self.assertEqual((code, sorted(r["line"] for r in bad)), (1, [3, 6]))

    def test_a_file_does_not_get_at_this_machine_unless_it_is_allowed_to(self):
        code, out, _ = webmon("check", "--file", self.file(self.urls(2)))
        self.assertEqual(code, 1)
        self.assertEqual(out.count("down"), 2, out)
        code, _, err = webmon("check", "--lines", self.urls(1)[0])
        self.assertEqual(code, 0, err)
        self.assertIn("may be fetched from", err)

    def test_a_pipe_that_stays_open_gets_its_results_at_once(self):
        process = subprocess.Popen([WEBMON, "check", "--allow-net", LOOPBACK, "--file", "-"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        for url in self.urls(3):
            process.stdin.write(url + "\n")
            process.stdin.flush()
            self.assertIn(url, process.stdout.readline())
        process.stdin.close()
        self.assertEqual(process.wait(30), 0)
        self.assertIn("3 pages", process.stderr.read())
        process.stdout.close()
        process.stderr.close()

    def test_no_host_is_asked_for_more_at_once_than_it_is_allowed(self):
        with GreedyServer() as server:
            urls = [f"http://127.0.0.1:{server.port}/{i}" for i in range(40)]
            code, _, err = webmon("check", "--allow-net", LOOPBACK, "--per-host", "3", "--file", self.file(urls))
        self.assertEqual(code, 0, err)
        pages = [path for path in server.answered if path[1:].isdigit()]
        self.assertEqual(sorted(pages), sorted(f"/{i}" for i in range(40)))
        self.assertGreater(len(server.answered), 40, "what plugins ask for beside the pages counts too")
        self.assertLessEqual(server.most, 3)
        self.assertGreater(server.most, 1)

    def peak_kb(self, count, *args):
        """Peak resident memory of a check of `count` pages, of wait4(2)."""
        out = open(self.folder / "out", "wb")
        process = subprocess.Popen([WEBMON, "check", "--allow-net", LOOPBACK, "--per-host", "0", "--keep-alive",
                                    "--concurrency", "64", *args, "--file", str(self.file(self.urls(count)))],
                                   stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.close()
        self.assertEqual(process.returncode, 0)
        with open(self.folder / "out", "rb") as lines:
            self.assertEqual(sum(1 for _ in lines), count)
        return usage.ru_maxrss

    def test_memory_does_not_grow_with_the_number_of_pages(self):
        few = self.peak_kb(3_000)
        many = self.peak_kb(15_000)
        self.assertLess(many, few + 6_000, "KB for 5 times as many pages")

    def test_a_reader_that_goes_away_ends_it(self):
        done = subprocess.run(f"{WEBMON} check --allow-net {LOOPBACK} --file - 2>err | head -n 5", shell=True, text=True,
                              input="\n".join(self.urls(5_000)), capture_output=True, timeout=60, cwd=self.folder)
        self.assertEqual(len(done.stdout.splitlines()), 5)
        pages = int(re.search(r"(\d+) pages in", (self.folder / "err").read_text())[1])
        self.assertLess(pages, 5_000)

    def test_ctrl_c_tells_what_was_done_and_where_to_go_on(self):
        with GreedyServer(hold=True) as server:
            stuck = f"http://127.0.0.1:{server.port}/stuck"
            lines = self.urls(20) + [stuck] + self.urls(10)
            process = subprocess.Popen([WEBMON, "check", "--allow-net", LOOPBACK, "--file", str(self.file(lines))],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.addCleanup(process.kill)
            seen = [process.stdout.readline() for _ in range(30)]
            wait_until(lambda: server.open == 1, what="the last page is in flight")
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 130)
        self.assertEqual(out, "")
        self.assertEqual(collections.Counter(line.split()[0] for line in seen), {"up": 30})
        self.assertIn("30 pages in", err)
        self.assertIn("every line before line 21 is done", err)


class GreedyServer:
    """Counts how many requests are open at once; answers each after others had time to come, or never."""

    def __init__(self, hold=False):
        self.hold = hold

    def __enter__(self):
        import asyncio
        import threading
        self.open = self.most = 0
        self.answered = []  # paths
        self.loop = asyncio.new_event_loop()
        started = threading.Event()

        async def serve(reader, writer):
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                self.open += 1
                self.most = max(self.most, self.open)
                if self.hold:
                    await reader.read()  # until the client goes away
                else:
                    await asyncio.sleep(0.01)
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
                    await writer.drain()
                    self.answered.append(head.split()[1].decode())
            except (ConnectionError, asyncio.IncompleteReadError):
                pass
            finally:
                self.open -= 1
                writer.close()

        async def main():
            self.server = await asyncio.start_server(serve, "127.0.0.1", 0)
            self.port = self.server.sockets[0].getsockname()[1]
            started.set()

        def run():
            asyncio.set_event_loop(self.loop)
            self.loop.run_until_complete(main())
            self.loop.run_forever()

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()
        started.wait(10)
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)


if __name__ == "__main__":
    unittest.main()
