"""Data of a newer build: every part refuses to start, says why and what to do, and changes nothing."""
import unittest

from support import Pipeline

META = ["wm:meta", "schema", "9", "min_reader", "8", "partitions", "64"]
MESSAGE = ("Redis holds schema 9 (readable by builds of schema 8 and later), this build reads schema 1: "
           "upgrade this program, or point it at another Redis")


class NewerData(Pipeline):
    def refused(self, *args):
        process = self.part(*args)
        self.assertEqual(process.popen.wait(60), 2, process.text())
        self.assertIn(MESSAGE, process.text())
        self.assertEqual(self.store.cli("dbsize"), "1")

    def test_every_part_refuses_to_start(self):
        self.redis().cli("hset", *META)
        self.refused("dispatcher", "--jobs", self.ports["jobs"], "--work", self.ports["work"],
                     "--control", self.ports["control"])
        self.refused("executor", "--work", self.ports["work"])
        self.refused("api", "--listen", f"127.0.0.1:{self.api_port}", "--jobs", self.ports["jobs"],
                     "--control", self.ports["control"])


if __name__ == "__main__":
    unittest.main()
