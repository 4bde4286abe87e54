"""The optional packages: loaded, or said how to get."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from benchhub.models.child.job import JobError
from benchhub.models.child.telling import first_line

# What packages load when they start, and can do without. TensorFlow loads Keras, which takes as
# long as itself: who needs Keras loads it, and `tf.keras` does when it is touched. Keras loads
# others for plots and wrappers, which are no part of a network.
_KERAS = ("keras.src",)
_SPARED = {"keras": ("matplotlib", "sklearn")}


def tensorflow() -> Any:
    """Return TensorFlow, told to compute the same each time.

    Keras 3 is told to use it: a user's KERAS_BACKEND is about other programs.

    Raises:
        JobError: It is not installed, or cannot be imported.
    """
    os.environ["KERAS_BACKEND"] = "tensorflow"
    module = load("tensorflow", "convert")
    module.config.experimental.enable_op_determinism()
    return module


def quantizer() -> Any:
    """Return ai-edge-quantizer, which needs no TensorFlow.

    Raises:
        JobError: It is not installed, or cannot be imported.
    """
    return load("ai_edge_quantizer", "quantize")


def load(module: str, extra: str) -> Any:
    """Return an optional package.

    Args:
        module: Its name for `import`.
        extra: The extra of benchhub that has it.

    Raises:
        JobError: It is not installed, or cannot be imported.
    """
    package = module.partition(".")[0]
    name, advice = package.replace("_", "-"), f"pip install 'benchhub[{extra}]'"
    if find_spec(package) is None:
        raise JobError("tool", f"{name} is not installed, which making this variant needs.", advice)
    try:
        with _without(_SPARED.get(package, _KERAS)):
            return import_module(module)
    except ImportError as error:  # half an installation, or versions that do not go together
        raise JobError(
            "tool", f"{name} is installed and cannot be imported: {first_line(error)}", advice
        ) from error


def loaded(module: str) -> Any:
    """Return a package if something has loaded it; else None."""
    return sys.modules.get(module)


@contextmanager
def _without(modules: tuple[str, ...]) -> Iterator[None]:
    """Make modules that are not loaded yet look as if they were not installed."""
    hidden: dict[str, Any] = {name: None for name in modules if name not in sys.modules}
    sys.modules.update(hidden)
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def tool(package: str) -> str:
    """Return a package and its version, e.g. `tensorflow 2.21.0`."""
    return f"{package} {version(package)}"
