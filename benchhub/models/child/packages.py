"""The optional packages: loaded in the one order that works, or said how to get."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

from benchhub.models.child.job import JobError


def tensorflow() -> Any:
    """Return TensorFlow, with random numbers that come out the same each time.

    Raises:
        JobError: It is not installed.
    """
    _demand("tensorflow", "convert")
    module = import_module("tensorflow")
    module.config.experimental.enable_op_determinism()
    return module


def quantizer() -> Any:
    """Return ai-edge-quantizer. Raises JobError if it is not installed."""
    _demand("ai_edge_quantizer", "quantize")
    return import_module("ai_edge_quantizer")


def keras_version(framework: str) -> str:
    """Return the version of `keras` or `tf_keras`."""
    try:
        return version(framework.replace("_", "-"))
    except PackageNotFoundError:
        return ""


def _demand(package: str, extra: str) -> None:
    if find_spec(package) is None:
        raise JobError("tool", f"{package} is not installed.", f"pip install 'benchhub[{extra}]'")
