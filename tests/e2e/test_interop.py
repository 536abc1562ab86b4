"""A client that is not ours: Debian's python3-zmq on every socket of the dispatcher."""
import json
import re
import socket
import unittest

import zmq

from support import DOCS, Pipeline, real_pages, wait_until

JOB_ID = re.compile(rb"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")


class ForeignClient(Pipeline):
    def setUp(self):
        super().setUp()
        self.context = zmq.Context()
        self.addCleanup(self.context.destroy, 0)

    def open(self, kind, port):
        client = self.context.socket(kind)
        client.setsockopt(zmq.LINGER, 0)
        client.setsockopt(zmq.RCVTIMEO, 20000)
        client.setsockopt(zmq.SNDTIMEO, 20000)
        client.connect(self.ports[port])
        return client

    def assets(self, count):
        pages = real_pages(count)
        nginx = self.nginx(DOCS)
        return [self.api.add(nginx.url(p)) for p in pages]

    def test_snapshot_now_from_a_req_socket(self):
        self.pipeline(0)
        before = self.store.saves()
        control = self.open(zmq.REQ, "control")
        control.send(b"SNAPSHOT NOW")
        reply = json.loads(control.recv())
        self.assertTrue(reply["ok"], reply)
        self.assertGreaterEqual(reply["epoch"], 1)
        self.assertGreater(self.store.saves(), before)

    def test_every_control_command_answers_json_and_unknown_ones_say_so(self):
        self.pipeline(0)
        control = self.open(zmq.REQ, "control")
        for command in (b"PING", b"STATUS", b"PAUSE", b"RESUME"):
            control.send(command)
            self.assertTrue(json.loads(control.recv())["ok"], command)
        control.send(b"MAKE COFFEE")
        reply = json.loads(control.recv())
        self.assertFalse(reply["ok"])
        self.assertEqual(reply["error"], "bad_frame")
        self.assertIn("SNAPSHOT NOW", reply["detail"])

    def test_a_pushed_job_id_is_executed(self):
        self.pipeline(0)
        self.assets(1)
        run = self.api.start_run(all=True)
        self.executor()
        sender = self.open(zmq.PUSH, "jobs")
        sender.send(run["jobs"][0].encode())
        self.assertEqual(self.api.wait_run(run["id"])["jobs"]["done"], 1)
        self.assertEqual(self.api.observations(), 1)

    def test_a_foreign_pull_worker_receives_job_ids_beside_our_executor(self):
        self.pipeline(1)
        self.assets(40)
        worker = self.open(zmq.PULL, "work")
        taken = set()
        for _ in range(10):
            run = self.api.start_run(all=True)
            worker.setsockopt(zmq.RCVTIMEO, 2000)
            try:
                frame = worker.recv()
                self.assertRegex(frame, JOB_ID)
                self.assertIn(frame.decode(), run["jobs"])
                taken.add(frame)
            except zmq.Again:
                pass
            if taken:
                break
        self.assertTrue(taken, "no Job ID reached the foreign worker in ten runs")
        worker.close(0)
        # It never claims, so its ids come back after the redispatch deadline and our executor runs them.
        self.assertEqual(self.api.wait_run(run["id"], 60)["jobs"]["done"], 40)

    def test_garbage_on_the_sockets_harms_nothing(self):
        self.pipeline(1)
        self.assets(3)
        sender = self.open(zmq.PUSH, "jobs")
        for frame in (b"", b"x", b"\xff" * 36, b"0" * 200, b"00000000-0000-7000-8000-000000000000"):
            sender.send(frame)
        sender.send_multipart([b"two", b"frames"])
        control = self.open(zmq.DEALER, "control")
        for frame in (b"\x00", b"snapshot now", b"PING "):
            control.send(frame)
            self.assertFalse(json.loads(control.recv())["ok"])
        for port in self.ports.values():
            with socket.create_connection(("127.0.0.1", int(port.rsplit(":", 1)[1]))) as raw:
                raw.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + b"\xfe" * 512)
        run = self.api.start_run(all=True)
        self.assertEqual(self.api.wait_run(run["id"])["jobs"]["done"], 3)
        control.send(b"STATUS")
        self.assertGreaterEqual(json.loads(control.recv())["counters"]["malformed"], 5)
        self.assertTrue(all(p.alive() for p in self.processes))


if __name__ == "__main__":
    unittest.main()
