"""The same figures as emp's, by another way: plain Python over the lines of a file.

Nothing here is taken from emp. Percentiles are nearest ranks, Fisher's test is summed up from
binomial coefficients in whole numbers.
"""

import json
import sys
from collections import Counter, defaultdict
from datetime import datetime
from fractions import Fraction
from math import ceil, comb

DURATIONS = ("durationMs", "processingTimeMs", "completionTimeMs")
ENDS = {
    "job.completed": "completed",
    "job.failed": "failed",
    "job.cancelled": "cancelled",
    "job.timeout": "timed out",
    "job.creation_failed": "failed",
}


def moment(text):
    """Milliseconds since 1970."""
    at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return round(at.timestamp() * 1000)


def figures(values):
    values = sorted(values)
    if not values:
        return None
    rank = lambda share: values[max(1, ceil(share * len(values))) - 1]
    return {
        "count": len(values),
        "mean": sum(values) / len(values),
        "min": values[0],
        "p50": rank(Fraction(50, 100)),
        "p95": rank(Fraction(95, 100)),
        "p99": rank(Fraction(99, 100)),
        "max": values[-1],
    }


def fisher(failed, count, all_failed, all_count):
    """How likely chance puts so many of all failures, or more, among `count` of all jobs."""
    ways = sum(
        comb(all_failed, hits) * comb(all_count - all_failed, count - hits)
        for hits in range(failed, min(count, all_failed) + 1)
    )
    return float(Fraction(ways, comb(all_count, count)))


def main(path):
    with open(path, encoding="utf-8") as lines:
        events = [json.loads(line) for line in lines]
    for event in events:
        event["at"] = moment(event["timestamp"])
        event.setdefault("data", {})
    events.sort(key=lambda event: event["at"])

    counts, took, errors = Counter(), defaultdict(list), Counter()
    jobs = defaultdict(list)
    for event in events:
        kind = event["eventType"]
        counts[kind] += 1
        for name in DURATIONS:
            if name in event["data"]:
                took[kind].append(event["data"][name])
                break
        if kind.startswith("error."):
            errors[kind.removeprefix("error.")] += 1
        if "jobId" in event:
            jobs[event["jobId"]].append(event)

    outcomes, waits = {}, []
    machines = defaultdict(lambda: [0, 0])
    for job, steps in jobs.items():
        ends = [ENDS[step["eventType"]] for step in steps if step["eventType"] in ENDS]
        outcomes[job] = ends[-1] if ends else "unfinished"
        claims = [step["at"] for step in steps if step["eventType"] == "job.claimed"]
        if claims:
            waits.append(claims[0] - steps[0]["at"])
        if not ends:
            continue
        tries = [step["machineId"] for step in steps if step["eventType"] == "job.claimed"]
        if tries:
            machines[tries[-1]][0] += outcomes[job] == "failed"
            machines[tries[-1]][1] += 1

    ended = [outcome for outcome in outcomes.values() if outcome != "unfinished"]
    failed = ended.count("failed")
    json.dump(
        {
            "events": len(events),
            "types": {
                kind: {"count": count, "took": figures(took[kind])}
                for kind, count in counts.items()
            },
            "errors": errors,
            "ended": len(ended),
            "outcomes": Counter(outcomes.values()),
            "machines": {
                machine: {
                    "failed": bad,
                    "jobs": of,
                    "p": fisher(bad, of, failed, len(ended)),
                }
                for machine, (bad, of) in machines.items()
            },
            "waits": figures(waits),
        },
        sys.stdout,
    )


main(sys.argv[1])
