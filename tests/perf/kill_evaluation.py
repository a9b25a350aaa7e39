#!/usr/bin/env python3
"""Kills evaluations at random moments and continues them, until each is done; then their reports must be that of an
evaluation that nobody disturbed, but for times and the list of calls.

  tests/perf/kill_evaluation.py --program build/libero --kills 50
"""

import argparse
import json
import pathlib
import random
import signal
import subprocess
import tempfile
import time


def evaluation(program, out, more):
    return [program, "eval", "--suite", "goal", "--tasks", "0,3", "--episodes", "25", "--policy", "random",
            "--max-steps", "10", "--settle-steps", "2", "--log-actions", "--out", str(out), *more]


def report(program, run, out):
    subprocess.run([program, "report", str(run), "--out", str(out)], check=True, stdout=subprocess.DEVNULL)
    result = json.loads((out / "report.json").read_text())
    for one in result["runs"]:
        calls = one["manifest"].pop("calls")
        one.pop("name")
    return result, len(calls)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default="build/libero")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    options, more = parser.parse_known_args()
    draw = random.Random(options.seed)
    folder = pathlib.Path(tempfile.mkdtemp())
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

    begin = time.monotonic()
    subprocess.run(evaluation(options.program, folder / "whole", more), check=True, **quiet)
    duration = time.monotonic() - begin
    expected, _ = report(options.program, folder / "whole", folder / "report")
    actions = {path.name: path.read_bytes() for path in (folder / "whole/actions").iterdir()}

    num_kills = num_runs = num_cut_lines = 0
    while num_kills < options.kills:
        run = folder / f"run{num_runs}"
        num_runs += 1
        while True:
            process = subprocess.Popen(evaluation(options.program, run, more), **quiet)
            try:
                status = process.wait(draw.uniform(0, 0.7 * duration))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                num_kills += 1
                log = run / "episodes.jsonl"
                num_cut_lines += log.exists() and not log.read_bytes().endswith(b"\n") and log.stat().st_size > 0
                continue
            assert status == 0, f"exit status {status}"
            break
        found, num_calls = report(options.program, run, folder / f"report{num_runs}")
        assert found == expected, f"the report of {run} differs"
        again = {path.name: path.read_bytes() for path in (run / "actions").iterdir() if path.suffix == ".npy"}
        assert again == actions, f"the actions of {run} differ"
        print(f"{run.name}: done after {num_calls} calls that got as far as the log, report equal", flush=True)
    print(f"{num_kills} kills in {num_runs} evaluations of {duration:.1f} s; cut lines: {num_cut_lines}; "
          "all reports equal")


if __name__ == "__main__":
    main()
