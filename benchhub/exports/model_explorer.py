"""Node data for Model Explorer: times, shares, executors and slow-downs on the nodes of a graph.

The format is that of `model_explorer.node_data_builder` (ai-edge-model-explorer 0.1): a graph's id
and its values by node. The viewer shows one value a node and data set, and loads one data set a
file, so a run is several documents: one a case, device and figure. What its viewer does with them:

- A graph's id is its name, else the key of the signature that runs it, else `main`. A document with
  another id is shown nowhere, without a word.
- The id of a node is the operator's index as text, if the model is read by the adapter
  `builtin_tflite_flatbuffer`, the default; `builtin_tflite_mlir` counts constants as well.
- Names of output tensors are keys too, and come first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchhub.analysis.summary import CaseSummary, DeviceSummary, summarise
from benchhub.errors import UsageError
from benchhub.exports.exporter import Export, of_one
from benchhub.exports.json_text import json_text
from benchhub.exports.node_values import base_of, executors, is_fallback, node_times, slowdowns
from benchhub.exports.profiles import profiles_of
from benchhub.exports.verdict_text import one_line
from benchhub.records import NONE, GraphFacts, Run, spelled
from benchhub.records.trust import ACCELERATORS

_MAIN = "main"
_NAME = 300  # characters of a data set's name in the viewer
_FILE = 180  # characters of a file's name before its ending
_UNSAFE = re.compile(r"[^A-Za-z0-9_~@+-]+")
# What people would miss.
_LITTLE = 0.02
_FEW = 4

# Colours that tell apart without red against green; the viewer writes on them in black or white.
_ACCELERATOR, _DELEGATE, _BUILT_IN, _FALLEN = "#2166ac", "#92c5de", "#d9d9d9", "#f4a582"
_GRADIENT = ({"stop": 0, "bgColor": "#fff7ec"}, {"stop": 1, "bgColor": "#b30000"})
# Upper ends; whatever is above the last one would have no colour.
_THRESHOLDS = (
    {"value": 0.95, "bgColor": "#92c5de"},
    {"value": 1.05, "bgColor": "#f7f7f7"},
    {"value": 1.5, "bgColor": "#fddbc7"},
    {"value": 1e12, "bgColor": "#d6604d"},
)

_Values = Mapping[int, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _DataSet:
    """One figure of one case on one device.

    Attributes:
        figure: `latency_ms`, `share_pct`, `delegate` or `slowdown`.
        where: The case and the device, for people.
        file: Model and variant.
        graph: What the file says of its nodes; None if it was not read.
        values: By index of the node.
        look: How the viewer shows it.
    """

    figure: str
    where: str
    file: str
    graph: GraphFacts | None
    values: _Values
    look: Mapping[str, Any]

    @property
    def text(self) -> str:
        """The document."""
        data = {
            "results": {key: self.values[node] for node, key in self._keys().items()},
            "name": one_line(f"{self.figure}: {self.where}", _NAME),
            **self.look,
        }
        return json_text({graph_id(self.graph): data}, indent=1)

    def _keys(self) -> dict[int, str]:
        """Return the key of each node: its index, or its tensor's name if tensors have numbers."""
        names = {one.node: one.name for one in self.graph.nodes} if self.graph else {}
        seen = Counter(names.values())
        numbered = any(name.isascii() and name.isdigit() for name in seen)
        return {
            node: names[node] if numbered and seen[names.get(node, "")] == 1 else str(node)
            for node in self.values
        }


def graph_id(graph: GraphFacts | None) -> str:
    """Return what Model Explorer calls the main graph of a file."""
    return (graph.name if graph else "") or _MAIN


@of_one
def export(run: Run) -> Export:
    """Return all data sets of a run as files, and the first as text.

    Raises:
        UsageError: Nothing is known of single nodes.
    """
    profiled, notes = profiles_of(run)
    times = {(one.device, one.case.case.id) for one in profiled}
    found: list[_DataSet] = []
    told = list(notes)
    for device in summarise(run).devices:
        for case in device.cases:
            timed = (device.name, case.case.id) in times
            found += _data_sets(run, device, case, timed=timed)
            told += _untold(run, device, case) if timed else ()
    if not found:
        raise UsageError(
            f"run {run.plan.run_id} knows nothing of single operators.",
            "Ask for a profile in the suite: `measure: {profile_rounds: 1}`.",
        )
    files = _named(found)
    return Export(next(iter(files.values())), (*told, *_unnamed(found)), files)


