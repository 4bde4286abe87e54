"""The optional packages: loaded, or said how to get."""

from __future__ import annotations

import os
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from benchhub.models.child.job import JobError
from benchhub.models.child.telling import first_line


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
        return import_module(module)
    except ImportError as error:  # half an installation, or versions that do not go together
        raise JobError(
            "tool", f"{name} is installed and cannot be imported: {first_line(error)}", advice
        ) from error


def tool(package: str) -> str:
    """Return a package and its version, e.g. `tensorflow 2.21.0`."""
    return f"{package} {version(package)}"
