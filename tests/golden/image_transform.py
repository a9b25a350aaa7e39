#!/usr/bin/env python3
"""Writes tests/golden/image_transform/: what TensorFlow makes of images, step by step.

For each of three frames and each size of the network's images, as raw bytes in one zlib stream each:

    NAME.turned.z    turned by 180 degrees, through JPEG (quality 95), i.e. tf.io.decode_image(tf.io.encode_jpeg(...))
    NAME.SIZE.z      that resized (Lanczos3, antialias), rounded to bytes
    NAME.SIZE.crop.z the middle of 0.9 of its area cut out and stretched, to bytes

and pixels.txt, the two normalisations of all 256 bytes by channel (as torchvision does them in single precision).
The steps are UniVLA's, which are OpenVLA's: openvla@c8f03f4:experiments/robot/libero/libero_utils.py,
experiments/robot/openvla_utils.py. "noise" (noise.png) has all frequencies and saturated colours; the others are
frames of the simulator (tests/golden/frames).

Oracle, for Python 3.11:

    pip install tensorflow-cpu==2.21.0 numpy==2.4.6 pillow==13.0.0
    python tests/golden/image_transform.py
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
FOLDER = GOLDEN / "image_transform"
AREA = 0.9


def noise(size):
    """A frame of noise, gradients and edges, from a numpy stream."""
    random = np.random.default_rng(7)
    y, x = np.mgrid[:size, :size]
    image = np.stack([x * 255 // (size - 1), y * 255 // (size - 1), (x ^ y) % 256], -1).astype(np.uint8)
    image[: size // 2, : size // 2] = random.integers(0, 256, (size // 2, size // 2, 3))
    image[size // 2 :, size // 2 :] = 255 * random.integers(0, 2, (size // 2, size // 2, 3))
    image[size // 8 : size // 4, :, 0] = 255
    return image


def frames():
    yield "noise", noise(256), [224]
    for name in ("libero_spatial_5_3_agentview", "libero_90_75_1_agentview"):
        frame = np.asarray(Image.open(GOLDEN / "frames" / f"{name}.png").convert("RGB"))
        yield name.removesuffix("_agentview"), frame, [64, 112]


def crop(image):
    """crop_and_resize of openvla_utils.py, for one image."""
    size = image.shape[0]
    image = tf.image.convert_image_dtype(tf.convert_to_tensor(image)[None], tf.float32)
    side = tf.reshape(tf.clip_by_value(tf.sqrt(AREA), 0, 1), (1,))
    offset = (1 - side) / 2
    box = tf.stack([offset, offset, offset + side, offset + side], axis=1)
    image = tf.image.crop_and_resize(image, box, tf.range(1), (size, size))
    image = tf.clip_by_value(image[0], 0, 1)
    return tf.image.convert_image_dtype(image, tf.uint8, saturate=True).numpy()


def write(name, image):
    (FOLDER / name).write_bytes(zlib.compress(image.tobytes(), 9))


def main():
    FOLDER.mkdir(exist_ok=True)
    for name, frame, sizes in frames():
        turned = np.ascontiguousarray(frame[::-1, ::-1])
        if name == "noise":
            Image.fromarray(frame).save(FOLDER / "noise.png")
        image = tf.io.decode_image(tf.io.encode_jpeg(turned), expand_animations=False, dtype=tf.uint8)
        write(f"{name}.turned.z", image.numpy())
        for size in sizes:
            resized = tf.image.resize(image, (size, size), method="lanczos3", antialias=True)
            resized = tf.cast(tf.clip_by_value(tf.round(resized), 0, 255), tf.uint8).numpy()
            write(f"{name}.{size}.z", resized)
            write(f"{name}.{size}.crop.z", crop(resized))
    means = np.array([0.485, 0.456, 0.406, 0.5, 0.5, 0.5], np.float32)
    stds = np.array([0.229, 0.224, 0.225, 0.5, 0.5, 0.5], np.float32)
    values = (np.arange(256, dtype=np.float32)[:, None] / np.float32(255) - means) / stds
    np.savetxt(FOLDER / "pixels.txt", values, fmt="%.9g")


if __name__ == "__main__":
    main()
