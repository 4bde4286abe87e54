"""Reads the JSON of the ai-edge-litert wheel's own tool, `benchmark_litert_model.py --result_json`.

    {"model": "m.tflite", "accelerators": ["NPU", "CPU"], "signature": "serving_default",
     "fully_accelerated": true, "num_threads": 1,
     "latency": {"init_ms": 2.41, "warmup_first_ms": 0.5, "warmup_avg_ms": 0.3,
                 "num_warmup_runs": 5, "avg_ms": 0.25, "min_ms": 0.24, "max_ms": 0.4,
                 "median_ms": 0.25, "std_ms": 0.02, "p5_ms": 0.24, "p95_ms": 0.3,
                 "num_runs": 50}, ...}

Every time is rounded to 0.01 ms. `fully_accelerated` is also true where the CPU ran everything,
and on a GPU the tool does not wait for the result of an inference. Source: the tool in the wheel
2.3.0, and its runs.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from benchhub.errors import ToolError
from benchhub.records import Failure, Finding, Latency, Placement, Reading, Severity, Warmup
from benchhub.tools.benchmark_litert_model.placement import silent
from benchhub.tools.benchmark_model.timings import check_zero

SOURCE = "wheel tool's JSON, to 10 us"
MOST_BYTES = 1 << 20
_US_PER_MS = 1000.0
_MOST_MS = 1e12
_ROUNDED_US = 10.001
_ALONE = "Run the tool with --require_full_delegation, which leaves nothing to the CPU."
# The tool takes the first of these that was asked for and leaves the rest to the CPU.
_WORDS = {"NPU": "npu", "GPU": "gpu", "CPU": "xnnpack"}


class _WrongError(ValueError):
    """The document is not one of the tool; the message says why."""


def is_wheel_json(document: object) -> bool:
    """Tell whether a parsed JSON document looks like one of the tool."""
    return (
        isinstance(document, dict)
        and isinstance(document.get("latency"), dict)
        and isinstance(document.get("accelerators"), list)
    )


def read_wheel_json(data: bytes, requested: str | None = None) -> Reading:
    """Return what the document says. Never raises: what is no such document is a failure.

    Args:
        data: Content of the file.
        requested: Delegate that the case asks for; None takes the tool's first accelerator.
    """
    try:
        document = _document(data)
        latency, warmup = _latency(document["latency"]), _warmup(document["latency"])
        init_us = _time_us(document["latency"], "init_ms")
        first_us = _time_us(document["latency"], "warmup_first_ms")
        accelerators = _accelerators(document)
    except _WrongError as error:
        message = f"this is no JSON of the wheel's benchmark_litert_model.py: {error}."
        advice = "It is what its --result_json writes."
        return Reading(failure=Failure("no_result", message, advice, ToolError.exit_code))
    placement = _placement(document, accelerators, requested)
    found = (
        check_zero(latency),
        _check(latency),
        _check_gpu(accelerators),
        _check_request(accelerators, placement),
        silent(placement, _ALONE),
    )
    return Reading(
        latency=latency,
        warmup=warmup,
        init_us=init_us,
        first_inference_us=first_us if warmup else None,
        placement=placement,
        findings=tuple(finding for finding in found if finding is not None),
    )


def _document(data: bytes) -> dict[str, Any]:
    if len(data) > MOST_BYTES:
        raise _WrongError(f"it has more than {MOST_BYTES} bytes")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _WrongError("it cannot be parsed") from error
    if not is_wheel_json(document):
        raise _WrongError("it has no `latency` or no `accelerators`")
    return dict(document)


def _number(values: Mapping[str, Any], name: str) -> float | None:
    """Return a number that is finite and not negative; None if there is none of that name."""
    value = values.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _WrongError(f"`{name}` is no number")
    if not 0 <= value <= _MOST_MS or not math.isfinite(value):
        raise _WrongError(f"`{name}` is impossible")
    return float(value)


def _time_us(values: Mapping[str, Any], name: str) -> float | None:
    milliseconds = _number(values, name)
    return None if milliseconds is None else float(f"{milliseconds * _US_PER_MS:.12g}")


def _count(values: Mapping[str, Any], name: str) -> int:
    number = _number(values, name)
    if number is None or not number.is_integer():
        raise _WrongError(f"`{name}` is no count")
    return int(number)


def _latency(values: Mapping[str, Any]) -> Latency:
    n = _count(values, "num_runs")
    mean, low, high = (_time_us(values, name) for name in ("avg_ms", "min_ms", "max_ms"))
    if n < 1 or mean is None or low is None or high is None:
        raise _WrongError("it tells no inference")
    return Latency(
        n=n,
        mean_us=mean,
        median_us=_time_us(values, "median_ms"),
        min_us=low,
        max_us=high,
        std_us=_time_us(values, "std_ms") if n > 1 else None,
        p5_us=_time_us(values, "p5_ms"),
        p95_us=_time_us(values, "p95_ms"),
        samples_us=(),
        source=SOURCE,
    )


def _warmup(values: Mapping[str, Any]) -> Warmup | None:
    n = _count(values, "num_warmup_runs") if "num_warmup_runs" in values else 0
    mean = _time_us(values, "warmup_avg_ms")
    return Warmup(n, mean) if n and mean is not None else None


def _accelerators(document: Mapping[str, Any]) -> tuple[str, ...]:
    names = document["accelerators"]
    if not names or not all(isinstance(name, str) and name in _WORDS for name in names):
        raise _WrongError(f"`accelerators` are not some of {', '.join(_WORDS)}")
    return tuple(_WORDS[name] for name in _WORDS if name in names)


def _placement(
    document: Mapping[str, Any], accelerators: tuple[str, ...], requested: str | None
) -> Placement:
    """Tell what ran: only an accelerator that had no other beside it is sure to have run."""
    full = document.get("fully_accelerated")
    asked = requested or accelerators[0]
    told = f"accelerators {', '.join(accelerators)}, fully accelerated: {full}"
    alone = accelerators[0] if len(accelerators) == 1 else None
    if alone in (None, "xnnpack") or full is not True:
        return Placement(asked, None, None, None, None, told)
    return Placement(asked, alone, None, None, None, told)


def _check(latency: Latency) -> Finding | None:
    middle = latency.mean_us if latency.median_us is None else latency.median_us
    inside = all(
        latency.min_us - _ROUNDED_US <= value <= latency.max_us + _ROUNDED_US
        for value in (latency.mean_us, middle)
    )
    if inside:
        return None
    return Finding(
        "check.stat_line",
        Severity.SILENT,
        "The figures of the result contradict each other.",
        "Do not use them; keep the file for a bug report.",
        f"mean {latency.mean_us:g}, median {middle:g} us from {latency.min_us:g} to "
        f"{latency.max_us:g}",
    )


def _check_gpu(accelerators: tuple[str, ...]) -> Finding | None:
    if "gpu" not in accelerators:
        return None
    return Finding(
        "check.gpu_async",
        Severity.SILENT,
        "The wheel's tool does not wait for the GPU: its times can be those of handing over.",
        "Measure with benchhub's tool litert, which waits for the result.",
        "GPU among the accelerators",
    )


def _check_request(accelerators: tuple[str, ...], placement: Placement) -> Finding | None:
    requested = placement.requested
    if requested in accelerators or (requested == "none" and "xnnpack" in accelerators):
        return None
    return Finding(
        "check.placement",
        Severity.SILENT,
        f"The case asks for {requested}, the tool was run with {', '.join(accelerators)}.",
        "Import it under a case of what was run.",
        placement.source,
    )
