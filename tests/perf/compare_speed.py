"""Measures how much faster `libero` steps than the Python stack: both in turns, on the same cores, in one run.

usage: compare_speed.py [SUITE:TASK ...] [--cameras 0|1|2] [--cores 1] [--libero ./libero] [--repeats 5] [--seconds 3]

Needs the oracle of tests/golden. Prints control steps/s, mean ± standard deviation over the repeats, and the ratios of
the means. With cameras, each step makes frames of 256×256 pixels of agentview (and robot0_eye_in_hand): the stack's by
OpenGL, libero's by its CPU renderer.

Both may run on the first --cores cores only. The stack is one process, whose OpenGL (llvmpipe) rasterises with a thread
a core; libero steps two environments a thread, with a thread a core, as `libero eval` does.
"""
import argparse
import json
import os
import statistics
import subprocess
import time

os.environ.setdefault("MUJOCO_GL", "osmesa")
os.environ.setdefault("PYOPENGL_PLATFORM", os.environ["MUJOCO_GL"])
os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np
from libero.libero import benchmark, get_libero_path
from libero.libero.envs.env_wrapper import ControlEnv


CAMERAS = ["agentview", "robot0_eye_in_hand"]
SIZE = 256


def make_stack(suite, task_index, num_cameras):
    suite = benchmark.get_benchmark_dict()[suite]()
    task = suite.get_task(task_index)
    bddl = os.path.join(get_libero_path("bddl_files"), task.problem_folder, task.bddl_file)
    draws = num_cameras > 0
    env = ControlEnv(bddl_file_name=bddl, has_renderer=False, has_offscreen_renderer=draws, use_camera_obs=draws,
                     camera_names=CAMERAS[:max(num_cameras, 1)], camera_heights=SIZE, camera_widths=SIZE, horizon=10**9)
    env.seed(0)
    env.reset()
    return env, suite.get_task_init_states(task_index)


def stack_steps_per_s(env, init_state, seconds):
    env.set_init_state(init_state)
    for _ in range(10):
        env.step([0, 0, 0, 0, 0, 0, -1])
    rng = np.random.default_rng(0)
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        if count % 100 == 99:
            env.set_init_state(init_state)
        env.step(rng.uniform(-1, 1, 7))
        count += 1
    return count / (time.perf_counter() - start)


def libero_steps_per_s(libero, suite, task, mode, num_cameras, num_cores, seconds):
    command = [libero, "speed", "--suite", suite, "--task", str(task), "--mode", mode, "--cameras", str(num_cameras),
               "--threads", str(num_cores), "--envs", str(2 * num_cores), "--renderer", "cpu", "--size", str(SIZE),
               "--seconds", str(seconds), "--json"]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return report["control_steps_per_s"]["mean"]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("tasks", nargs="*", default=["libero_spatial:0", "libero_object:0", "libero_goal:0", "libero_10:0"])
    p.add_argument("--cameras", type=int, choices=[0, 1, 2], default=0)
    p.add_argument("--cores", type=int, default=1)
    p.add_argument("--libero", default="./libero")
    p.add_argument("--repeats", type=int, default=5)
    p.add_argument("--seconds", type=float, default=3)
    a = p.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:a.cores])  # of what it starts, too
    print(f"{'task':20} {'Python stack':>15} {'reference':>15} {'fast':>15}   ratios")
    for name in a.tasks:
        suite, task = name.split(":")
        env, init_states = make_stack(suite, int(task), a.cameras)
        rates = {"stack": [], "reference": [], "fast": []}
        for _ in range(a.repeats):
            rates["stack"].append(stack_steps_per_s(env, init_states[0], a.seconds))
            for mode in ("reference", "fast"):
                rates[mode].append(libero_steps_per_s(
                    a.libero, suite, task, mode, a.cameras, a.cores, a.seconds))
        env.close()
        mean = {k: statistics.mean(v) for k, v in rates.items()}
        cells = [f"{mean[k]:.1f} ± {statistics.stdev(v) if len(v) > 1 else 0:.1f}" for k, v in rates.items()]
        print(f"{name:20} {cells[0]:>15} {cells[1]:>15} {cells[2]:>15}   "
              f"{mean['reference'] / mean['stack']:.2f}× {mean['fast'] / mean['stack']:.2f}×", flush=True)


main()
