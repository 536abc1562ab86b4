"""The books of commits: read right however the stream is cut; with data bent behind the product's back they say so."""
import collections
import random
import threading
import unittest
import uuid

import stack as soak
from books import MARK, Books
from support import wait_until


def message(channel, payload):
    words = (b"message", channel.encode(), payload.encode())
    return b"*3\r\n" + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)


def event(name, key):
    return message(f"__keyevent@0__:{name}", "wm:{p01}:" + key)


def commit(job, asset, of_run=False, late=False):
    """What `finish` makes Redis say."""
    staged = f"{job}:{'f' * 32}"
    blobs = [("rename_from", f"x:m:{staged}"), ("rename_to", f"m:{asset}"), ("rename_from", f"x:r:{staged}"),
             ("rename_to", f"r:{asset}")]
    events = [*([] if late else blobs), ("setrange", f"h:{asset}"), ("hdel" if of_run else "del", f"j:{job}")]
    return b"".join(event(*e) for e in events)


class Closed(Books):
    """Without a Redis: what it reads is put in by hand."""

    def start(self):
        self.before, self.counted = collections.Counter(), collections.Counter()


def ids(count):
    return [str(uuid.uuid4()) for _ in range(count)]


class Stream(unittest.TestCase):
    def test_every_event_is_read_once_wherever_the_stream_is_cut(self):
        pairs = list(zip(ids(500), ids(500)))
        stream = b"".join(commit(*pair, i % 3 == 0, i % 2 == 0) for i, pair in enumerate(pairs)) + message(MARK, "7")
        for seed in range(10):
            rng, books, rest, at = random.Random(seed), Closed("none"), b"", 0
            while at < len(stream):
                size = rng.choice([1, 7, 30, 200, 5000])
                rest = books.take(rest + stream[at:at + size])
                at += size
            self.assertEqual((books.commits, books.lost, books.twice, rest), (500, [], [], b""))
            self.assertEqual(books.marks[7], collections.Counter(asset for _, asset in pairs))

    def test_a_second_commit_and_a_deletion_without_one_are_found(self):
        (job, other, kept), (asset,) = ids(3), ids(1)
        books = Closed("none")
        books.take(event("hdel", f"j:{job}") + commit(kept, asset, of_run=True) + event("del", f"j:{kept}"))
        self.assertEqual((books.commits, books.twice, books.lost), (1, [], []))
        books.take(commit(job, asset) + commit(job, asset))
        self.assertEqual((len(books.twice), books.lost), (1, []))
        books.take(event("del", f"j:{other}"))
        self.assertEqual(len(books.lost), 1)


class Bent(unittest.TestCase):
    def test_an_n_that_does_not_fit_its_commits_is_found(self):
        with soak.SoakStack("5s", 15) as stack:
            stack.start()
            books = Books(stack.folder / "redis.sock")
            wait_until(books.is_open.is_set, 30, "the books are open")
            for asset in (assets := stack.add_assets(5)):
                books.before.setdefault(asset, 0)
            wait_until(lambda: books.commits >= 10, 60, "checks are done")
            self.assertEqual(books.check(stack.look), 0)
            key = f"wm:{{p{int(assets[0][-2:], 16) % soak.rig.PARTITIONS:02d}}}:a:{assets[0]}"
            stack.look.many([("HINCRBY", key, "n", 2)])
            self.assertEqual((books.check(stack.look), len(books.twice), len(books.lost)), (1, 1, 0))
            stack.look.many([("HINCRBY", key, "n", -3)])
            self.assertEqual((books.check(stack.look), len(books.twice), len(books.lost)), (1, 1, 1))
            books.stop()


if __name__ == "__main__":
    unittest.main()
