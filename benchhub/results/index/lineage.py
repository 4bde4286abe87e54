"""Where a number is from: which tool, model, commit and device made it, and what else they made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from itertools import groupby
from statistics import geometric_mean
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from benchhub.records import Purpose, Status
from benchhub.results.index import tables
from benchhub.results.index.engine import reading
from benchhub.results.index.index import Index

_RUN, _CASE, _DEVICE, _TOOL = tables.runs, tables.cases, tables.devices, tables.tools
_ONE = tables.invocations


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; None is anything. Beginnings of digests and commits are enough.

    Attributes:
        run: Id of the run.
        home: Beginning of the id of the workspace, or its host and folder.
        case: Id of the case; * is a wildcard.
        tool: Digest of the program.
        model: Digest of the file, or name of the model.
        commit: Commit of the workspace, or of the side of a comparison.
        build: A part of the device's build.
        device: Name of the device.
    """

    run: str | None = None
    home: str | None = None
    case: str | None = None
    tool: str | None = None
    model: str | None = None
    commit: str | None = None
    build: str | None = None
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """The time of one case on one device in one run, and where it is from.

    Attributes:
        home: Id of the workspace that measured it.
        place: Host and folder of that workspace.
        run_id: Run.
        suite: Its suite.
        created: Its start, ISO 8601.
        imported: Whether it was measured elsewhere, so that little is known of it.
        benchhub: Version of benchhub.
        commit: Commit of the workspace or the side; None if not known.
        device: Name of the device.
        build: Its system; None if not told.
        cpu: Its processor; None if not told.
        hardware: Manufacturer and model; None if not told.
        transport: How it was reached; None if it never was.
        case_id: Case.
        model: Name of the model.
        variant: Name of the variant.
        model_sha256: Digest of the file.
        tool: Name of the tool.
        tool_version: Its version; empty if not known.
        tool_sha256: Digest of the program or the library that it drives; empty if not known.
        tool_path: Where it was on the device.
        processes: Processes that were measured, for whatever purpose.
        statuses: Their statuses, each once.
        value_us: The time, as reports have it: the geometric mean of its processes; None without.
    """

    home: str
    place: str
    run_id: str
    suite: str
    created: str
    imported: bool
    benchhub: str
    commit: str | None
    device: str
    build: str | None
    cpu: str | None
    hardware: str | None
    transport: str | None
    case_id: str
    model: str
    variant: str
    model_sha256: str
    tool: str
    tool_version: str
    tool_sha256: str
    tool_path: str
    processes: int
    statuses: tuple[str, ...]
    value_us: float | None


def lineage(index: Index, wanted: Wanted) -> list[Number]:
    """Return the numbers that are looked for, of all workspaces, the newest run first.

    Raises:
        StoreError: The database cannot be read.
    """
    with reading(index.engine) as connection:
        rows = connection.execute(_query(wanted)).mappings().all()
    numbers = [one for one in _numbers(rows) if fnmatchcase(one.case_id, wanted.case or "*")]
    return sorted(numbers, key=lambda one: (one.run_id, one.home), reverse=True)


def _query(wanted: Wanted) -> Select[Any]:
    """Return the query for the processes, those of a case on a device one after another."""
    of_case = (_CASE.c.run == _ONE.c.run) & (_CASE.c.place == _ONE.c.case_place)
    of_device = (_DEVICE.c.run == _ONE.c.run) & (_DEVICE.c.place == _ONE.c.device_place)
    # In a comparison each side may have a program of its own.
    of_tool = (
        (_TOOL.c.run == _ONE.c.run)
        & (_TOOL.c.device_place == _ONE.c.device_place)
        & (_TOOL.c.name == _CASE.c.tool)
        & _TOOL.c.side.in_(("", _CASE.c.side))
    )
    return (
        select(
            *(_RUN.c[name] for name in ("id", "home", "run_id", "suite", "created", "imported")),
            _RUN.c.benchhub,
            tables.homes.c.place,
            *(_CASE.c[name] for name in ("case_id", "model", "variant", "model_sha256", "tool")),
            _CASE.c.git_commit.label("commit"),
            _DEVICE.c.name.label("device"),
            *(_DEVICE.c[name] for name in ("build", "cpu", "hardware", "transport")),
            *(_TOOL.c[name].label(f"tool_{name}") for name in ("version", "sha256", "path")),
            *(_ONE.c[name] for name in ("device_place", "case_place", "purpose", "status")),
            _ONE.c.value_us,
        )
        .join_from(_RUN, tables.homes)
        .join(_ONE, _ONE.c.run == _RUN.c.id)
        .join(_CASE, of_case)
        .join(_DEVICE, of_device)
        .outerjoin(_TOOL, of_tool)
        .where(*_conditions(wanted))
        .order_by(_RUN.c.id, _ONE.c.device_place, _ONE.c.case_place, _ONE.c.place)
    )


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.run is not None:
        yield _RUN.c.run_id.startswith(wanted.run.upper(), autoescape=True)
    if wanted.home is not None:
        ids = _RUN.c.home.startswith(wanted.home, autoescape=True)
        yield or_(ids, tables.homes.c.place == wanted.home)
    if wanted.tool is not None:
        yield _TOOL.c.sha256.startswith(wanted.tool.lower(), autoescape=True)
    if wanted.model is not None:
        digests = _CASE.c.model_sha256.startswith(wanted.model.lower(), autoescape=True)
        yield or_(digests, _CASE.c.model == wanted.model)
    if wanted.commit is not None:
        yield _CASE.c.git_commit.startswith(wanted.commit.lower(), autoescape=True)
    if wanted.build is not None:
        yield _DEVICE.c.build.contains(wanted.build, autoescape=True)
    if wanted.device is not None:
        yield _DEVICE.c.name == wanted.device


def _numbers(rows: Sequence[Any]) -> Iterator[Number]:
    def of(row: Any) -> tuple[int, int, int]:
        return row["id"], row["device_place"], row["case_place"]

    for _, group in groupby(rows, of):
        processes = list(group)
        told = {**processes[0]}
        told |= {name: told[name] or "" for name in ("tool_version", "tool_sha256", "tool_path")}
        told |= {
            "imported": bool(told["imported"]),
            "processes": len(processes),
            "statuses": tuple(sorted({str(one["status"]) for one in processes})),
            "value_us": _value(processes),
        }
        yield Number(**{field.name: told[field.name] for field in fields(Number)})


def _value(processes: Sequence[Any]) -> float | None:
    """Return the time as reports have it: what fell back is another thing, invalid is none."""
    valid = [
        one
        for one in processes
        if one["purpose"] == Purpose.LATENCY and one["status"] != Status.INVALID
    ]
    fallen = [one for one in valid if one["status"] == Status.FALLBACK]
    values = [one["value_us"] for one in fallen or valid if one["value_us"]]
    positive = [value for value in values if value > 0]
    return geometric_mean(positive) if positive else None
