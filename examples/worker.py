"""A Python worker that emits events through one `emp emit --stdin`.

Writing a line is all that a job pays. emp batches, keeps events in its journal while Redis is
away, and delivers what it has when the worker ends.

    python3 examples/worker.py
"""

import json
import logging
import subprocess
import time

# The whole client.
emp = subprocess.Popen(["emp", "emit", "--stdin", "--service", "worker"], stdin=subprocess.PIPE, text=True)

def event(event_type, ids={}, **data):
    line = json.dumps({"timestamp": int(time.time() * 1000), "eventType": event_type, **ids, "data": data})
    try:
        emp.stdin.write(line + "\n")
        emp.stdin.flush()
    except (OSError, ValueError) as error:
        logging.warning("event lost: %s", error)


def work(job_id, steps):
    """A job of this worker, for an example."""
    ids = {"jobId": job_id, "workerId": "gpu-1-worker-0", "machineId": "gpu-1"}
    event("job.claimed", ids, steps=steps)
    started = time.monotonic()
    try:
        result = 100 // steps
        event("job.completed", ids, durationMs=int((time.monotonic() - started) * 1000), result=result)
    except ZeroDivisionError as error:
        event("error.ZeroDivisionError", {**ids, "level": "error"}, name="ZeroDivisionError", message=str(error))
        event("job.failed", ids, reason=str(error))


if __name__ == "__main__":
    work("job_1", 20)
    work("job_2", 0)
    emp.stdin.close()  # what was written is delivered, or in the journal, when emp ends
    emp.wait()
