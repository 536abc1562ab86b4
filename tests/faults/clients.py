"""Fault 5: the api is killed between write and answer; its client repeats the call with the same key."""
import http.client
import json
import socket
import threading
import time
import uuid

from ledger import Row, audit
from rig import Injection, Stack, pause, rng_of

ASSETS = 12


class AnswerEater(threading.Thread):
    """Stands before the api for one call: passes the request on, reads the answer, kills the api, passes nothing on.

    So the api has written and answered, and its client knows nothing of it.
    """

    def __init__(self, api_port, kill):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.api_port, self.kill, self.answer = self.listener.getsockname()[1], api_port, kill, b""
        self.start()

    def run(self):
        self.listener.settimeout(20)
        client, _ = self.listener.accept()
        with self.listener, client, socket.create_connection(("127.0.0.1", self.api_port), 20) as api:
            client.settimeout(20)
            # The api's address is what its check of `Host` expects; the port does not matter to it.
            api.sendall(self._request(client))
            self.answer = api.recv(65536)
            self.kill()

    @staticmethod
    def _request(client):
        data = b""
        while b"\r\n\r\n" not in data:
            data += client.recv(65536)
        head = data.split(b"\r\n\r\n")[0].lower()
        length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(data) < len(head) + 4 + length:
            data += client.recv(65536)
        return data


def post_run(port, key):
    """One try, no repetition behind our back: (status, answer), or None if the connection died."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", "/api/v1/runs", json.dumps({"all": True}),
                           {"Content-Type": "application/json", "Idempotency-Key": key})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def kill_api(stack):
    api = [p for p in stack.processes if p.name == "api"][-1]
    api.kill()
    api.popen.wait(10)
    stack.processes.remove(api)


def lose_answer(stack, key):
    """The call is carried out, its answer read by nobody but us."""
    eater = AnswerEater(stack.api_port, lambda: kill_api(stack))
    got = post_run(eater.port, key)
    eater.join(30)
    written = json.loads(eater.answer.split(b"\r\n\r\n", 1)[1])
    return got, written


def kill_soon(stack, key, rng):
    """The api dies at some moment of the call: before, between or behind its writes."""
    got = []
    call = threading.Thread(target=lambda: got.append(post_run(stack.api_port, key)), daemon=True)
    call.start()
    pause(rng, 0, 0.012)
    kill_api(stack)
    call.join(30)
    return got[0], None


def api_killed(scale, seed):
    row = Row("api: SIGKILL between write and answer, retry")
    rng, runs, injections, unanswered = rng_of(seed, row.fault), {}, [], 0
    with Stack() as stack:
        stack.start(executors=1)
        stack.add_assets(ASSETS, "now")
        for i in range(scale(10, 200)):
            key, at = str(uuid.UUID(int=rng.getrandbits(128))), time.time()
            got, written = lose_answer(stack, key) if i % 2 == 0 else kill_soon(stack, key, rng)
            unanswered += got is None
            row.expect(got is None or i % 2, "the answer was not lost")
            stack.start_api()
            status, again = post_run(stack.api_port, key)
            injections.append(Injection(at, [], time.time() - at))
            row.expect(status == 202, f"the retry: {status} {again}")
            for first in filter(None, (written, got and got[0] == 202 and got[1])):
                row.expect(first["id"] == again["id"] and sorted(first["jobs"]) == sorted(again["jobs"]),
                           "another run for the same key")
            runs[again["id"]] = ASSETS
        existing = [r["id"] for r in stack.api.items("/api/v1/runs?limit=1000")]
        row.twice += len(set(existing) - set(runs)) * ASSETS
        audit(row, stack.api, runs, injections)
        row.notes.append(f"{unanswered} of {len(injections)} calls were not answered")
    return row

