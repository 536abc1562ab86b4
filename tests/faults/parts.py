"""Faults 1 to 4: the parts that work on jobs are killed, or stand still for longer than anybody waits for them."""
import os
import signal
import time

from ledger import Row, audit
from rig import Injection, Load, Stack, catch, pause, rng_of, wait_until

ASSETS = 50


def inject(stack, rng, times, strike, gap=(0.2, 0.8)):
    """`strike(i)` does the harm and tells which executors it hit (None: all jobs are concerned)."""
    injections = []
    for i in range(times):
        pause(rng, *gap)
        injections.append(strike(i))
    return injections


def under_load(row, times, jobs, seed, strike_of, executors, slots=8, gap=(0.2, 0.8)):
    rng = rng_of(seed, row.fault)
    with Stack() as stack:
        stack.start(executors, slots)
        stack.add_assets(ASSETS)
        load = Load(stack)
        strike = strike_of(stack, rng)
        injections = inject(stack, rng, times, strike, gap)
        load.reach(jobs)
        load.stop()
        found = audit(row, stack.api, load.runs, injections)
        row.expect(all(i.touched for i in injections), "an injection hit no job")
        return found


def worker_of(executor):
    return next(iter(executor.children()), None)


def worker_killed(scale, seed):
    """The worker alone: its supervisor gives the leases back and starts another."""
    row = Row("executor worker: SIGKILL")

    def strike_of(stack, rng):
        def strike(_):
            def ready():
                victims = [x for x in stack.executors if worker_of(x) and stack.look.leased({x.id})]
                return rng.choice(victims) if victims else None

            victim = wait_until(ready, 30, "a worker holds jobs", 0.01)
            pid, touched = worker_of(victim), stack.look.leased({victim.id})
            at = time.time()
            os.kill(pid, signal.SIGKILL)
            return Injection(at, touched)

        return strike

    under_load(row, scale(5, 150), scale(600, 6000), seed, strike_of, executors=4)
    return row


def supervisor_killed(scale, seed):
    """Its group at once, or the supervisor alone, whose worker must then die with it. Another executor is started."""
    row = Row("executor supervisor: SIGKILL")

    def strike_of(stack, rng):
        def strike(i):
            victim = stack.executors.pop(0)
            touched = catch(stack, {victim.id})
            worker, at = worker_of(victim), time.time()
            victim.kill(group=i % 2 == 0)
            victim.popen.wait(10)
            wait_until(lambda: not os.path.exists(f"/proc/{worker}"), 10, "the worker died with its supervisor")
            stack.executors.append(stack.new_executor(8))
            return Injection(at, touched)

        return strike

    under_load(row, scale(5, 100), scale(600, 6000), seed, strike_of, executors=4, gap=(0.3, 1.5))
    return row


def dispatcher_killed(scale, seed):
    row = Row("dispatcher: SIGKILL, restart")

    def strike_of(stack, rng):
        def strike(_):
            dispatcher = [p for p in stack.processes if p.name.startswith("dispatcher")][-1]
            catch(stack)
            touched, at = stack.look.pending(), time.time()
            dispatcher.kill()
            dispatcher.popen.wait(10)
            pause(rng, 0, 0.5)
            stack.another_dispatcher()
            return Injection(at, touched)

        return strike

    under_load(row, scale(5, 100), scale(600, 6000), seed, strike_of, executors=2, gap=(0.1, 1.0))
    return row


def executor_paused(scale, seed):
    """SIGSTOP until others have ended its jobs, then SIGCONT: what it finishes late must be fenced."""
    row = Row("executor: SIGSTOP past its lease, SIGCONT")
    late = []

    def strike_of(stack, rng):
        def strike(_):
            victim = stack.executors.pop(0)
            touched, at = catch(stack, {victim.id}), time.time()
            victim.kill(signal.SIGSTOP)
            touched = stack.look.leased({victim.id}) or touched
            late.append((victim, touched))
            return Injection(at, touched)

        return strike

    def ended_elsewhere(stack, victim, touched):
        return all(worker != victim.id or state == "done"
                   for state, worker in stack.look.fields(touched, "st", "wk"))

    rng = rng_of(seed, row.fault)
    times = scale(5, 25)
    with Stack() as stack:
        stack.start(times + 2, 8)
        stack.add_assets(ASSETS)
        load = Load(stack)
        injections = inject(stack, rng, times, strike_of(stack, rng), (0.2, 0.8))
        for victim, touched in late:
            wait_until(lambda: ended_elsewhere(stack, victim, touched), 60, f"others took the jobs of {victim.id}", 0.2)
            victim.kill(signal.SIGCONT)
            stack.executors.append(victim)
        load.reach(scale(600, 6000))
        load.stop()
        audit(row, stack.api, load.runs, injections)
        wait_until(lambda: sum(v.text().count("fenced") for v, _ in late), 30, "a late finish was fenced")
        row.notes.append(f"{sum(v.text().count('fenced') for v, _ in late)} late finishes fenced")
    return row
