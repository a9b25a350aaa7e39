#!/usr/bin/env python3
"""Writes tests/golden/numpy_random.txt: draws of numpy's legacy generator, call by call.

One line per call, in the order of the calls: the call, its arguments, its result; floats in hex so
that every bit counts.
    seed S           np.random.seed(S)
    r VALUE          np.random.random_sample()
    u LOW HIGH VALUE np.random.uniform(low=LOW, high=HIGH)
    i N VALUE        np.random.randint(N)
    g VALUE          np.random.randn()
    w VALUE          the next 32-bit word, np.random.randint(2**32, dtype=np.uint32)
Usage, with numpy 2.2.6:
    python tests/golden/numpy_random.py [draws per seed] > tests/golden/numpy_random.txt
"""
import random
import sys

import numpy as np

NUMPY_VERSION = "2.2.6"
SEEDS = (0, 1, 7, 42, 10000, 2**31, 2**32 - 1)
DRAWS_PER_SEED = 150
RANGES = (1, 2, 3, 4, 5, 7, 10, 50, 100, 1000, 2**16, 2**31, 2**32 - 1, 2**32, 2**32 + 1, 2**40,
          2**63 - 1)
BOUNDS = ((0.0, 1.0), (-0.15, 0.15), (0.0, 2 * np.pi), (0.3, 0.3), (1.0, -1.0), (-1e300, 1e-300),
          (-np.pi / 2, np.pi / 4))


def draw(choice):
    kind = choice.choice("rrruuuuuiiiggggw")
    if kind == "r":
        return f"r {np.random.random_sample().hex()}"
    if kind == "u":
        low, high = choice.choice(BOUNDS)
        return f"u {low.hex()} {high.hex()} {np.random.uniform(low=low, high=high).hex()}"
    if kind == "i":
        n = choice.choice(RANGES)
        return f"i {n} {np.random.randint(n)}"
    if kind == "g":
        return f"g {np.random.randn().hex()}"
    return f"w {np.random.randint(2**32, dtype=np.uint32)}"


if __name__ == "__main__":
    assert np.__version__ == NUMPY_VERSION, np.__version__
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DRAWS_PER_SEED
    choice = random.Random(2024)  # which calls; the values are numpy's
    for seed in SEEDS:
        np.random.seed(seed)
        print(f"seed {seed}")
        for _ in range(count):
            print(draw(choice))
