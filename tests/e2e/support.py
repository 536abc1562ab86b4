"""Real parts for the end-to-end tests: redis-server, nginx, webmon processes. Debian's python3 only.

Nothing here sleeps for a fixed time: `wait_until` polls a condition under a deadline.
"""
import contextlib
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/openapi"))
from contract import Contract  # noqa: E402
WEBMON = os.environ.get("WEBMON_BINARY", str(ROOT / "build/release/src/cli/webmon"))
# The folder is the list: a plugin is one source file there.
PLUGINS = [source.stem.replace("_", "-") for source in (ROOT / "src/plugins").glob("*.cpp")
           if not source.stem.endswith("_test")]
DOCS = pathlib.Path("/usr/share/doc/python3.11/html")
LOOPBACK = "127.0.0.0/8"


PORT_RANGES = 32
given_ports = set()


def free_port():
    """A port that this process has not been given, of a range of its own, so that two tests at once seldom pick the same;
    below those that the kernel gives to connections: one of these could be gone before it is bound again.
    """
    ephemeral = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    size = (ephemeral - ephemeral // 3) // PORT_RANGES
    lowest = ephemeral // 3 + os.getpid() % PORT_RANGES * size
    for port in random.sample(range(lowest, lowest + size), size):
        if port in given_ports:
            continue
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
        given_ports.add(port)
        return port
    raise AssertionError("no port is free")


def wait_until(condition, timeout=30.0, what="condition", poll=0.02):
    """Returns the first true value of condition(); fails with `what` at the deadline."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {what() if callable(what) else what}")
        time.sleep(poll)  # between polls of a condition, not a wait for one


class Process:
    """A child whose output is kept in a file, in a session of its own so that kill reaches all of it."""

    def __init__(self, name, args, folder, env=None):
        self.name = name
        self.log = pathlib.Path(folder) / f"{name}.log"
        with open(self.log, "ab") as out:
            self.popen = subprocess.Popen([str(a) for a in args], stdout=out, stderr=out,
                                          stdin=subprocess.DEVNULL, start_new_session=True,
                                          env={**os.environ, **(env or {})})

    def kill(self, sig=signal.SIGKILL, group=True):
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(self.popen.pid, sig)

    def stop(self, timeout=20):
        if self.popen.poll() is None:
            self.kill(signal.SIGTERM, group=False)
            try:
                self.popen.wait(timeout)
            except subprocess.TimeoutExpired:
                pass
        self.kill()
        return self.popen.wait(10)

    def alive(self):
        return self.popen.poll() is None

    def text(self):
        return self.log.read_text(errors="replace")

    def children(self):
        found, todo = [], [self.popen.pid]
        while todo:
            pid = todo.pop()
            with contextlib.suppress(OSError):
                for task in os.listdir(f"/proc/{pid}/task"):
                    kids = pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text().split()
                    found += map(int, kids)
                    todo += map(int, kids)
        return found


class Redis(Process):
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.socket = self.folder / "redis.sock"
        super().__init__("redis", ["redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", self.folder,
                                   "--save", "3600 1", "--appendonly", "no", "--hz", "100"], folder)
        wait_until(lambda: self.answers(), what="redis-server answers")

    def cli(self, *args):
        done = subprocess.run(["redis-cli", "-s", str(self.socket), "--raw", *map(str, args)],
                              capture_output=True, text=True, timeout=30)
        return done.stdout.rstrip("\n")

    def answers(self):
        return self.cli("ping") == "PONG"

    def info(self, field):
        for line in self.cli("info", "everything").splitlines():
            if line.startswith(field + ":"):
                return line.split(":", 1)[1].strip()
        return None

    def saves(self):
        return int(self.info("rdb_saves"))


NGINX = """
worker_processes 1; daemon off; master_process off; pid {dir}/nginx.pid; error_log {dir}/error.log warn;
events {{ worker_connections 2048; }}
http {{
  access_log off; types {{ text/html html; text/plain txt; }} default_type application/octet-stream; charset utf-8;
  client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
  server {{
    listen 127.0.0.1:{http} backlog=4096; {more_listen}
    listen 127.0.0.1:{https} ssl backlog=4096; {more_ssl}
    ssl_certificate {dir}/server.pem; ssl_certificate_key {dir}/server.key;
    root {root};
    location = /fail {{ return 503 "<html><body>no</body></html>"; }}
    location = /moved {{ return 302 /index.html; }}
    {more}
  }}
}}
"""


class Nginx(Process):
    """Serves `root` over HTTP and HTTPS with a CA of its own; hosts is how many 127.0.0.x addresses answer, `more`
    further lines of the server's configuration."""

    def __init__(self, folder, root, hosts=1, more=""):
        self.dir = pathlib.Path(folder) / "nginx"
        self.dir.mkdir()
        self.hosts = [f"127.0.0.{i + 1}" for i in range(hosts)]
        self.ca = self.dir / "ca.pem"
        self._certificates()
        for _ in range(5):  # another program may take a port between its choice and nginx
            self._configure(root, more)
            super().__init__("nginx", ["nginx", "-p", self.dir, "-e", self.dir / "error.log",
                                       "-c", self.dir / "nginx.conf"], folder)
            wait_until(lambda: self._serves() or not self.alive(), what="nginx starts")
            if self.alive():
                return
        raise AssertionError(f"nginx did not start: {self.text()}")

    def _configure(self, root, more):
        self.http, self.https = free_port(), free_port()
        extra = self.hosts[1:]
        (self.dir / "nginx.conf").write_text(NGINX.format(
            dir=self.dir, root=root, http=self.http, https=self.https, more=more,
            more_listen=" ".join(f"listen {h}:{self.http} backlog=4096;" for h in extra),
            more_ssl=" ".join(f"listen {h}:{self.https} ssl backlog=4096;" for h in extra)))

    def _serves(self):
        # Written after all ports are bound; the connection wakes a loop that has missed an early signal.
        if not (self.dir / "nginx.pid").exists():
            return False
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.http)) == 0

    def _certificates(self):
        def openssl(*args):
            subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True, cwd=self.dir)

        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                "-subj", "/CN=Webmon test CA", "-keyout", "ca.key", "-out", "ca.pem")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                "/CN=localhost", "-keyout", "server.key", "-out", "server.csr")
        names = ",".join(["DNS:localhost"] + [f"IP:{h}" for h in self.hosts])
        (self.dir / "ext").write_text(f"subjectAltName={names}\n")
        openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-days", "60", "-extfile", "ext", "-out", "server.pem")

    def url(self, path, host=0, https=False):
        scheme, port = ("https", self.https) if https else ("http", self.http)
        return f"{scheme}://{self.hosts[host % len(self.hosts)]}:{port}/{path}"


