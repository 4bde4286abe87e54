"""One measurement, from the model file to the result document."""

from __future__ import annotations

import gc
import platform

from .capi import status_text
from .failure import MeasureError
from .model_file import read_model
from .native import measure_native
from .options import Options
from .timing import RunFailedError
from .wheel import find_wheel

FORMAT = 1


def measure(options: Options) -> dict[str, object]:
    """Measure once and return the result document.

    Raises:
        MeasureError: There are no figures to report.
    """
    wheel = find_wheel()
    model = read_model(options.graph)
    signature = model.signature(options.signature)
    gc.disable()
    try:
        if wheel.verified and options.delegate != "external":
            measured = measure_native(options, wheel, model, signature)
        else:
            from .interpreter import measure_public  # noqa: PLC0415 - loads numpy

            measured = measure_public(options, model, signature)
    except RunFailedError as error:
        raise MeasureError(
            "exit",
            f"inference {error.done + 1} failed: {status_text(error.status)}.",
            "Integer inputs may need a range of values that the model can take; an output whose "
            "size depends on the data cannot be measured.",
        ) from error
    return {
        "format": FORMAT,
        "wheel": wheel.version,
        "verified": wheel.verified,
        "python": platform.python_version(),
        "signature": signature.key,
        "signatures": [one.key for one in model.signatures],
        "subgraph": signature.subgraph,
        "nodes": len(model.subgraphs[signature.subgraph].nodes),
        **measured,
    }
