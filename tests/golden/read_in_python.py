"""Reads a file of demonstrations with h5py, robomimic and LIBERO's own loader, as their training does.

usage: read_in_python.py FILE [--libero LIBERO_CHECKOUT] [--out read_in_python.txt]

Oracle: h5py 3.16.0, robomimic 0.2.0 (LIBERO's pin; installed with --no-deps, beside torch 2.11.0, torchvision 0.26.0,
numpy, psutil, six, termcolor, tensorboardX, imageio) on CPython 3.11. LIBERO_CHECKOUT is a clone of LIBERO (8f1084e), of
which libero/lifelong/datasets.py alone is loaded.
"""
import argparse
import importlib.util
import json
import os

import h5py
import numpy as np
import robomimic
import robomimic.utils.file_utils as FileUtils
import robomimic.utils.obs_utils as ObsUtils
from robomimic.utils.dataset import SequenceDataset

# as libero/configs/data/default.yaml
MODALITY = {"rgb": ["agentview_rgb", "eye_in_hand_rgb"], "depth": [],
            "low_dim": ["gripper_states", "joint_states"]}
SEQ_LEN = 10


def with_h5py(path, say):
    with h5py.File(path, "r") as f:
        data = f["data"]
        demos = sorted(data, key=lambda name: int(name[5:]))
        assert data.attrs["num_demos"] == len(demos)
        assert data.attrs["total"] == sum(data[d].attrs["num_samples"] for d in demos)
        for demo in demos:
            group = data[demo]
            steps = group.attrs["num_samples"]
            for name in ("actions", "states", "robot_states", "rewards", "dones"):
                assert len(group[name]) == steps, name
            for name, value in group["obs"].items():
                assert len(value[()]) == steps, name
            assert np.array_equal(group["obs/ee_states"], np.hstack((group["obs/ee_pos"], group["obs/ee_ori"])))
            assert group["rewards"][-1] == group["dones"][-1] == 1 and group["dones"][()].sum() == 1
        env_args = json.loads(data.attrs["env_args"])
        say(f"h5py {h5py.__version__}: {len(demos)} demonstrations, {data.attrs['total']} steps of "
            f"{env_args['env_name']}, obs {', '.join(data['demo_0/obs'])}")


def with_robomimic(path, say):
    ObsUtils.initialize_obs_utils_with_obs_specs({"obs": MODALITY})
    env_meta = FileUtils.get_env_metadata_from_dataset(path)
    shape_meta = FileUtils.get_shape_metadata_from_dataset(path, all_obs_keys=sum(MODALITY.values(), []))
    dataset = SequenceDataset(path, obs_keys=shape_meta["all_obs_keys"], dataset_keys=["actions", "rewards", "dones"],
                              load_next_obs=False, frame_stack=1, seq_length=SEQ_LEN, pad_seq_length=True,
                              hdf5_cache_mode="low_dim")
    item = dataset[len(dataset) - 1]
    say(f"robomimic {robomimic.__version__}: {env_meta['env_name']}, {dataset.n_demos} demonstrations, {len(dataset)} "
        f"sequences, actions {item['actions'].shape}, agentview_rgb {item['obs']['agentview_rgb'].shape}")


def with_libero(path, checkout, say):
    file = os.path.join(checkout, "libero/lifelong/datasets.py")
    spec = importlib.util.spec_from_file_location("datasets", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    dataset, shape_meta = module.get_dataset(path, MODALITY, initialize_obs_utils=True, seq_len=SEQ_LEN)
    whole = module.SequenceVLDataset(dataset, np.zeros(768))
    item = whole[0]
    say(f"LIBERO's get_dataset: {whole.n_demos} demonstrations, {whole.total_num_sequences} sequences, action dimension "
        f"{shape_meta['ac_dim']}, obs " + ", ".join(f"{k} {v.shape}" for k, v in sorted(item["obs"].items())))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("file")
    p.add_argument("--libero", help="a clone of LIBERO")
    p.add_argument("--out", help="file to write what is printed to")
    a = p.parse_args()
    lines = [os.path.basename(a.file)]

    def say(line):
        lines.append(line)
        print(line, flush=True)

    with_h5py(a.file, say)
    with_robomimic(a.file, say)
    if a.libero:
        with_libero(a.file, a.libero, say)
    if a.out:
        with open(a.out, "w") as out:
            out.write("\n".join(lines) + "\n")


main()
