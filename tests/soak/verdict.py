"""What the samples say: growth of memory like with like, duty of snapshots, lag; each with its bound."""
import collections
import dataclasses
import statistics

MOST_GROWTH, MOST_DUTY, MOST_LAG_S = 0.05, 0.10, 5.0
OUTAGE_TAIL_S = 15.0   # after a dispatcher or Redis is back: what became due meanwhile is caught up
SAME_AGE = (55, 75)    # s


@dataclasses.dataclass
class Line:
    what: str
    found: str
    bound: str = ""
    holds: bool = True


def change(before, after):
    return after / before - 1


def window(rows, began, length, first, last):
    return [r for r in rows if began + first * length <= r["t"] < began + last * length]


def megabytes(count):
    return f"{count / 2**20:.1f} MB"


def growth_line(what, before, after, bounded):
    grown = change(before, after)
    return Line(what, f"{megabytes(before)} → {megabytes(after)}, {grown:+.1%}",
                f"≤ {MOST_GROWTH:.0%}" if bounded else "", not bounded or grown <= MOST_GROWTH)


def lives_of(samples, role):
    lives = collections.defaultdict(list)
    for row in samples:
        if row["role"].split(" ")[0] == role:
            lives[row["pid"]].append(row)
    return list(lives.values())


def at_same_age(lives):
    """(when the life was that old, its memory) of each that grew so old."""
    found = []
    for life in lives:
        rows = [r for r in life if SAME_AGE[0] <= r["age"] < SAME_AGE[1]]
        if rows:
            found.append((rows[0]["t"], statistics.median(r["rss"] for r in rows)))
    return found


def memory_of_role(samples, role, began, length, bounded):
    """Lives of the first and of the second half at the same age; the longest life after its first minute."""
    lives = lives_of(samples, role)
    warm, middle = began + 0.2 * length, began + 0.6 * length
    aged = at_same_age(lives)
    early, late = [m for t, m in aged if warm <= t < middle], [m for t, m in aged if t >= middle]
    if len(early) >= 2 and len(late) >= 2:
        yield growth_line(f"{role}, a minute old: {len(early)} lives, then {len(late)}", statistics.median(early),
                          statistics.median(late), bounded)
    old = [[r for r in life if r["age"] >= 60 and r["t"] >= warm] for life in lives]
    longest = max(old, key=lambda rows: rows[-1]["t"] - rows[0]["t"] if rows else 0, default=[])
    if longest and (span := longest[-1]["t"] - longest[0]["t"]) >= 120:
        fifth = [[r["rss"] for r in longest if low <= (r["t"] - longest[0]["t"]) / span <= high]
                 for low, high in ((0, 0.2), (0.8, 1))]
        yield growth_line(f"{role}, within its longest life ({span:.0f} s)", *map(statistics.median, fifth), bounded)


def memory_of_redis(stores, began, length, bounded):
    early, late = window(stores, began, length, 0.2, 0.4), window(stores, began, length, 0.8, 1)
    if early and late:
        used = [statistics.median(r["used"] for r in w) for w in (early, late)]
        yield growth_line("Redis used_memory", *used, bounded)


def duty_line(share, saves, bounded):
    return Line("time in snapshots", f"{share:.1%}, {saves} snapshots", f"≤ {MOST_DUTY:.0%}" if bounded else "",
                not bounded or share <= MOST_DUTY)


def is_clear(row, outages, tail):
    return not any(start <= row["t"] <= end + tail for start, end in outages)


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def overdue_line(name, rows, bounded):
    values = [r["late"] for r in rows]
    p99 = percentile(values, 0.99)
    return Line(f"oldest overdue check, {name}",
                f"p50 {percentile(values, 0.5):.2f} s, p99 {p99:.2f} s, worst {max(values):.2f} s; {len(values)} looks",
                f"p99 ≤ {MOST_LAG_S:.0f} s" if bounded else "", not bounded or p99 <= MOST_LAG_S)


def status_line(name, rows, bounded):
    middle = [statistics.median(r[k] for r in rows) / 1000 for k in ("lag_p50_ms", "lag_p99_ms")]
    worst = max(r["lag_p99_ms"] for r in rows) / 1000
    return Line(f"lag of the schedule, {name}",
                f"p50 {middle[0]:.2f} s, p99 {middle[1]:.2f} s, worst p99 {worst:.2f} s; {len(rows)} looks",
                f"worst p99 ≤ {MOST_LAG_S:.0f} s" if bounded else "", not bounded or worst <= MOST_LAG_S)


def lag_lines(lags, outages, rate, bounded):
    """STATUS tells of the newest 4,096 checks, so a look is clear only if all of those are younger than an outage."""
    late = [r for r in lags if r["late"] is not None]
    told = [r for r in lags if r["lag_p99_ms"] is not None and r["created"]]
    for line, rows, tail in ((overdue_line, late, OUTAGE_TAIL_S), (status_line, told, OUTAGE_TAIL_S + 4096 / rate)):
        if calm := [r for r in rows if is_clear(r, outages, tail)]:
            yield line("outside outages", calm, bounded)
        if rows:
            yield line("all", rows, False)


def fd_lines(samples, began, length):
    for role in ("api", "dispatcher", "redis", "supervisor", "worker"):
        rows = [r for r in samples if r["role"].split(" ")[0] == role]
        most = [max((r["fds"] for r in window(rows, began, length, *w)), default=0) for w in ((0.2, 0.6), (0.6, 1))]
        yield Line(f"open files of {role}, most", f"{most[0]}, then {most[1]}")


def print_table(lines):
    print("| what | found | bound | holds |\n|---|---|---|---|")
    for line in lines:
        holds = "" if not line.bound else "yes" if line.holds else "**no**"
        print(f"| {line.what} | {line.found} | {line.bound} | {holds} |")
