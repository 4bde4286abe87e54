"""Reads the operator profile as `BenchmarkProfilingData`: the best source, with each op's spread.

Source: tflite/profiling/proto/profiling_info.proto, by the class that the wheel ships.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from benchhub.records import Profile
from benchhub.tools.benchmark_model.op_rows import ProfileError, Row, op_time, profile_of

SOURCE = "proto"
MOST_BYTES = 64 << 20
MOST_ROWS = 500_000


def read_op_proto(data: bytes) -> Profile:
    """Read the part about the runs.

    Raises:
        ProfileError: The bytes are no such profile, it is empty, or its figures are impossible.
    """
    if len(data) > MOST_BYTES:
        raise ProfileError(f"it has more than {MOST_BYTES} bytes")
    from google.protobuf.message import DecodeError  # noqa: PLC0415 - only where a file is read

    try:
        runtime = _classes().BenchmarkProfilingData.FromString(data).runtime_profile
        graphs = [
            (int(graph.subgraph_index), list(graph.per_op_profiles))
            for graph in runtime.subgraph_profiles
        ]
        n = _inferences(graphs)
        rows = list(_rows(graphs, n))
    except (DecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"it is no operator profile: {error}") from error
    ops = tuple(op_time(row, order) for order, row in enumerate(rows))
    return profile_of(ops, n, SOURCE)


def _inferences(graphs: list[tuple[int, list[Any]]]) -> int:
    """Return how many inferences were profiled: a node of the main graph has a call in each."""
    if sum(len(ops) for _, ops in graphs) > MOST_ROWS:
        raise ProfileError(f"it has more than {MOST_ROWS} rows")
    if not graphs:
        raise ProfileError("it has no operators")
    _, main = min(graphs, key=lambda graph: graph[0])
    counts = [
        op.inference_microseconds.count // op.times_called for op in main if op.times_called > 0
    ]
    n = max(counts, default=0)
    if n < 1:
        raise ProfileError("it does not tell the number of inferences")
    return n


def _rows(graphs: list[tuple[int, list[Any]]], n: int) -> Iterator[Row]:
    for index, ops in graphs:
        for op in sorted(ops, key=lambda op: int(op.run_order)):
            stat = op.inference_microseconds
            # The spread is one of calls: it is that of inferences only if each has one call.
            once = stat.count == n
            std = float(stat.stddev)
            yield Row(
                type=_text(op.node_type),
                name=_text(op.name),
                subgraph=index,
                mean_us=stat.sum / n,
                calls=stat.count / n,
                min_us=_spread(stat.min) if once else None,
                max_us=_spread(stat.max) if once else None,
                std_us=_spread(std) if once and n > 1 else None,
            )


def _text(value: str | bytes) -> str:
    """Return a string; the classes give one that is no UTF-8 as bytes."""
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def _spread(value: float) -> float | None:
    return float(value) if math.isfinite(value) and value >= 0 else None


@cache
def _classes() -> ModuleType:
    """Load the module of the classes from its file.

    Importing it by its name would import the package, which loads the LiteRT library.

    Raises:
        ProfileError: The wheel has no such module.
    """
    package = importlib.util.find_spec("ai_edge_litert")
    folders = list(package.submodule_search_locations or ()) if package else []
    path = Path(folders[0]) / "profiling_info_pb2.py" if folders else None
    if path is None or not path.is_file():
        raise ProfileError("the ai-edge-litert wheel has no profiling_info_pb2")
    spec = importlib.util.spec_from_file_location("benchhub_profiling_info_pb2", path)
    if spec is None or spec.loader is None:
        raise ProfileError(f"{path.name} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
