"""Faults 1 to 4: the parts that work on jobs are killed, or stand still for longer than anybody waits for them."""
import collections
import os
import signal
import time

from ledger import Row, audit
from rig import Injection, Load, Stack, catch, pause, rng_of, wait_until

ASSETS = 50
SLEEPERS = 5  # stopped at the same time


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
                victims = [(x, worker_of(x), stack.look.leased({x.id})) for x in stack.executors]
                victims = [v for v in victims if v[1] and v[2]]
                return rng.choice(victims) if victims else None

            _, pid, touched = wait_until(ready, 30, "a worker holds jobs", 0.01)
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
            touched = wait_until(lambda: stack.look.leased() and stack.look.pending(), 30, "jobs are on their way", 0.01)
            at = time.time()
            dispatcher.kill()
            dispatcher.popen.wait(10)
            pause(rng, 0, 0.5)
            stack.another_dispatcher()
            return Injection(at, touched)

        return strike

    under_load(row, scale(5, 100), scale(600, 6000), seed, strike_of, executors=2, gap=(0.1, 1.0))
    return row


def executor_paused(scale, seed):
    """SIGSTOP until others have ended its jobs, then SIGCONT: what it does with them now must be fenced. Five at a time
    sleep, and as many are awake: ids that are pushed to a sleeper wait 10 s, so one of few left would hardly get any."""
    row, times = Row("executor: SIGSTOP past its lease, SIGCONT"), scale(5, 25)
    rng, injections, told = rng_of(seed, row.fault), [], collections.Counter()
    with Stack() as stack:
        stack.start(2 * SLEEPERS, 8)
        stack.add_assets(ASSETS)
        load = Load(stack)
        for _ in range(times // SLEEPERS):
            injections += put_to_sleep(stack, rng, told)
        load.reach(scale(600, 6000))
        load.stop()
        audit(row, stack.api, load.runs, injections)
        row.notes.append(f"what those said who woke up: {dict(told)}")
    return row


def put_to_sleep(stack, rng, told):
    """One round of sleepers; counts into `told` what they say when they wake up."""
    asleep = []

    def strike(_):
        victim = stack.executors.pop(0)
        at, touched = wait_until(lambda: stop_at_work(stack, victim), 60, f"{victim.id} is stopped while it holds jobs")
        asleep.append((victim, touched, awakenings(victim)))
        return Injection(at, touched)

    injections, lost = inject(stack, rng, SLEEPERS, strike), {}
    for victim, touched, _ in asleep:
        wait_until(lambda: all_taken(stack, victim, touched), 60, f"others took the jobs of {victim.id}", 0.2)
        lost[victim.id] = taken(stack, victim, touched)
        victim.kill(signal.SIGCONT)
    for victim, _, before in asleep:
        wait_until(lambda: not lost[victim.id] or awakenings(victim) - before, 30,
                   lambda: f"{victim.id} was not told that it slept: {victim.text()[-2000:]}")
        told += awakenings(victim) - before
        stack.executors.append(victim)
    return injections


def stop_at_work(stack, victim):
    """When it was stopped and the jobs it holds. It goes on where it had ended them before the signal arrived."""
    catch(stack, {victim.id})
    victim.kill(signal.SIGSTOP)
    at, touched = time.time(), stack.look.leased({victim.id})
    if not touched:
        victim.kill(signal.SIGCONT)
        return None
    return at, touched


def all_taken(stack, victim, touched):
    """None of these jobs is leased by the victim any more; what it had ended before it was stopped stays its own."""
    return not any(state == "leased" and worker == victim.id
                   for state, worker in stack.look.fields(touched, "st", "wk"))


def taken(stack, victim, touched):
    """Those of these jobs that others ended. Its own are those whose commit was on the wire when it was stopped."""
    return [job for job, (_, worker) in zip(touched, stack.look.fields(touched, "st", "wk")) if worker != victim.id]


def awakenings(executor):
    """How an executor learns that it slept too long: its own clock says so before a commit; a late commit or renewal is
    refused; or its worker ends, because its supervisor takes the sleep for a plugin that overran, or by an assertion of
    libzmq 4.3.4 about a connection whose heartbeat failed meanwhile. What a dead worker held cannot be given back."""
    words = ("commit fenced", "lease lost", "lease over before the commit", "plugin overran its deadline; killing",
             "Assertion failed: !_io_error")
    return collections.Counter({word: executor.text().count(word) for word in words if word in executor.text()})
