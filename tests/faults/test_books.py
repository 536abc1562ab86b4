"""The books bite: with data bent behind the product's back, the audit says lost and counted twice."""
import unittest

import rig
from ledger import Row, audit


class Books(unittest.TestCase):
    def test_the_audit_finds_what_is_lost_and_what_is_counted_twice(self):
        with rig.Stack() as self.stack:
            self.stack.start(executors=1)
            self.asset = self.stack.add_assets(5, "now")[0]
            self.load = rig.Load(self.stack, most=20, low=10**9)
            self.load.reach(20)
            self.load.stop()
            row = self.audited()
            self.assertTrue(row.is_good(), row)
            self.assertEqual((row.accepted, row.done), (20, 20))
            self.add_to_n(1)
            self.assertEqual(self.audited().twice, 1)
            self.add_to_n(-3)
            self.assertEqual(self.audited().lost, 2)
            self.add_to_n(2)
            self.drop_a_job()
            row = self.audited()
            self.assertEqual((row.lost, row.done), (1, 19))

    def audited(self):
        row = Row("bent")
        audit(row, self.stack.api, self.load.runs, timeout=60)
        return row

    def add_to_n(self, number):
        self.stack.look.many([("HINCRBY", f"{part(self.asset)}:a:{self.asset}", "n", number)])

    def drop_a_job(self):
        run = next(iter(self.load.runs))
        job = next(self.stack.api.items(f"/api/v1/runs/{run}/jobs"))["id"]
        self.stack.look.many([("LREM", f"{part(job)}:rj:{run}", 1, job), ("DEL", self.stack.look.job_key(job))])


def part(some_id):
    return f"wm:{{p{int(some_id[-2:], 16) % rig.PARTITIONS:02d}}}"


if __name__ == "__main__":
    unittest.main()
