"""How cases and kernels are called in a report, and where in the page they are found."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from benchhub.analysis.summary import CaseSummary, RunSummary
from benchhub.records import DEFAULT_TOOL, Case, Configuration, Placement, Status
from benchhub.reports.numbers import MISSING

NO_DELEGATE = "none"


def kernels(applied: str | None) -> str:
    """Name what executed nodes: a delegate, or the built-in kernels."""
    if applied is None:
        return "unknown kernels"
    return "built-in kernels" if applied == NO_DELEGATE else applied


def configuration(case: Case) -> str:
    """Name variant and configuration, e.g. `int8 xnnpack t4`, `int8 cpu t4 on big CPUs`."""
    chosen = case.configuration
    return f"{case.variant.variant} {chosen.name} t{chosen.threads}{affinity(chosen)}"


def affinity(chosen: Configuration) -> str:
    """Say which CPUs a configuration is kept on, unless its name or nothing says so."""
    cpus = chosen.affinity
    if not cpus or chosen.name.endswith(f"-{cpus.replace(',', '+')}"):
        return ""
    return f" on {cpus} CPUs" if cpus.isalpha() else f" on CPUs {cpus}"


def ran_as(case: CaseSummary) -> str:
    """Name variant and what really ran: a fallback is never called by the delegate's name."""
    if case.status is not Status.FALLBACK:
        return configuration(case.case)
    applied = case.placement.applied if case.placement else None
    chosen = case.case.configuration
    cpus = affinity(chosen)
    return f"{case.case.variant.variant} {kernels(applied)} t{chosen.threads}{cpus}"


def full(case: Case) -> str:
    """Name a case in a sentence, with its model, and its tool unless it is the usual one."""
    text = f"{case.variant.model} {configuration(case)}"
    return text if case.tool == DEFAULT_TOOL else f"{text} ({case.tool})"


def placement(what: Placement | None) -> str:
    """Say what ran where, e.g. `65/66 xnnpack, 2 partitions`; one partition goes without saying."""
    if what is None or what.applied is None:
        return MISSING
    if what.applied == NO_DELEGATE:
        return kernels(what.applied)
    if what.nodes_delegated is None or what.nodes_total is None:
        return what.applied
    text = f"{what.nodes_delegated}/{what.nodes_total} {what.applied}"
    several = what.partitions is not None and what.partitions > 1
    return f"{text}, {what.partitions} partitions" if several else text


def is_partial(what: Placement | None) -> bool:
    """Tell whether a delegate ran some nodes and left others."""
    return bool(
        what
        and what.nodes_delegated
        and what.nodes_total is not None
        and what.nodes_delegated < what.nodes_total
    )


def slug(text: str) -> str:
    """Return text as a part of an HTML id."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def anchors(summary: RunSummary) -> Mapping[tuple[str, str], str]:
    """Return a unique HTML id for each device and case id, the same for the same plan."""
    found: dict[tuple[str, str], str] = {}
    taken: set[str] = set()
    for device in summary.devices:
        for case in device.cases:
            base = name = f"case-{slug(f'{device.name} {case.case.id}')}"
            number = 2
            while name in taken:
                name = f"{base}-{number}"
                number += 1
            taken.add(name)
            found[device.name, case.case.id] = name
    return found


def listed(names: Sequence[str]) -> str:
    """Write names as in a sentence: `a, b and c`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
