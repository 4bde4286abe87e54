"""Operator times for https://www.speedscope.app: a flame graph by case, type and operator.

A profile of samples, each a stack of frames with a weight in microseconds
(https://www.speedscope.app/file-format-schema.json). The samples are operators in the order of
execution, their weight the mean time of one inference: a drawing of means, not a recording.
"""

from __future__ import annotations

from typing import Any

from benchhub.analysis.attribution import attribute
from benchhub.errors import UsageError
from benchhub.exports.exporter import Export, of_one
from benchhub.exports.json_text import json_text
from benchhub.exports.profiles import Profiled, profiles_of
from benchhub.exports.verdict_text import one_line
from benchhub.records import NONE, NodeCost, OpTime, Run, VariantFacts, spelled

SCHEMA = "https://www.speedscope.app/file-format-schema.json"
_NAME = 300  # characters of a name; operators are told apart by their node as well


@of_one
def export(run: Run) -> Export:
    """Return the document as JSON; the notes tell which cases have no operators.

    Raises:
        UsageError: No case has any: speedscope opens no empty file.
    """
    found, notes = profiles_of(run)
    if not found:
        raise UsageError(
            f"run {run.plan.run_id} has no operator times.",
            "Ask for a profile in the suite: `measure: {profile_rounds: 1}`.",
        )
    frames: dict[str, int] = {}
    profiles = [_profile(one, run.facts_of(one.case.case.variant), frames) for one in found]
    document = {
        "$schema": SCHEMA,
        "shared": {"frames": [{"name": name} for name in frames]},
        "profiles": profiles,
        "name": one_line(f"{run.plan.suite} {run.plan.run_id}", _NAME),
        "activeProfileIndex": 0,
        "exporter": f"benchhub {run.plan.benchhub_version}",
    }
    return Export(json_text(document), notes)


def _profile(one: Profiled, facts: VariantFacts | None, frames: dict[str, int]) -> dict[str, Any]:
    rows = sorted(one.main, key=lambda row: row.op.order)
    graph = facts.graph.nodes if facts and facts.graph else ()
    nodes = attribute([row.op for row in rows], graph)
    stacks = [_stack(one, row.op, nodes.get(row.op.order)) for row in rows]
    weights = [row.mean_us for row in rows]
    return {
        "type": "sampled",
        "name": one_line(f"{one.name}: mean operator times of one inference", _NAME),
        "unit": "microseconds",
        "startValue": 0,
        "endValue": sum(weights),
        "samples": [[_frame(name, frames) for name in stack] for stack in stacks],
        "weights": weights,
    }


def _stack(one: Profiled, op: OpTime, node: NodeCost | None) -> tuple[str, str, str]:
    """Name the case, the type of the operator, and the operator: no two of a case are the same."""
    index = op.node if node is None else node.node
    where = f"step {op.order}" if index is None else f"node {index}"
    # Fused operators have several names, the output's first.
    tensor = (op.name or (node.name if node else "")).partition(";")[0]
    name = one_line(tensor or op.kernel, _NAME)
    return one.name, op.op, f"{name}, {where}, {spelled(op.delegate or NONE)}"


def _frame(name: str, frames: dict[str, int]) -> int:
    return frames.setdefault(one_line(name, 2 * _NAME), len(frames))