UNBOUND = """
server:
  directory: "{dir}"
  pidfile: "{dir}/unbound.pid"
  interface: 127.0.0.1
  port: {port}
  so-reuseport: no
  do-daemonize: no
  use-syslog: no
  chroot: ""
  username: ""
  module-config: "iterator"
  local-zone: "." refuse
  local-zone: "{zone}" transparent
auth-zone:
  name: "{zone}"
  zonefile: "{dir}/zone"
  for-downstream: no
  for-upstream: yes
remote-control:
  control-enable: no
"""


class Unbound(Process):
    """A resolver that knows one zone, given as a zone file, and nothing else."""

    def __init__(self, folder, zone, content):
        self.dir = pathlib.Path(folder) / "unbound"
        self.dir.mkdir()
        (self.dir / "zone").write_text(content)
        for _ in range(5):  # another program may take the port between its choice and unbound
            port = free_port()
            (self.dir / "unbound.conf").write_text(UNBOUND.format(dir=self.dir, port=port, zone=zone))
            super().__init__("unbound", ["/usr/sbin/unbound", "-d", "-c", self.dir / "unbound.conf"], folder)
            wait_until(lambda: (self.dir / "unbound.pid").exists() or not self.alive(), what="unbound starts")
            if self.alive():
                self.address = f"127.0.0.1:{port}"
                return
        raise AssertionError(f"unbound did not start: {self.text()}")


class Api:
    """A client of the HTTP API that is not ours: http.client. Holds every answer against /openapi.json."""

    contract = None  # of the one build that all tests of this process use

    def __init__(self, port):
        self.port = port
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def call(self, method, path, body=None, headers=None, expect=None):
        data = json.dumps(body) if body is not None and not isinstance(body, (str, bytes)) else body
        head = {"Content-Type": "application/json", **(headers or {})}
        for attempt in (1, 2):
            try:
                self.connection.request(method, path, data, head)
                answer = self.connection.getresponse()
                break
            except (http.client.RemoteDisconnected, ConnectionError):
                self.connection.close()
                if attempt == 2:
                    raise
        raw = answer.read()
        self.headers = {k.lower(): v for k, v in answer.getheaders()}
        self.check(method, path, answer.status, raw)
        parsed = json.loads(raw) if raw else None
        if expect is not None and answer.status != expect:
            raise AssertionError(f"{method} {path}: {answer.status}, not {expect}: {raw[:500]!r}")
        return answer.status, parsed

    def check(self, method, path, status, raw):
        if Api.contract is None:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/openapi.json", timeout=60) as document:
                Api.contract = Contract(json.load(document))
        Api.contract.check(method, path, status, self.headers.get("content-type", ""), raw.decode())

    def get(self, path):
        return self.call("GET", path, expect=200)[1]

    def post(self, path, body, expect, **headers):
        return self.call("POST", path, body, headers, expect)[1]

    def up(self):
        try:
            return self.call("GET", "/api/v1/health")[0] == 200
        except OSError:
            return False

    def add(self, url, **fields):
        return self.post("/api/v1/assets", {"url": url, **fields}, 201)["id"]

    def items(self, path):
        """All items of a list, page by page."""
        cursor, joiner = "", "&" if "?" in path else "?"
        while True:
            page = self.get(path + (f"{joiner}cursor={urllib.parse.quote(cursor)}" if cursor else ""))
            yield from page["items"]
            cursor = page["next"]
            if not cursor:
                return

    def start_run(self, **what):
        return self.post("/api/v1/runs", what or {"all": True}, 202)

    def wait_run(self, run_id, timeout=120, poll=0.02):
        last = {}

        def ended():
            last.update(self.get(f"/api/v1/runs/{run_id}"))
            return last["has_ended"]

        wait_until(ended, timeout, lambda: f"run ended: {last}", poll)
        return last

    def observations(self):
        return sum(self.get(f"/api/v1/assets/{a['id']}/statistics")["n"] for a in self.items("/api/v1/assets?limit=500"))


