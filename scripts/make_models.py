#!/usr/bin/env python3
"""Make the two small models of suites/quickstart.yaml: MobileNetV2 0.35 at 96 px with 100 classes.

    python3 -m venv tf && tf/bin/pip install tensorflow==2.21.0
    tf/bin/python scripts/make_models.py

Weights are untrained, from a fixed seed; the batch normalisations have seen seeded noise, so that
activations have a sane range and the int8 scales are not degenerate. Speed does not depend on
what a network has learned.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import numpy as np
import tensorflow as tf

SEED = 20
PIXELS = 96
CLASSES = 100
DEFAULT_FOLDER = Path(__file__).parent.parent / "suites" / "models"


def noise(batches: int, size: int) -> Iterator[np.ndarray]:
    """Yield image batches of smooth seeded noise in [-1, 1], shape (size, 96, 96, 3)."""
    rng = np.random.default_rng(SEED)
    for _ in range(batches):
        coarse = rng.uniform(-1, 1, (size, 12, 12, 3)).astype(np.float32)
        yield tf.image.resize(coarse, (PIXELS, PIXELS)).numpy()


def mobilenet_v2() -> tf.keras.Model:
    """Return the network with calibrated batch normalisation."""
    tf.keras.utils.set_random_seed(SEED)
    model = tf.keras.applications.MobileNetV2(
        weights=None, input_shape=(PIXELS, PIXELS, 3), alpha=0.35, classes=CLASSES
    )
    for layer in model.layers:
        if isinstance(layer, tf.keras.layers.BatchNormalization):
            layer.momentum = 0.5
    for images in noise(batches=12, size=16):
        model(images, training=True)
    return model


def convert(model: tf.keras.Model, *, int8: bool) -> bytes:
    """Return the model as a .tflite file: float32, or full integer with int8 input and output."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if int8:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([images] for images in noise(32, 1))
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.int8
        converter.inference_output_type = tf.int8
    return converter.convert()


def main() -> None:
    """Write both files into the folder named on the command line, or suites/models."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    model = mobilenet_v2()
    for variant in ("float32", "int8"):
        path = folder / f"mobilenet_v2_035_96_{variant}.tflite"
        path.write_bytes(convert(model, int8=variant == "int8"))
        print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
