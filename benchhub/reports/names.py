"""How cases and kernels are called in a report, and where in the page they are found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from benchhub.analysis.summary import CaseSummary, RunSummary
from benchhub.records import CPU, DEFAULT_TOOL, NONE, Case, Configuration, Placement, Plan, spelled
from benchhub.reports.numbers import MISSING

# What has no article in a sentence.
_NAMES = ("xnnpack", "nnapi", "hexagon", "coreml", NONE)


def kernels(applied: str | None) -> str:
    """Name what executed nodes: a delegate, the built-in kernels, or the CPU at large."""
    return "unknown kernels" if applied is None else spelled(applied)


def the(applied: str | None) -> str:
    """Name it in a sentence: `the GPU`, `XNNPACK`, `built-in kernels`."""
    article = applied is not None and "+" not in applied and applied not in _NAMES
    return f"the {kernels(applied)}" if article else kernels(applied)


def configuration(case: Case) -> str:
    """Name variant and configuration, e.g. `int8 xnnpack t4`, `int8 cpu t4 on big CPUs`.

    A side of a comparison says which: `int8 xnnpack t4 (baseline)`.
    """
    chosen = case.configuration
    return f"{case.variant.variant} {chosen.name} t{chosen.threads}{affinity(chosen)}{_side(case)}"


def identity(case: Case) -> str:
    """Name a case by its id: `mobilenet_v2/int8/xnnpack/t4 (baseline)`."""
    return f"{case.pair_id}{_side(case)}"


def _side(case: Case) -> str:
    return f" ({case.side})" if case.side else ""


def affinity(chosen: Configuration) -> str:
    """Say which CPUs a configuration is kept on, unless its name or nothing says so."""
    cpus = chosen.affinity
    if not cpus or chosen.name.endswith(f"-{cpus.replace(',', '+')}"):
        return ""
    return f" on {cpus} CPUs" if cpus.isalpha() else f" on CPUs {cpus}"


def ran_as(case: CaseSummary) -> str:
    """Name variant and what really ran: a fallback is never called by the delegate's name."""
    if not case.fell_back:
        return configuration(case.case)
    applied = case.placement.applied if case.placement else None
    chosen = case.case.configuration
    cpus = affinity(chosen)
    ran = f"{case.case.variant.variant} {kernels(applied)} t{chosen.threads}{cpus}"
    return f"{ran}{_side(case.case)}"


def full(case: Case) -> str:
    """Name a case in a sentence, with its model, and its tool unless it is the usual one."""
    text = f"{case.variant.model} {configuration(case)}"
    return text if case.tool == DEFAULT_TOOL else f"{text} ({case.tool})"


def placement(what: Placement | None) -> str:
    """Say what ran where, e.g. `65/66 XNNPACK, 2 partitions`; one partition goes without saying."""
    if what is None or what.applied is None:
        return MISSING
    name = kernels(what.applied)
    if what.applied in (NONE, CPU):
        return name
    several = what.partitions is not None and what.partitions > 1
    pieces = f", {what.partitions} partitions" if several else ""
    # Counted are the nodes of the delegate that was asked for, which is another one if it has none.
    if not what.nodes_delegated or what.nodes_total is None:
        return f"{name}{pieces}"
    return f"{what.nodes_delegated}/{what.nodes_total} {name}{pieces}"


def slug(text: str) -> str:
    """Return text as a part of an HTML id."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def anchors(summary: RunSummary) -> Mapping[tuple[str, str], str]:
    """Return a unique HTML id for each device and case id, the same for the same plan."""
    pairs = [(device.name, case.case.id) for device in summary.devices for case in device.cases]
    return unique("case", pairs)


def variant_anchors(plan: Plan) -> Mapping[tuple[str, str], str]:
    """Return a unique HTML id for each model and variant of a plan."""
    return unique("variant", [(one.variant.model, one.variant.variant) for one in plan.cases])


def unique(kind: str, pairs: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
    """Return a unique HTML id, `kind` first, for each pair; the same for the same pairs."""
    found: dict[tuple[str, str], str] = {}
    taken: set[str] = set()
    for pair in dict.fromkeys(pairs):
        base = name = f"{kind}-{slug(' '.join(pair))}"
        number = 2
        while name in taken:
            name = f"{base}-{number}"
            number += 1
        taken.add(name)
        found[pair] = name
    return found


def listed(names: Sequence[str]) -> str:
    """Write names as in a sentence: `a, b and c`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
