"""Redis that is down at start or goes away: clear errors, nothing lost, recovery without a restart."""
import http.client
import unittest

from support import DOCS, Api, Pipeline, Redis, real_pages, wait_until, webmon


class RedisGoesAway(Pipeline):
    def test_parts_started_before_redis_recover_when_it_comes(self):
        self.part("dispatcher", "--jobs", self.ports["jobs"], "--work", self.ports["work"],
                  "--control", self.ports["control"])
        self.part("api", "--listen", f"127.0.0.1:{self.api_port}", "--jobs", self.ports["jobs"],
                  "--control", self.ports["control"])
        self.executor()
        self.api = Api(self.api_port)

        def status():
            try:
                return self.api.call("GET", "/api/v1/fleet")
            except (OSError, http.client.HTTPException):
                return None

        answer = wait_until(status, 20, "the api answers without Redis")
        self.assertEqual(answer[0], 503)
        self.assertEqual(answer[1]["code"], "store_down")
        self.assertIn("retry-after", self.api.headers)
        self.redis()
        wait_until(lambda: status()[0] == 200, 20, "the api found Redis")
        nginx = self.nginx(DOCS)
        for page in real_pages(5):
            self.api.add(nginx.url(page))
        self.assertEqual(self.api.wait_run(self.api.start_run(all=True)["id"])["jobs"]["done"], 5)

    def test_redis_killed_in_the_middle_loses_no_durable_job(self):
        pages = real_pages(50)
        nginx = self.nginx(DOCS, hosts=10)
        self.pipeline(1)
        for i in range(300):
            self.api.add(nginx.url(f"{pages[i % 50]}?asset={i}", host=i))
        run = self.api.post("/api/v1/runs?wait=snapshot", {"all": True}, 202)
        self.assertTrue(run["durable"])
        self.store.kill()
        self.store.popen.wait()
        self.store = self.keep(Redis(self.folder))
        wait_until(self.api.up, 30, "the api is up again")
        self.assertEqual(self.api.wait_run(run["id"], 180)["jobs"]["done"], 300)
        self.assertEqual(self.api.observations(), 300)
        self.assertTrue(all(p.alive() for p in self.processes if p.name != "redis"))


class SecondInstance(Pipeline):
    def test_a_taken_port_names_the_holder(self):
        self.pipeline(0)
        code, _, err = webmon("api", "--redis", f"unix:{self.folder}/redis.sock", "--listen",
                              f"127.0.0.1:{self.api_port}")
        self.assertEqual(code, 2)
        self.assertIn(str(self.api_port), err)

    def test_a_second_dispatcher_on_the_same_sockets_is_refused(self):
        self.pipeline(0)
        second = self.part("dispatcher-second", "--jobs", self.ports["jobs"], "--work", self.ports["work"],
                           "--control", self.ports["control"], "--redis-dir", self.folder)
        wait_until(lambda: not second.alive() or "standing by" in second.text(), 20, second.text)


if __name__ == "__main__":
    unittest.main()