class Pipeline(unittest.TestCase):
    """A folder, a Redis, a dispatcher, an api, and as many executors as a test asks for, each started by hand."""

    ca = None

    def setUp(self):
        if not os.access(WEBMON, os.X_OK):
            self.fail(f"{WEBMON} is not built: cmake --build --preset release")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="webmon-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.processes = []
        self.addCleanup(self.stop_all)
        self.ports = {name: f"tcp://127.0.0.1:{free_port()}" for name in ("jobs", "work", "control")}
        self.api_port = free_port()

    def doCleanups(self):
        self.has_failed = not getattr(self._outcome, "success", True)  # true again while a cleanup runs
        return super().doCleanups()

    def stop_all(self):
        for process in reversed(self.processes):
            process.stop()
        if self.has_failed:
            for process in self.processes:
                print(f"--- {process.name}\n{process.text()[-3000:]}", file=sys.stderr)

    def keep(self, process):
        self.processes.append(process)
        return process

    def nginx(self, root, hosts=1):
        return self.keep(Nginx(self.folder, root, hosts))

    def redis(self):
        self.store = self.keep(Redis(self.folder))
        return self.store

    def part(self, name, *args):
        kind = name.split("-")[0]
        return self.keep(Process(name, [WEBMON, kind, "--redis", f"unix:{self.folder}/redis.sock", *args], self.folder))

    def dispatcher(self, name="dispatcher", *args):
        """Checks nothing by itself unless `args` say an interval: tests count observations."""
        process = self.part(name, "--jobs", self.ports["jobs"], "--work", self.ports["work"],
                            "--control", self.ports["control"], "--redis-dir", self.folder,
                            *(args or ("--interval", "never")))
        wait_until(lambda: "leading" in process.text() or not process.alive(), what="the dispatcher leads")
        return process

    def executor(self, name="executor", *args):
        more = ["--ca-file", self.ca] if self.ca else []
        return self.part(name, "--work", self.ports["work"], "--allow-net", LOOPBACK,
                         "--unlimited-host", LOOPBACK, *more, *args)

    def start_api(self):
        process = self.part("api", "--listen", f"127.0.0.1:{self.api_port}", "--jobs", self.ports["jobs"],
                            "--control", self.ports["control"])
        self.api = Api(self.api_port)
        wait_until(self.api.up, what=lambda: f"the api answers: {process.text()}")
        return process

    def pipeline(self, executors=1):
        self.redis()
        self.dispatcher()
        self.start_api()
        return [self.executor(f"executor-{i}") for i in range(executors)]

    def observe(self):
        """Checks all assets once."""
        run = self.api.start_run(all=True)
        self.assertEqual(self.api.wait_run(run["id"])["jobs"]["done"], run["submitted"])

    def report(self, asset, plugin):
        items = self.api.get(f"/api/v1/assets/{asset}/reports")["items"]
        return next(report for report in items if report["plugin"] == plugin)

    def state(self, asset):
        return self.api.get(f"/api/v1/assets/{asset}")["state"]


def webmon(*args, timeout=60, env=None, cwd=None):
    """Runs the command line; returns (exit status, stdout, stderr)."""
    done = subprocess.run([WEBMON, *map(str, args)], capture_output=True, text=True, timeout=timeout, cwd=cwd,
                          env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


def real_pages(count):
    """Paths of real HTML pages below DOCS; skips the test, saying so, where the package is absent."""
    if not DOCS.is_dir():
        raise unittest.SkipTest("python3.11-doc is not installed: no real pages")
    pages = sorted(p.relative_to(DOCS).as_posix() for p in DOCS.rglob("*.html") if p.is_file())
    return pages[:count]


if __name__ == "__main__":
    unittest.main()
