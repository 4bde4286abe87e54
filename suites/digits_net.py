"""The network and the data of digits.yaml: a small CNN that reads handwritten digits.

The data are scikit-learn's: 1797 images of 8 x 8 pixels, from UCI's Optical Recognition of
Handwritten Digits. They ship in its wheel, so nothing is downloaded. `python digits_net.py` trains
the network and prints how good it is.

TensorFlow is imported only where a network is built: the functions that return data are also
called by jobs that need none.
"""

import numpy as np
from sklearn.datasets import load_digits

CLASSES = 10
SEED = 0
EPOCHS = 20
BATCH_SIZE = 32
LEARNING_RATE = 2e-3
# The first part is learned from; the rest, 540 images, is what the variants are judged on.
TRAINING_IMAGES = 1257
CALIBRATION_IMAGES = 200


def _digits() -> tuple[np.ndarray, np.ndarray]:
    """Return all images as (1797, 8, 8, 1), scaled to 0..1, and the digits that they show."""
    digits = load_digits()
    # They are in the order of their writers. Mixed, both parts have images of all of them.
    order = np.random.default_rng(SEED).permutation(len(digits.images))
    images = (digits.images[order, ..., np.newaxis] / 16).astype(np.float32)
    return images, digits.target[order]


def train() -> tuple[np.ndarray, np.ndarray]:
    """Return (images, digits) to learn from: `training` in the suite."""
    images, digits = _digits()
    return images[:TRAINING_IMAGES], digits[:TRAINING_IMAGES]


def test() -> tuple[np.ndarray, np.ndarray]:
    """Return (images, digits) that no training has seen: `accuracy` in the suite."""
    images, digits = _digits()
    return images[TRAINING_IMAGES:], digits[TRAINING_IMAGES:]


def calibration() -> np.ndarray:
    """Return images that show the ranges of activations: `representative` in the suite.

    They are from the training part: a model must not be calibrated on what it is judged on.
    """
    images, _ = train()
    return images[:CALIBRATION_IMAGES]


def network():
    """Return the untrained network.

    It is one of tf_keras: the toolkit that makes the qat, pruned and clustered variants takes no
    models of Keras 3.
    """
    from tf_keras import Sequential, layers

    return Sequential(
        [
            layers.Input((8, 8, 1), name="image"),
            layers.Conv2D(48, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(96, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(CLASSES, activation="softmax", name="digit"),
        ],
        name="digits",
    )


def trained():
    """Return the trained network: `source` in the suite. It is the same each time."""
    import tensorflow as tf
    import tf_keras

    tf_keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    model = network()
    model.compile(tf_keras.optimizers.Adam(LEARNING_RATE), "sparse_categorical_crossentropy")
    images, digits = train()
    model.fit(images, digits, batch_size=BATCH_SIZE, epochs=EPOCHS, verbose=0)
    return model


if __name__ == "__main__":
    pictures, digits = test()
    right = trained().predict(pictures, verbose=0).argmax(axis=1) == digits
    print(f"{right.mean():.4f} of {len(digits)} test images are read correctly")
