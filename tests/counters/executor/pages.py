"""The real pages that are counted: of every size, of Debian's python3.11-doc."""
import os
import unittest

from support import DOCS

NAMES = ["about.html", "bugs.html", "copyright.html", "distutils/builtdist.html",
         "extending/newtypes.html", "faq/programming.html", "howto/regex.html", "library/argparse.html",
         "library/asyncio-task.html", "library/bisect.html", "library/heapq.html", "library/json.html", "library/operator.html",
         "library/sched.html", "reference/datamodel.html", "tutorial/classes.html"]


def paths():
    """Skips the test, saying so, where the package is absent."""
    if not DOCS.is_dir():
        raise unittest.SkipTest("python3.11-doc is not installed: no real pages")
    return [DOCS / name for name in NAMES]


def tool(name):
    path = os.environ.get(name)
    if not path:
        raise unittest.SkipTest(f"{name} is not set: run it by ctest, in build/release")
    return path
