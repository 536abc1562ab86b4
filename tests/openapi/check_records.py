#!/usr/bin/python3
"""Holds what the tests of the API have seen against /openapi.json, which is among it. Usage: check_records.py FOLDER
FOLDER has files of lines {"method","target","status","media","body"}. Exit status 1: a mismatch, or no records."""
import json
import pathlib
import sys

from contract import Broken, Contract
from lint import lint


def records(folder):
    seen = set()
    for file in sorted(pathlib.Path(folder).glob("*.ndjson")):
        for line in file.read_text().splitlines():
            if line not in seen:  # many tests see the same answer
                seen.add(line)
                yield json.loads(line)


def main(folder):
    found = list(records(folder))
    texts = {r["body"] for r in found if r["target"] == "/openapi.json" and r["status"] == 200 and r["method"] == "GET"}
    if len(texts) != 1:
        print(f"{len(found)} records, {len(texts)} different documents below {folder}")
        return 1
    document = json.loads(texts.pop())
    mistakes = [f"/openapi.json: {text}" for text in lint(document)]
    contract = Contract(document)
    succeeded = set()
    for record in found:
        try:
            contract.check(*(record[k] for k in ("method", "target", "status", "media", "body")))
        except Broken as error:
            mistakes.append(str(error))
        if record["status"] < 300:
            succeeded.add(contract.operation(record["method"], record["target"]))
    for text in sorted(set(mistakes))[:50]:
        print(text)
    operations = {o["operationId"] for item in document["paths"].values() for o in item.values()}
    print(f"{len(found)} different responses, {len(mistakes)} mistakes; "
          f"{len(operations & succeeded)} of {len(operations)} operations succeeded, "
          f"not: {', '.join(sorted(operations - succeeded)) or 'none'}")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