def _data_sets(
    run: Run, device: DeviceSummary, case: CaseSummary, *, timed: bool
) -> Iterator[_DataSet]:
    graph = _graph(run, case)
    fell = ", fell back to the CPU" if case.fell_back else ""
    where = f"{case.case.id} on {device.name}{fell}"
    file = f"{case.case.variant.model}/{case.case.variant.variant}"
    if timed and (found := node_times(case, graph)).us:
        ms = {node: {"value": _rounded(us / 1000)} for node, us in found.us.items()}
        yield _DataSet("latency_ms", where, file, graph, ms, {"gradient": _GRADIENT})
        if found.total_us:
            shares = {node: 100 * us / found.total_us for node, us in found.us.items()}
            percent = {node: {"value": _rounded(share)} for node, share in shares.items()}
            yield _DataSet("share_pct", where, file, graph, percent, {"gradient": _GRADIENT})
    if case.latency and (ran := executors(case, graph)):
        labels = {node: _label(case, name) for node, name in ran.items()}
        look: Mapping[str, Any] = {"showExpandedSummaryOnGroupNode": True}
        yield _DataSet("delegate", where, file, graph, labels, look)
    base = base_of(case, device) if timed else None
    if base and (ratios := slowdowns(case, base, (graph, _graph(run, base)))):
        slower = {node: {"value": _rounded(ratio)} for node, ratio in ratios.items()}
        look = {"thresholds": _THRESHOLDS, "hideAggregatedStats": ["sum"]}
        yield _DataSet("slowdown", f"{where} against {base.case.id}", file, graph, slower, look)


def _graph(run: Run, case: CaseSummary) -> GraphFacts | None:
    facts = run.facts_of(case.case.variant)
    return facts.graph if facts else None


def _label(case: CaseSummary, executor: str) -> dict[str, str]:
    """Return who ran a node, and its colour."""
    name = spelled(executor)
    if is_fallback(case, executor):
        return {"value": f"CPU fallback ({name})", "bgColor": _FALLEN}
    if executor in ACCELERATORS:
        return {"value": name, "bgColor": _ACCELERATOR}
    asked = case.case.configuration.delegate
    if executor == NONE and asked != NONE:
        return {"value": f"{name}, not {spelled(asked)}", "bgColor": _FALLEN}
    return {"value": name, "bgColor": _BUILT_IN if executor == NONE else _DELEGATE}


def _untold(run: Run, device: DeviceSummary, case: CaseSummary) -> Iterator[str]:
    """Say what the data sets of a case with operator times do not show."""
    missing = 1 - node_times(case, _graph(run, case)).covered
    if missing > _LITTLE:
        where = f"{case.case.id} on {device.name}"
        yield f"{where}: {missing:.0%} of the operators' time is of no single node of the graph"


def _unnamed(found: Sequence[_DataSet]) -> Iterator[str]:
    """Say whose graph may be called otherwise."""
    files = dict.fromkeys(one.file for one in found if one.graph is None or not one.graph.name)
    if files:
        shown = ", ".join(list(files)[:_FEW]) + (", ..." if len(files) > _FEW else "")
        yield f"what the graph is called is not known of {shown}: taken to be '{_MAIN}'"


def _rounded(value: float) -> float:
    """Round to four digits: more than are certain, and few enough to stand on a node."""
    return float(f"{value:.4g}")


def _named(found: Sequence[_DataSet]) -> dict[str, str]:
    """Return the documents by file name: only letters, digits and marks, each name once."""
    files: dict[str, str] = {}
    taken: set[str] = set()
    for one in found:
        where = one.where.partition(" against ")[0]
        stem = _UNSAFE.sub(".", f"{where}.{one.figure}".replace(" on ", ".")).strip(".")
        stem = stem[-_FILE:].lstrip(".")
        name, number = stem, 1
        while name.lower() in taken:  # some file systems do not tell A from a
            number += 1
            name = f"{stem}.{number}"
        taken.add(name.lower())
        files[f"{name}.json"] = one.text
    return files
