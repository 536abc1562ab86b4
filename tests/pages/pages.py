#!/usr/bin/python3
"""Scores `webmon replay DIR` on recorded pages and fails below the figures reached.

usage: pages.py WEBMON [FOLDER]     FOLDER holds manifest.jsonl, labels.jsonl and pages/, and score_pages.py stands in the
folder above it; WEBMON_PAGES_DIR comes first.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

# A little off what was measured (docs/detection.md): a change that costs something fails.
LEAST = {"TPR": 0.968, "macro_TPR": 0.968, "F1": 0.978, "AUC": 0.998}
MOST = {"FPR_per_1000": 1.25, "pages_with_fp": 15, "missing": 0}
LEAST_TIERS = {"replaced": 0.998, "partial": 0.918, "injected": 0.975}
LEAST_CLASS = 0.8
ALERT_FROM = (-3, -2, -1, 0, 1, 2, 3, 5)


def costs(folder, results):
    """What each score from which on a page may alert costs: lib/change/sensitivity.hpp."""
    labels = {label["obs"]: label for label in map(json.loads, (folder / "labels.jsonl").open(encoding="utf-8"))}
    scores = {"change": [], "attack": []}
    for result in results:
        label = labels[result["obs"]]
        if label["kind"] in scores and not label.get("warmup"):
            scores[label["kind"]].append(result["score"])
    lines = ["alert from  honest changes, of 1,000  attacks found"]
    for least in ALERT_FROM:
        shares = {kind: sum(s >= least for s in all_of) / len(all_of) for kind, all_of in scores.items()}
        lines.append(f"{least:10}  {1000 * shares['change']:23.1f}  {shares['attack']:13.3f}")
    return "\n".join(lines)


def score(webmon, folder):
    with tempfile.NamedTemporaryFile("w") as results:
        run = subprocess.run([webmon, "replay", folder], stdout=results, check=False)
        if run.returncode not in (0, 1):
            sys.exit(f"{folder}: exit code {run.returncode}")
        scorer = [sys.executable, "-B", folder.parent / "score_pages.py"]
        print(subprocess.run([*scorer, folder, results.name], check=True, capture_output=True, text=True).stdout)
        print(costs(folder, [json.loads(line) for line in open(results.name, encoding="utf-8")]))
        out = subprocess.run([*scorer, "--json", folder, results.name], check=True, capture_output=True).stdout
    return json.loads(out)


def main(webmon, folder):
    folder = pathlib.Path(os.environ.get("WEBMON_PAGES_DIR", folder))
    if not (folder / "manifest.jsonl").exists():
        print(f"skipped: corpus not present in {folder}")
        return
    figures = score(webmon, folder)
    bad = [f"{name} is {figures[name]:.4f}, was at least {floor}" for name, floor in LEAST.items() if figures[name] < floor]
    bad += [f"{name} is {figures[name]:.4f}, was at most {most}" for name, most in MOST.items() if figures[name] > most]
    bad += [f"of tier {tier} {figures['tiers'][tier]['TPR']:.4f}, was at least {floor}"
            for tier, floor in LEAST_TIERS.items() if figures["tiers"][tier]["TPR"] < floor]
    bad += [f"of class {name} {figures['classes'][name]['TPR']:.4f}, was at least {LEAST_CLASS}"
            for name in figures["classes"] if figures["classes"][name]["TPR"] < LEAST_CLASS]
    if bad:
        sys.exit("\n".join(bad))


if __name__ == "__main__":
    main(*sys.argv[1:3])
