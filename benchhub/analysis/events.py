"""What else changed from one run to the next: another model file, tool, system or protocol.

A change of the figures that begins where one of these changed has its explanation beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from benchhub.analysis.past_points import Point
from benchhub.records import Case, DeviceFacts, ToolIdentity
from benchhub.results.past import PastRun

DIGITS = 8


class EventKind(StrEnum):
    """What changed."""

    MODEL = "model"
    CANARY = "canary"
    TOOL = "tool"
    DEVICE = "device"
    PROTOCOL = "protocol"


@dataclass(frozen=True, slots=True)
class Event:
    """A change that the figures of a series do not tell.

    Attributes:
        run_id: First run with it.
        kind: What changed.
        text: One line for people.
    """

    run_id: str
    kind: EventKind
    text: str


def events_of(
    device: str,
    case_id: str,
    canary: str | None,
    points: Sequence[Point],
    runs: Sequence[PastRun],
) -> tuple[Event, ...]:
    """Return what changed between the runs of a series, oldest first."""
    ids = {point.run_id for point in points}
    mine = [run for run in runs if run.plan.run_id in ids]
    return tuple(
        Event(after.plan.run_id, kind, text)
        for before, after in pairwise(mine)
        for kind, text in _between(before, after, device, case_id, canary)
    )


def _between(
    before: PastRun, after: PastRun, device: str, case_id: str, canary: str | None
) -> Iterator[tuple[EventKind, str]]:
    was, now = _case(before, case_id), _case(after, case_id)
    if was and now:
        yield from _of_case(was, now)
        tools = [_tool(run, device, now.tool) for run in (before, after)]
        if tools[0] and tools[1]:
            yield from _of_tool(tools[0], tools[1])
    if canary not in (None, case_id):
        was, now = (_case(run, str(canary)) for run in (before, after))
        if was and now and _differ(was.variant.sha256, now.variant.sha256):
            yield EventKind.CANARY, f"the canary is another file: {_files(was, now)}"
    facts = [_facts(run, device) for run in (before, after)]
    if facts[0] and facts[1]:
        yield from _of_device(facts[0], facts[1])
    if before.plan.measure != after.plan.measure or before.plan.conditions != after.plan.conditions:
        yield EventKind.PROTOCOL, "`measure` or `conditions` of the suite changed"


def _of_case(was: Case, now: Case) -> Iterator[tuple[EventKind, str]]:
    if _differ(was.variant.sha256, now.variant.sha256):
        yield EventKind.MODEL, f"the model is another file: {_files(was, now)}"
    if was.configuration != now.configuration or was.variant.inputs != now.variant.inputs:
        yield EventKind.PROTOCOL, "its configuration or inputs changed in the suite"


def _of_tool(was: ToolIdentity, now: ToolIdentity) -> Iterator[tuple[EventKind, str]]:
    if was.version != now.version:
        yield EventKind.TOOL, f"{now.name} {was.version or '?'} -> {now.version or '?'}"
    elif _differ(was.sha256, now.sha256):
        digests = f"{was.sha256[:DIGITS]} -> {now.sha256[:DIGITS]}"
        yield EventKind.TOOL, f"another build of {now.name}: {digests}"


def _of_device(was: DeviceFacts, now: DeviceFacts) -> Iterator[tuple[EventKind, str]]:
    for name, old, new in (
        ("system", was.fingerprint or was.os, now.fingerprint or now.os),
        ("kernel", was.kernel, now.kernel),
        ("governor", ", ".join(was.governors), ", ".join(now.governors)),
        ("largest frequency, kHz", was.max_khz, now.max_khz),
    ):
        if old and new and old != new:
            yield EventKind.DEVICE, f"{name}: {old} -> {new}"


def _files(was: Case, now: Case) -> str:
    return f"{was.variant.sha256[:DIGITS]} -> {now.variant.sha256[:DIGITS]}"


def _differ(was: str, now: str) -> bool:
    return bool(was and now) and was != now


def _case(run: PastRun, case_id: str) -> Case | None:
    return next((case for case in run.plan.cases if case.id == case_id), None)


def _tool(run: PastRun, device: str, name: str) -> ToolIdentity | None:
    tools = [tool for one in run.devices if one.name == device for tool in one.tools]
    return next((tool for tool in tools if tool.name == name), None)


def _facts(run: PastRun, device: str) -> DeviceFacts | None:
    return next((one.facts for one in run.devices if one.name == device), None)
