"""The runs of one suite over time: plans and devices from the folders, figures from the index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchhub.errors import NoCasesError, StoreError, UsageError
from benchhub.records import DeviceRecord, Invocation, Plan, Purpose, Run, Status
from benchhub.results.store import RunFolder, run_folders
from benchhub.workspace import Workspace


@dataclass(frozen=True, slots=True)
class PastProcess:
    """One invocation, as far as a history needs it.

    Attributes:
        device: Name of the device.
        case_id: Id of the case.
        purpose: What it was for.
        status: How far to trust it.
        statistic: `median` or `mean`; None if it told no latency.
        value_us: Its statistic; None if it told none, and where it was no number.
    """

    device: str
    case_id: str
    purpose: Purpose
    status: Status
    statistic: str | None
    value_us: float | None


@dataclass(frozen=True, slots=True)
class PastRun:
    """One run, without the samples of its processes.

    Attributes:
        plan: What was intended.
        devices: What its devices and tools were.
        processes: What was measured.
    """

    plan: Plan
    devices: tuple[DeviceRecord, ...]
    processes: tuple[PastProcess, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """The runs of one suite.

    Attributes:
        suite: Name of the suite.
        runs: Oldest first; only those that were measured here and compare nothing.
        notes: What was left out, a sentence each.
    """

    suite: str
    runs: tuple[PastRun, ...]
    notes: tuple[str, ...] = ()


def read_past(workspace: Workspace, suite: str | None, last: int, until: str | None = None) -> Past:
    """Read the latest runs of a suite.

    Args:
        workspace: Where the runs are.
        suite: Name of the suite, or its file; None is that of the latest run.
        last: The most runs, the newest of all.
        until: Id of the run after which no other one is read; None reads also the newest.

    Raises:
        UsageError: There are no runs, or none of that suite.
        NoCasesError: There are runs of it, but none that counts.
        ConfigError: The settings of the workspace name no store.
        StoreError: The index cannot be used, or not be brought up to date.
    """
    # It loads SQLAlchemy, which those who only have pasts do not need.
    from benchhub.results.index import open_index  # noqa: PLC0415

    with open_index(workspace) as index:
        folders = {folder.run_id: folder for folder in run_folders(workspace.runs)}
        notes = index.refresh(folders.values())
        rows = index.runs()
        name = _chosen(rows, suite, workspace, folders)
        mine = [
            row
            for row in rows
            if row["suite"] == name and row["run_id"] <= (until or row["run_id"])
        ]
        others = dict.fromkeys(row["suite"] for row in rows if row["suite"] != name)
        if suite is None and others:
            notes.append(f"There are runs of other suites: {', '.join(others)}.")
        counted = list(_counted(mine, folders, last, notes))
        if not counted:
            raise NoCasesError(
                f"suite {name}: none of its {len(mine)} runs counts: {' '.join(notes)}",
                f"Measure it: benchhub run suites/{name}.yaml --devices host",
            )
        found = index.invocations([plan.run_id for plan, _ in counted])
    figures: Mapping[str, list[PastProcess]] = defaultdict(list)
    for row in found:
        figures[row["run_id"]].append(_process(row))
    runs = [
        PastRun(plan, devices, tuple(figures[plan.run_id])) for plan, devices in reversed(counted)
    ]
    return Past(name, tuple(runs), tuple(notes))


def up_to(past: Past, run_id: str, last: int) -> Past | None:
    """Return how things were when a run ended: that run and those before it, without notes.

    Args:
        past: Runs of its suite.
        run_id: The run.
        last: The most runs, the newest of all.

    Returns:
        None if it is none of the runs that count.
    """
    runs = [run for run in past.runs if run.plan.run_id <= run_id]
    if not runs or runs[-1].plan.run_id != run_id:
        return None
    return Past(past.suite, tuple(runs[-last:]))


def past_of(runs: Sequence[Run]) -> Past:
    """Return some runs that were read whole as a past, oldest first.

    Runs of several suites are told by the names of all of them.
    """
    ordered = sorted(runs, key=lambda run: run.plan.run_id)
    names = dict.fromkeys(run.plan.suite for run in ordered)
    return Past(
        " and ".join(names),
        tuple(
            PastRun(run.plan, run.devices, tuple(map(_of_invocation, run.invocations)))
            for run in ordered
        ),
    )


def _of_invocation(one: Invocation) -> PastProcess:
    latency = one.reading.latency
    return PastProcess(
        device=one.device,
        case_id=one.case_id,
        purpose=one.purpose,
        status=one.status,
        statistic=latency.statistic if latency else None,
        value_us=latency.value_us if latency else None,
    )


def _chosen(
    rows: Sequence[Mapping[str, Any]],
    wanted: str | None,
    workspace: Workspace,
    folders: Mapping[str, RunFolder],
) -> str:
    """Return the name of the suite that is asked for. Raises UsageError."""
    names = list(dict.fromkeys(row["suite"] for row in rows))
    if not names:
        raise UsageError(
            f"{workspace.runs}: there are no runs yet.", "benchhub run SUITE --devices host"
        )
    if wanted is None:
        measured = [row["suite"] for row in rows if not row["imported"]]
        return str((measured or names)[0])
    if wanted in names:
        return wanted
    for row in rows:
        if wanted.endswith((".yaml", ".yml")) and _is_of(folders[row["run_id"]], wanted):
            return str(row["suite"])
    raise UsageError(f"there is no run of suite '{wanted}'.", f"There are of {', '.join(names)}.")


def _is_of(folder: RunFolder, path: str) -> bool:
    return folder.read_plan().suite_path == path


def _counted(
    rows: Sequence[Mapping[str, Any]],
    folders: Mapping[str, RunFolder],
    last: int,
    notes: list[str],
) -> Iterator[tuple[Plan, tuple[DeviceRecord, ...]]]:
    """Yield plan and devices of the newest runs that count; note how many do not, and why."""
    imported = sum(bool(row["imported"]) for row in rows)
    compared = empty = kept = 0
    for row in rows:
        if row["imported"] or kept == last:
            continue
        try:
            folder = folders[row["run_id"]]
            plan, devices = folder.read_plan(), folder.read_devices()
        except StoreError as error:
            notes.append(str(error))
            continue
        compared += bool(plan.sides)
        empty += not (plan.sides or row["done"])
        if not plan.sides and row["done"]:
            kept += 1
            yield plan, devices
    for count, kind, why in (
        (imported, "imported", "it is not known what was measured, and when"),
        (compared, "comparison", "two sides, not how things were that day"),
        (empty, "empty", "nothing was measured"),
    ):
        if count:
            notes.append(f"Left out: {count} {kind} run{'s' * (count > 1)}: {why}.")


def _process(row: Mapping[str, Any]) -> PastProcess:
    return PastProcess(
        device=row["device"],
        case_id=row["case_id"],
        purpose=Purpose(row["purpose"]),
        status=Status(row["status"]),
        statistic=row["statistic"],
        value_us=row["value_us"],
    )
