"""Recorded operator profiles and the graphs they are of; see tests/recorded/profiles."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from benchhub.records import NodeCost, OpTime

FOLDER = Path(__file__).parents[2] / "recorded" / "profiles"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


@dataclass(frozen=True)
class RecordedProfile:
    nodes: tuple[NodeCost, ...]
    ops: tuple[OpTime, ...]


def recorded_profile(name: str) -> RecordedProfile:
    document = json.loads((FOLDER / f"{name}.json").read_text())
    nodes = tuple(
        NodeCost(node, op, f"{op}:{node}", macs, moved, dtype)
        for node, op, macs, moved, dtype in document["nodes"]
    )
    ops = tuple(
        OpTime(order, op, kernel, "", node, 0, delegate, mean_us, None, None, None, 1.0)
        for order, op, kernel, node, delegate, mean_us in document["ops"]
    )
    return RecordedProfile(nodes, ops)
