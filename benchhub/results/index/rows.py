"""A run as rows of the index."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table

from benchhub.errors import StoreError
from benchhub.records import Case, DeviceFacts, DeviceRecord, Invocation, OpTime, Plan, Run
from benchhub.results.index import tables

Row = tuple[Any, ...]


@dataclass(slots=True)
class RunRows:
    """The rows of one run.

    Attributes:
        run: That of the table `runs`, without id, home and stamp.
        parts: Those of other tables, in the order of their columns, without the run.
    """

    run: dict[str, Any]
    parts: dict[Table, list[Row]] = field(default_factory=dict)


def rows_of(run: Run) -> RunRows:
    """Return a run as rows.

    Raises:
        StoreError: An invocation is of a device or case that the plan has not.
    """
    plan = run.plan
    devices = {name: place for place, name in enumerate(plan.devices)}
    cases = {case.id: place for place, case in enumerate(plan.cases)}
    rows = RunRows(_run_row(run))
    parts = rows.parts
    parts[tables.cases] = [_case_row(place, case, plan) for place, case in enumerate(plan.cases)]
    records = {record.name: record for record in run.devices}
    parts[tables.devices] = [
        _device_row(place, name, records.get(name)) for name, place in devices.items()
    ]
    parts[tables.tools] = [
        row
        for name, place in devices.items()
        if name in records
        for row in _tool_rows(place, records[name])
    ]
    parts[tables.invocations] = [
        _invocation_row(place, one, *_found(one, devices, cases, plan.run_id))
        for place, one in enumerate(run.invocations)
    ]
    parts[tables.operators], parts[tables.ops] = _op_rows(run.invocations)
    return rows


def _found(
    one: Invocation, devices: Mapping[str, int], cases: Mapping[str, int], run_id: str
) -> tuple[int, int]:
    try:
        return devices[one.device], cases[one.case_id]
    except KeyError as error:
        raise StoreError(
            f"run {run_id}: invocation {one.number} is of {error}, which its plan has not."
        ) from error


def _clean(text: str) -> str:
    """Return text that a database takes: PostgreSQL knows no NUL."""
    return text.replace("\0", "\ufffd")


def _row(*values: Any) -> Row:
    return tuple(_clean(value) if isinstance(value, str) else value for value in values)


def _figure(value: float | None) -> float | None:
    """Return a figure; None where it is no number."""
    return value if value is not None and math.isfinite(value) else None


def _run_row(run: Run) -> dict[str, Any]:
    plan = run.plan
    return {
        "run_id": _clean(plan.run_id),
        "suite": _clean(plan.suite),
        "created": _clean(plan.created),
        "state": run.state.value,
        "devices": _clean(",".join(plan.devices)),
        "cases": len(plan.cases),
        "done": len(run.invocations),
        "planned": run.wanted,
        "failed": sum(invocation.reading.failure is not None for invocation in run.invocations),
        "imported": len(plan.imported),
        "compares": int(bool(plan.sides)),
        "benchhub": _clean(plan.benchhub_version),
    }


def _case_row(place: int, case: Case, plan: Plan) -> Row:
    variant, configuration = case.variant, case.configuration
    side = plan.sides.get(case.side) if case.side else None
    return _row(
        place,
        case.id,
        variant.model,
        variant.variant,
        variant.sha256,
        configuration.name,
        configuration.delegate,
        configuration.threads,
        configuration.affinity,
        case.tool,
        case.side.value if case.side else "",
        side.git_commit if side else plan.git_commit,
    )


def _device_row(place: int, name: str, record: DeviceRecord | None) -> Row:
    if record is None:
        return _row(place, name, None, None, None, None)
    facts = record.facts
    return _row(place, name, record.transport, _build(facts), facts.cpu, facts.model)


def _build(facts: DeviceFacts) -> str | None:
    """Return which system a device ran: Android's fingerprint, else system and kernel."""
    return facts.fingerprint or " ".join(filter(None, (facts.os, facts.kernel))) or None


def _tool_rows(device: int, record: DeviceRecord) -> list[Row]:
    return [
        _row(
            device,
            place,
            tool.name,
            tool.side.value if tool.side else "",
            tool.family,
            tool.version,
            tool.path,
            tool.sha256,
        )
        for place, tool in enumerate(record.tools)
    ]


def _invocation_row(place: int, one: Invocation, device: int, case: int) -> Row:
    latency, placement = one.reading.latency, one.reading.placement
    return _row(
        place,
        device,
        case,
        one.number,
        one.round,
        one.purpose.value,
        one.status.value,
        one.started,
        placement.applied if placement else None,
        latency.statistic if latency else None,
        _figure(latency.value_us) if latency else None,
        latency.n if latency else None,
        len(one.reading.profile.ops) if one.reading.profile else 0,
    )


def _op_rows(invocations: Sequence[Invocation]) -> tuple[list[Row], list[Row]]:
    """Return what the operators are, each once, and their times."""
    kinds: dict[Row, int] = {}
    times: list[Row] = []
    for number, one in enumerate(invocations):
        profile = one.reading.profile
        for place, op in enumerate(profile.ops if profile else ()):
            kind = kinds.setdefault(_kind(op), len(kinds))
            figures = map(_figure, (op.mean_us, op.min_us, op.max_us, op.std_us, op.calls))
            times.append((number, place, kind, *figures))
    return [_row(place, *kind) for kind, place in kinds.items()], times


def _kind(op: OpTime) -> Row:
    return op.order, op.op, op.kernel, op.name, op.node, op.subgraph, op.delegate
