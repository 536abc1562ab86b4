"""Snapshots: SNAPSHOT NOW and asset changes advance rdb_saves; what was acknowledged as durable survives kill -9."""
import concurrent.futures
import json
import unittest

from support import Api, Pipeline, Redis, wait_until, webmon


class Snapshots(Pipeline):
    def test_snapshot_now_and_an_asset_change_each_advance_rdb_saves(self):
        self.pipeline(0)
        before = self.store.saves()
        code, out, err = webmon("control", "--control", self.ports["control"], "SNAPSHOT NOW", "--json")
        self.assertEqual(code, 0, err)
        self.assertTrue(json.loads(out)["ok"])
        after_command = self.store.saves()
        self.assertGreater(after_command, before)
        self.api.add("http://127.0.0.1:1/")
        wait_until(lambda: self.store.saves() > after_command, 30, "the asset change led to a snapshot")

    def test_the_epoch_of_an_answer_becomes_durable(self):
        self.pipeline(0)
        answer = self.api.post("/api/v1/assets", {"url": "http://127.0.0.1:1/"}, 201)
        self.assertFalse(answer["durable"])
        path = f"/api/v1/snapshots/{answer['epoch']}"
        wait_until(lambda: self.api.get(path)["durable"], 30, lambda: self.api.get(path))

    def test_nothing_acknowledged_as_durable_is_lost_when_redis_is_killed(self):
        self.pipeline(0)
        acknowledged = []

        def add(i):
            api = Api(self.api_port)
            for k in range(5):
                answer = api.post("/api/v1/assets?wait=snapshot", {"url": f"http://127.0.0.1:1/{i}-{k}"}, 201)
                self.assertTrue(answer["durable"])
                acknowledged.append(answer["id"])

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(add, range(8)))
        self.store.kill()
        self.store.popen.wait()
        self.store = self.keep(Redis(self.folder))
        wait_until(self.api.up, 30, "the api is up again")
        self.assertEqual(len(acknowledged), 40)
        for asset in acknowledged:
            self.api.get(f"/api/v1/assets/{asset}")


if __name__ == "__main__":
    unittest.main()
