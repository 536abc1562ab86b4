"""A Chromium without scripting and without a network, driven over a pipe by the DevTools protocol.

It shows the pages it is handed and nothing else: whatever they ask for is refused here, before it is looked for.
"""
import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

DEADLINE_S = 60  # of one page, and of one answer
BINARIES = ("chromium-headless-shell", "chromium")
# --no-sandbox: as root there is none. The pages are those of installed packages.
ARGUMENTS = ("--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND")
REFUSED = {"errorReason": "BlockedByClient"}


class Missing(Exception):
    """There is no browser."""


class Chromium:
    """Use as a context: it ends the browser and deletes its profile."""

    def __init__(self):
        binary = next(filter(None, map(shutil.which, BINARIES)), None)
        if binary is None:
            raise Missing("no chromium-headless-shell; tools/install-deps long installs it")
        self._next_id = 1
        self._unread = b""
        self._page = {}  # what Fetch.fulfillRequest gives, by URL
        self._parsed = 0  # documents read to their end
        self._session = {}
        self._profile = tempfile.TemporaryDirectory(prefix="webmon-chromium-")
        self._start(binary)

    def _start(self, binary):
        """Chromium reads commands from 3 and writes answers to 4; our ends are all above."""
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for pair in (os.pipe(), os.pipe()) for end in pair]
        commands, self._commands, self._answers, answers = ends

        def place():
            os.dup2(commands, 3)
            os.dup2(answers, 4)

        nowhere = subprocess.DEVNULL
        self._process = subprocess.Popen(
            [binary, *ARGUMENTS, f"--user-data-dir={self._profile.name}"],
            stdin=nowhere, stdout=nowhere, stderr=nowhere, preexec_fn=place, pass_fds=(3, 4))
        os.close(commands)
        os.close(answers)

    def __enter__(self):
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = {"sessionId": self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]}
        self._call("Page.enable")
        self._call("Emulation.setScriptExecutionDisabled", value=True)
        self._call("Fetch.enable", patterns=[{"urlPattern": "*"}])
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        os.close(self._commands)
        os.close(self._answers)
        self._profile.cleanup()

    def open(self, url, body):
        """Reads `body`, UTF-8, as the page at `url`, to its end."""
        header = [{"name": "Content-Type", "value": "text/html; charset=utf-8"}]
        self._page = {url: {"responseCode": 200, "responseHeaders": header, "body": base64.b64encode(body).decode()}}
        before = self._parsed
        failure = self._call("Page.navigate", url=url).get("errorText")
        if failure:
            raise RuntimeError(f"{url}: {failure}")
        deadline = time.monotonic() + DEADLINE_S
        while self._parsed == before:
            self._handle(self._read(deadline))

    def evaluate(self, expression):
        answer = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"]["value"]

    def _send(self, method, **parameters):
        message = {"id": self._next_id, "method": method, "params": parameters, **self._session}
        self._next_id += 1
        rest = json.dumps(message).encode() + b"\0"
        while rest:
            rest = rest[os.write(self._commands, rest):]
        return message["id"]

    def _call(self, method, **parameters):
        wanted = self._send(method, **parameters)
        deadline = time.monotonic() + DEADLINE_S
        while True:
            message = self._read(deadline)
            if message.get("id") != wanted:
                self._handle(message)
            elif "error" in message:
                raise RuntimeError(f"{method}: {message['error']}")
            else:
                return message["result"]

    def _handle(self, message):
        """What nobody waits for: events, and answers to the requests below."""
        method = message.get("method")
        if method == "Page.domContentEventFired":
            self._parsed += 1
        elif method == "Fetch.requestPaused":
            request = message["params"]["requestId"]
            page = self._page.get(message["params"]["request"]["url"])
            if page:
                self._send("Fetch.fulfillRequest", requestId=request, **page)
            else:
                self._send("Fetch.failRequest", requestId=request, **REFUSED)

    def _read(self, deadline):
        while b"\0" not in self._unread:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._answers], [], [], left)[0]:
                raise TimeoutError(f"Chromium has not answered for {DEADLINE_S} s")
            piece = os.read(self._answers, 1 << 20)
            if not piece:
                raise ConnectionError("Chromium has ended")
            self._unread += piece
        message, self._unread = self._unread.split(b"\0", 1)
        return json.loads(message)
