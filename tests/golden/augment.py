#!/usr/bin/env python3
"""Writes tests/golden/augment/: what TensorFlow's image adjustments make of images, one by one and in a chain.

    INPUT.png          inputs: noise of all colours, and a frame of the simulator at 64 and 112 pixels
    cases.txt          a line a case: INPUT SIZE OP top left brightness contrast saturation hue, in single precision;
                       OP "chain" is all five in this order, as dlimp's augment_image does them: clipped to [0, 1] after each
    outputs.z          the cases' outputs, (SIZE, SIZE, 3) bytes each, one zlib stream of all

The operations are dlimp's (dlimp_openvla@040105d:dlimp/augmentations.py) with given numbers in place of drawn ones; the
ranges are OpenVLA's (openvla@c8f03f4:prismatic/vla/datasets/datasets.py).

Oracle, for Python 3.11:

    pip install tensorflow-cpu==2.21.0 numpy==2.4.6 pillow==13.0.0
    python tests/golden/augment.py
"""
import os
import pathlib
import zlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
import numpy as np
import tensorflow as tf
from PIL import Image

GOLDEN = pathlib.Path(__file__).resolve().parent
FOLDER = GOLDEN / "augment"
AREA = 0.9
OPS = ["crop", "brightness", "contrast", "saturation", "hue"]


def inputs():
    """Noise, gradients, greys and saturated colours; then frames. With each, which cases, and how many draws."""
    size = 48
    random = np.random.default_rng(11)
    y, x = np.mgrid[:size, :size]
    image = np.stack([x * 255 // (size - 1), y * 255 // (size - 1), (x * y) % 256], -1).astype(np.uint8)
    half = size // 2
    image[:half, :half] = random.integers(0, 256, (half, half, 3))
    image[half:, half:] = 255 * random.integers(0, 2, (half, half, 3))
    image[:half, half + 12 :] = random.integers(0, 256, (half, half - 12, 1))
    yield "noise", image, OPS + ["chain"], 4
    for name, size, ops in (("libero_spatial_5_3", 64, OPS + ["chain"]), ("libero_90_75_1", 112, ["chain"])):
        packed = (GOLDEN / "image_transform" / f"{name}.{size}.z").read_bytes()
        yield name, np.frombuffer(zlib.decompress(packed), np.uint8).reshape(size, size, 3), ops, 1


def apply(op, image, draw):
    top, left, brightness, contrast, saturation, hue = draw
    if op == "crop":
        side = tf.sqrt(tf.constant(AREA, tf.float32))
        box = tf.stack([top, left, top + side, left + side])[None]
        size = image.shape[0]
        return tf.image.crop_and_resize(image[None], box, tf.range(1), (size, size))[0]
    if op == "brightness":
        return tf.image.adjust_brightness(image, brightness)
    if op == "contrast":
        return tf.image.adjust_contrast(image, contrast)
    if op == "saturation":
        return tf.image.adjust_saturation(image, saturation)
    return tf.image.adjust_hue(image, hue)


def draws(random, count):
    """The ends of all ranges, then `count` from within."""
    room = 1 - np.sqrt(np.float32(AREA))
    yield 0, room, -0.2, 0.8, 0.8, -0.05
    yield room, 0, 0.2, 1.2, 1.2, 0.05
    for _ in range(count):
        low, high = [0, 0, -0.2, 0.8, 0.8, -0.05], [room, room, 0.2, 1.2, 1.2, 0.05]
        yield random.uniform(low, high)


def main():
    FOLDER.mkdir(exist_ok=True)
    random = np.random.default_rng(5)
    lines, outputs = [], []
    for name, image, ops, count in inputs():
        Image.fromarray(image).save(FOLDER / f"{name}.png")
        start = tf.image.convert_image_dtype(tf.constant(image), tf.float32)
        for draw in draws(random, count):
            draw = np.asarray(draw, np.float32)
            for op in ops:
                result = start
                for step in OPS if op == "chain" else [op]:
                    result = tf.clip_by_value(apply(step, result, draw), 0, 1)
                outputs.append(tf.image.convert_image_dtype(result, tf.uint8, saturate=True).numpy())
                lines.append(" ".join([name, str(image.shape[0]), op] + [f"{number:.9g}" for number in draw]))
    (FOLDER / "cases.txt").write_text("\n".join(lines) + "\n")
    (FOLDER / "outputs.z").write_bytes(zlib.compress(b"".join(output.tobytes() for output in outputs), 9))


if __name__ == "__main__":
    main()
