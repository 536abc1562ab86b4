"""Fault 9: a plugin crashes, spins or eats all memory while the same executor holds 64 other jobs."""
import time

from ledger import Row, audit, jobs_of, seconds_of, wait_ended
from rig import FAULTY, Injection, Stack, wait_until

OTHERS = 64
WORDS = {"crash": "crashes", "spin": "spins", "eat": "eats memory"}


def one_poison(stack, row, others, poison, kind):
    """64 jobs are leased, the poison comes; the same executor must end all of them, and only the poison is blamed."""
    run = stack.api.start_run(assets=others)
    wait_until(lambda: len(stack.look.leased({"x1"})) == OTHERS, 60, "64 jobs are leased")
    touched, at = stack.look.leased({"x1"}), time.time()
    bad = stack.api.start_run(assets=[poison])
    runs = {run["id"]: OTHERS, bad["id"]: 1}
    wait_ended(stack.api, runs, 120)
    jobs = jobs_of(stack.api, runs)
    job = next(j for j in jobs if j["id"] in bad["jobs"])
    row.expect(job["state"] == "done" and job["plugins_off"] == [f"t-{kind}"], f"{kind}: the poisoned job: {job}")
    report = next((r for r in stack.api.get(f"/api/v1/assets/{poison}/reports")["items"] if r["plugin"] == f"t-{kind}"),
                  {"state": "no report"})
    row.expect(report["state"] == "error", f"{kind}: its report: {report}")
    harmed = [j for j in jobs if j is not job and (j["state"] != "done" or j["kills"] or j["plugins_off"])]
    row.expect(not harmed, f"{kind}: harmed others: {harmed[:3]}")
    row.expect(all(seconds_of(j["ended"]) > at for j in jobs), f"{kind}: some had ended before the poison came")
    return runs, Injection(at, touched)


def poison(kind, scale, seed):
    row, runs, injections = Row(f"a plugin that {WORDS[kind]} beside 64 leased jobs"), {}, []
    with Stack() as stack:
        stack.binary = FAULTY
        stack.start(executors=1, slots=OTHERS + 16)
        others = stack.add_assets(OTHERS, "slow")
        bad = stack.api.add(stack.web.url(f"now/0.html?poison={kind}"))
        for _ in range(scale(1, 35)):
            taken, injection = one_poison(stack, row, others, bad, kind)
            runs.update(taken)
            injections.append(injection)
        audit(row, stack.api, runs, injections)
    return row
