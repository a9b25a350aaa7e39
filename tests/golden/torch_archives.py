#!/usr/bin/env python3
"""Writes tests/golden/torch_archives/: small files for the zip, npy and torch readers.

Every .pt, .ckpt and .pruned_init file is written by torch.save itself, every .npy and .npz file by
numpy, so that the C++ readers are tested against what users have. Expected tensor values are in
expected.npz. Usage, in any environment with exactly these versions:

    pip install torch==2.11.0 numpy==2.2.6
    python tests/golden/torch_archives.py
"""
import collections
import pathlib
import warnings

import numpy as np
import torch

TORCH_VERSION = "2.11.0"
NUMPY_VERSION = "2.2.6"
SEED = 7
FOLDER = pathlib.Path(__file__).resolve().parent / "torch_archives"


def write_tensors():
    """A flat state_dict: every dtype, and views that share one storage."""
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 8
    tensors = collections.OrderedDict(
        f64=torch.tensor([[1.5, -2.25], [0.1, 1e300]], dtype=torch.float64),
        f32=base,
        f16=torch.tensor([1.0, -0.5, 65504.0], dtype=torch.float16),
        bf16=torch.tensor([1.0, -0.5, 3.0e38], dtype=torch.bfloat16),
        i64=torch.tensor([1, -(2**62)], dtype=torch.int64),
        i32=torch.tensor([[[7]], [[-8]]], dtype=torch.int32),
        i16=torch.tensor([-300, 300], dtype=torch.int16),
        i8=torch.tensor([-128, 127], dtype=torch.int8),
        u8=torch.tensor([0, 255], dtype=torch.uint8),
        bool=torch.tensor([True, False, True]),
        transposed=base.t(),
        slice=base[1:3, 2:5],
        scalar=torch.tensor(3.5),
        empty=torch.zeros(0, 3),
        parameter=torch.nn.Parameter(torch.tensor([0.25, 0.5])),
    )
    torch.save(tensors, FOLDER / "tensors.pt")
    plain = {}
    for name, tensor in tensors.items():
        tensor = tensor.detach()
        plain[name] = (tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor).numpy()
    np.savez(FOLDER / "expected.npz", **{k: np.array(v, order="C") for k, v in plain.items()})


def write_checkpoint():
    """The shape of a Lightning checkpoint: a module's state_dict, optimiser state, plain values."""
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.LayerNorm(2))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    model(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    torch.save(
        {
            "epoch": 0,
            "global_step": 200000,
            "pytorch-lightning_version": "2.2.1",
            "state_dict": model.state_dict(),
            "optimizer_states": [optimizer.state_dict()],
            "lr_schedulers": [],
            "hyper_parameters": {"lam_dim": 128, "beta": 0.25, "none": None, "on": True,
                                 "sizes": (1, 2, 3, 4), "empty": (), "big": -(2**40), "byte": 300,
                                 "name": "caf\u00e9", "nested": {"list": [1, [2.5]]}},
        },
        FOLDER / "lightning.ckpt",
    )


def write_arrays():
    """numpy arrays inside torch files, as the published .pruned_init files are."""
    rng = np.random.RandomState(SEED)
    states = rng.standard_normal((3, 5))
    torch.save(states, FOLDER / "states.pruned_init")
    np.savez_compressed(FOLDER / "states.pruned_init.npz", states=states)
    torch.save(
        {
            "f4": np.array([1.5, -2.5], dtype=np.float32),
            "i8": np.array([[1], [-2]], dtype=np.int64),
            "u1": np.array([0, 200, 255], dtype=np.uint8),
            "bool": np.array([True, False]),
            "fortran": np.asfortranarray(np.arange(6, dtype=np.float64).reshape(2, 3)),
            "empty": np.zeros((0, 4)),
            "scalar": np.array(4.5),
        },
        FOLDER / "arrays.pt",
    )


class Evil:
    """Pickles as a call; a reader that executes anything would create the file `pwned`."""

    def __reduce__(self):
        import os

        return os.system, ("touch pwned",)


def write_refused():
    torch.save({"weight": torch.ones(2), "path": Evil()}, FOLDER / "evil.pt")
    torch.save(np.ones(2), FOLDER / "legacy.pt", _use_new_zipfile_serialization=False)
    torch.save(np.ones(2), FOLDER / "protocol4.pt", pickle_protocol=4)
    torch.save(np.array([None, 1], dtype=object), FOLDER / "objects.pt")
    torch.save(np.ones(2, dtype=">f8"), FOLDER / "big_endian.pt")
    torch.save(torch.ones(1).expand(1000), FOLDER / "expanded.pt")
    torch.save(torch.nn.Linear(1, 1), FOLDER / "module.pt")


def write_npy():
    array = np.arange(6, dtype=np.float64).reshape(2, 3) / 4
    for version in ((1, 0), (2, 0), (3, 0)):
        with open(FOLDER / f"v{version[0]}.npy", "wb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            np.lib.format.write_array(file, array, version=version)
    np.save(FOLDER / "fortran.npy", np.asfortranarray(np.arange(24, dtype=np.int32).reshape(2, 3, 4)))
    np.save(FOLDER / "objects.npy", np.array([None, 1], dtype=object), allow_pickle=True)
    np.save(FOLDER / "big_endian.npy", np.ones(2, dtype=">f8"))
    np.save(FOLDER / "structured.npy", np.zeros(2, dtype=[("x", "<f8"), ("n", "<i4")]))
    np.savez_compressed(
        FOLDER / "arrays.npz",
        f4=np.array([1.5, -2.5], dtype=np.float32), f8=array, i4=np.array(-5, dtype=np.int32),
        i8=np.array([2**62]), u1=np.arange(3, dtype=np.uint8), bool=np.array([[True], [False]]),
        empty=np.zeros((0, 2**40)),
    )


if __name__ == "__main__":
    assert torch.__version__.split("+")[0] == TORCH_VERSION, torch.__version__
    assert np.__version__ == NUMPY_VERSION, np.__version__
    FOLDER.mkdir(exist_ok=True)
    torch.manual_seed(SEED)
    write_tensors()
    write_checkpoint()
    write_arrays()
    write_refused()
    write_npy()
