#!/usr/bin/env python3
"""Writes policy/libero_views.cc: what networks see of LIBERO's workspaces, in 8x8 mean colours.

The mean, by workspace, of the first pictures of all 130 tasks in init states 0 and 23, drawn by the program itself,
whose frames equal the Python stack's (tests/golden/frames). "agentview", the frame turned by 180 degrees.

    python tests/golden/libero_views.py ./libero > policy/libero_views.cc     (numpy 2.4.6, pillow 13.0.0)
"""
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

SUITES = ["libero_spatial", "libero_object", "libero_goal", "libero_90", "libero_10"]
INIT_STATES = [0, 23]
SIZE = 128
SIDE = 8
LINE = 64

HEAD = """// Made by tests/golden/libero_views.py.

#include <array>
#include <string_view>

#include "policy/orientation_check.h"

namespace libero {
namespace {

// By workspace, the bytes of (8, 8, 3) in hexadecimal digits.
constexpr std::array<std::string_view, %d> kViews = {"""

TAIL = """};

float Digit(char c) {
  return static_cast<float>(c <= '9' ? c - '0' : c - 'a' + 10);
}

std::array<Thumbnail, kViews.size()> ReadViews() {
  std::array<Thumbnail, kViews.size()> views{};
  for (size_t i = 0; i < views.size(); ++i) {
    for (size_t j = 0; j < views[i].size(); ++j) {
      views[i][j] = 16 * Digit(kViews[i][2 * j]) + Digit(kViews[i][2 * j + 1]);
    }
  }
  return views;
}

}  // namespace

std::span<const Thumbnail> LiberoViews() {
  static const std::array<Thumbnail, kViews.size()> kThumbnails = ReadViews();
  return kThumbnails;
}

}  // namespace libero"""


def draw(program, suite, task, init, path):
    subprocess.run([program, "render", "--renderer", "cpu", "--suite", suite, "--task", str(task), "--init", str(init),
                    "--size", str(SIZE), "--out", str(path)], check=True, stdout=subprocess.DEVNULL)
    # the file is right side up: mirrored, it is the frame turned by 180 degrees
    image = np.asarray(Image.open(path).convert("RGB"), np.float64)[:, ::-1]
    return image.reshape(SIDE, SIZE // SIDE, SIDE, SIZE // SIDE, 3).mean((1, 3))


def main():
    program = sys.argv[1]
    views = collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for suite in SUITES:
            tasks = json.loads(subprocess.run([program, "tasks", suite, "--json"], check=True,
                                              stdout=subprocess.PIPE).stdout)["tasks"]
            for task in tasks:
                for init in INIT_STATES:
                    path = pathlib.Path(folder) / "frame.png"
                    views[task["workspace"]].append(draw(program, suite, task["index"], init, path))
    print(HEAD % len(views))
    for workspace, thumbnails in sorted(views.items()):
        digits = np.rint(np.mean(thumbnails, 0)).astype(np.uint8).tobytes().hex()
        print(f"    // {workspace}, {len(thumbnails)} pictures")
        for i in range(0, len(digits), LINE):
            print(f'    "{digits[i:i + LINE]}"' + ("," if i + LINE == len(digits) else ""))
    print(TAIL)


if __name__ == "__main__":
    main()
