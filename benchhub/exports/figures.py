"""Which cases of a run have a figure that can be handed on, and why the others have none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from benchhub.analysis.statistics import Estimate
from benchhub.analysis.summary import CaseSummary, summarise
from benchhub.records import Invocation, Latency, Run


@dataclass(frozen=True, slots=True)
class Figure:
    """One case on one device whose figure is trusted and its own.

    Attributes:
        device: Name of the device.
        case: The case.
        latency: Geometric mean over its processes, with its 95 % interval if there are several.
        processes: Figures of the processes that count, in the order of the rounds.
        exit_codes: How each of them ended; None where it is not known.
    """

    device: str
    case: CaseSummary
    latency: Estimate
    processes: tuple[Latency, ...]
    exit_codes: tuple[int | None, ...] = ()

    @property
    def name(self) -> str:
        """What tells it from all others of the run: `mobilenet_v2/int8/xnnpack/t4 on pi4`."""
        return f"{self.case.case.id} on {self.device}"

    @property
    def axes(self) -> dict[str, str]:
        """What was measured, by the name of the axis; `side` only where a run compares two."""
        case = self.case.case
        return {
            "device": self.device,
            "model": case.variant.model,
            "variant": case.variant.variant,
            "configuration": case.configuration.name,
            "delegate": case.configuration.delegate,
            "threads": str(case.configuration.threads),
            "tool": case.tool,
            **({"side": str(case.side)} if case.side else {}),
        }


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A case without such a figure, and why."""

    device: str
    case_id: str
    why: str

    @property
    def note(self) -> str:
        """The same as a sentence."""
        return f"left out: {self.case_id} on {self.device}: {self.why}"


def figures_of(run: Run) -> tuple[tuple[Figure, ...], tuple[LeftOut, ...]]:
    """Return the figures of a run, and the cases that have none, in the order of the plan."""
    found: list[Figure] = []
    left_out: list[LeftOut] = []
    for device in summarise(run).devices:
        for case in device.cases:
            measured = _measured(case)
            why = _untrusted(case, measured)
            if why or case.latency is None or not math.isfinite(case.latency.value_us):
                left_out.append(LeftOut(device.name, case.case.id, why or "it has no figure"))
            else:
                codes = tuple(one.returncode for one in case.counted if _figure(one))
                found.append(Figure(device.name, case, case.latency, measured, codes))
    return tuple(found), tuple(left_out)


def _measured(case: CaseSummary) -> tuple[Latency, ...]:
    """Return the figures of the processes that count."""
    return tuple(figure for one in case.counted if (figure := _figure(one)))


def _figure(one: Invocation) -> Latency | None:
    figure = one.reading.latency
    return figure if figure and math.isfinite(figure.value_us) and figure.value_us > 0 else None


def _untrusted(case: CaseSummary, measured: Sequence[Latency]) -> str:
    """Say why a case has no figure that can be handed on; empty if it has one."""
    if case.failures and not measured:
        return case.failures[0].message
    if not measured:
        return "it has no figure"
    if not case.stands:
        return f"it is {case.status}"
    return "" if case.is_its_own else "nothing tells that its delegate ran"
