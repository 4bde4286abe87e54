"""What LiteRT says of an NPU's compiler plugin and dispatch library. Pure.

Formats as printed by ai-edge-litert 2.3.0 with OpenVINO 2026.3.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Every repetition is bounded: a line may be millions of digits long.
_SELECTED = re.compile(
    r"Partitioned subgraph<(?P<graph>\d{1,9})>, selected (?P<nodes>\d{1,9}) ops?, from a total of "
    r"(?P<total>\d{1,9}) ops?\. resulted in (?P<pieces>\d{1,9}) partitions?\."
)
_APPLIED = re.compile(r"(?P<count>\d{1,9}) compiler plugins were applied successfully")
_DEVICE = re.compile(r"Dispatch: using device '(?P<device>\w{1,40})'")
_REFUSED = re.compile(r"op type (?P<code>\d{1,9}) is not supported")
# First the libraries that are missing, then what OpenVINO says behind the places in its sources.
_REASONS = (
    re.compile(r"(?P<why>[^\s\"/]{0,120}\.so[.\d]{0,20}\"?: cannot open shared object file[^\n]*)"),
    re.compile(r"Exception in compilation: (?:Exception from [^\n]*\n)*(?P<why>[^\n]+)"),
    re.compile(r"(?P<why>NPU accelerator could not be loaded and registered[^\n]*)"),
    re.compile(r"(?P<why>Failed to apply compiler plugins: [^\n]*)"),
    re.compile(r"(?P<why>Plugin errs: [^\n]*)"),
)
_MAX_REASON = 200


@dataclass(frozen=True, slots=True)
class Selection:
    """What a plugin chose in one graph.

    Attributes:
        graph: Its index.
        nodes: Nodes that it chose.
        total: Nodes of the graph.
        partitions: Pieces that they are in.
    """

    graph: int
    nodes: int
    total: int
    partitions: int


@dataclass(frozen=True, slots=True)
class NpuLines:
    """What was said.

    Attributes:
        selected: What the plugin chose, by graph.
        applied: Whether what it compiled became part of the model; None if not told.
        devices: What the dispatch library runs it on, e.g. `CPU`, each once.
        refused: Codes of TFLite's operators that the plugin does not know, each once.
        reason: Why the NPU does not run, in the runtime's words; empty if not told.
    """

    selected: tuple[Selection, ...]
    applied: bool | None
    devices: tuple[str, ...]
    refused: tuple[int, ...]
    reason: str


def read_npu_lines(stderr: str) -> NpuLines:
    """Return what was said; empty parts for what was not."""
    applied = _APPLIED.search(stderr)
    failed = "Failed to apply compiler plugins" in stderr
    return NpuLines(
        selected=tuple(
            Selection(int(one["graph"]), int(one["nodes"]), int(one["total"]), int(one["pieces"]))
            for one in _SELECTED.finditer(stderr)
        ),
        applied=False if failed else int(applied["count"]) > 0 if applied else None,
        devices=tuple(dict.fromkeys(one["device"] for one in _DEVICE.finditer(stderr))),
        refused=tuple(dict.fromkeys(int(one["code"]) for one in _REFUSED.finditer(stderr))),
        reason=next(
            (found["why"][:_MAX_REASON] for row in _REASONS if (found := row.search(stderr))), ""
        ),
    )
