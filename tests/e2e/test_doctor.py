"""`webmon doctor` over real parts: all well, one thing spoilt at a time, nothing there at all."""
import json
import unittest

from support import Pipeline, free_port, wait_until, webmon


class Doctor(Pipeline):
    def doctor(self, *args):
        code, out, err = webmon("doctor", "--json", "--data-dir", self.folder / "data", *args)
        self.assertEqual(err, "")
        return code, {row["check"]: row for row in map(json.loads, out.splitlines())}

    def of_pipeline(self):
        return self.doctor("--redis", f"unix:{self.folder}/redis.sock", "--server", f"http://127.0.0.1:{self.api_port}")

    def test_a_running_webmon_is_well_until_something_is_spoilt(self):
        self.pipeline(1)
        wait_until(lambda: self.api.get("/api/v1/fleet")["executors_alive"] == 1, what="the executor is alive")
        code, checks = self.of_pipeline()
        failed = {name for name, row in checks.items() if row["level"] == "fail"}
        self.assertEqual(failed - {"name servers", "open files", "disk"}, set(), checks)  # those are this machine's
        for name in ("Redis", "Redis save", "Redis hz", "Redis schema", "API", "dispatcher", "executors", "snapshots"):
            self.assertEqual(checks[name]["level"], "ok", checks[name])

        self.store.cli("config", "set", "maxmemory-policy", "allkeys-lru")
        self.store.cli("config", "set", "hz", "10")
        code, checks = self.of_pipeline()
        self.assertEqual(code, 1)
        self.assertEqual(checks["Redis maxmemory-policy"]["level"], "fail")
        self.assertIn("noeviction", checks["Redis maxmemory-policy"]["todo"])
        self.assertEqual(checks["Redis hz"]["level"], "warn")

        next(p for p in self.processes if p.name == "dispatcher").kill()
        wait_until(lambda: self.of_pipeline()[1]["dispatcher"]["level"] == "fail", what="the dispatcher is missed")

    def test_a_redis_that_is_not_there_is_a_failure_that_says_where(self):
        port = free_port()
        code, checks = self.doctor("--redis", f"127.0.0.1:{port}")
        self.assertEqual((code, checks["Redis"]["level"]), (1, "fail"))
        self.assertIn(str(port), checks["Redis"]["found"])

    def test_without_a_webmon_the_machine_is_examined_and_the_rest_is_a_warning(self):
        _, checks = self.doctor()
        self.assertEqual(checks["Webmon"]["level"], "warn")
        self.assertIn("webmon up", checks["Webmon"]["todo"])
        self.assertGreater(len(checks), 10)
        for row in checks.values():
            self.assertTrue(row["found"])
            self.assertEqual(row["level"] == "ok", row["why"] == "" and row["todo"] == "", row)

    def test_people_get_the_same_as_text(self):
        code, out, _ = webmon("doctor", "--data-dir", self.folder / "data")
        self.assertIn("libcurl", out)
        self.assertIn("why:", out)
        self.assertIn("do:", out)
        self.assertIn(code, (0, 1))


if __name__ == "__main__":
    unittest.main()
