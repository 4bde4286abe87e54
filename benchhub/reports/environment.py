"""Where and how a run was made: facts of the devices, settings, versions."""

from __future__ import annotations

from dataclasses import dataclass

from benchhub.analysis.summary import RunSummary
from benchhub.records import Conditions, DeviceRecord, Plan, Run
from benchhub.reports import devices
from benchhub.reports.numbers import MISSING, NO_BREAK_SPACE, megabytes, number, seconds
from benchhub.results.telemetry import watched

DIGITS_OF_COMMIT = 12


@dataclass(frozen=True, slots=True)
class Table:
    """Properties by row, a column a device."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Environment:
    """What else a number depends on.

    Attributes:
        devices: Facts of the devices.
        records: Devices with their tools.
        run: What identifies the run.
        measure: How it measured, and under which conditions.
    """

    devices: Table
    records: tuple[DeviceRecord, ...]
    run: tuple[tuple[str, str], ...]
    measure: tuple[tuple[str, str], ...]


def environment(summary: RunSummary) -> Environment:
    """Return the environment of a run."""
    run = summary.run
    return Environment(
        devices=_facts(run),
        records=run.devices,
        run=_run(run),
        measure=_imported(run.plan) or (*_measure(run.plan), *_conditions(run.plan.conditions)),
    )


def _facts(run: Run) -> Table:
    records = run.devices
    facts = [record.facts for record in records]
    rows: dict[str, list[str | None]] = {
        "Transport": [record.transport for record in records],
        "Processor": [one.cpu for one in facts],
        "Cores": [None if one.cores is None else str(one.cores) for one in facts],
        "Memory, MB": [megabytes(one.memory_bytes) for one in facts],
        "Architecture": [one.arch for one in facts],
        "System": [devices.system(one) for one in facts],
        "Kernel": [one.kernel for one in facts],
        "Governor": [", ".join(one.governors) for one in facts],
        "Frequency limits, GHz": [_frequencies(one.min_khz, one.max_khz) for one in facts],
    }
    told = {name: values for name, values in _sometimes(run).items() if any(values)}
    return Table(
        tuple(record.name for record in records),
        tuple(
            (name, tuple(value or MISSING for value in values))
            for name, values in {**rows, **told}.items()
        ),
    )


def _sometimes(run: Run) -> dict[str, list[str | None]]:
    """Return what only some devices tell; a row that none tells is left out."""
    facts = [record.facts for record in run.devices]
    done = [[one for one in run.invocations if one.device == record.name] for record in run.devices]
    return {
        "Model": [one.model for one in facts],
        "System on chip": [one.soc for one in facts],
        "CPUs by highest frequency": [devices.clusters(one) for one in facts],
        "Build platform": [one.platform for one in facts],
        "C library": [one.libc for one in facts],
        "Build of the system": [one.fingerprint for one in facts],
        "Security patch": [one.security_patch for one in facts],
        "Results are": [devices.FROM_SHELL if one.from_shell else None for one in facts],
        "Battery": [devices.battery(ran) for ran in done],
        "Highest thermal status": [devices.thermal_status(ran) for ran in done],
        "Throttling": [devices.throttling(ran) for ran in done],
        "Hottest while measuring": [devices.hottest(watched(ran)) for ran in done],
        "Frequencies while measuring": [devices.speeds(watched(ran)) for ran in done],
        "Set for the run, put back after": ["; ".join(one.changed) for one in run.devices],
        "Folder of its commands": [one.folder for one in run.devices],
        "Lost": [_lost(run, one.name) for one in run.devices],
    }


def _lost(run: Run, device: str) -> str | None:
    failure = run.end.lost.get(device) if run.end else None
    return failure.message if failure else None


def _frequencies(low_khz: int | None, high_khz: int | None) -> str:
    if low_khz is None and high_khz is None:
        return MISSING
    low, high = (number(None if khz is None else khz / 1e6) for khz in (low_khz, high_khz))
    return f"{low} to {high}"


def _run(run: Run) -> tuple[tuple[str, str], ...]:
    plan, end = run.plan, run.end
    if plan.imported:
        return (
            ("Run", plan.run_id),
            ("State", "imported: benchhub did not measure it"),
            ("Imported", plan.created),
            ("Invocations", str(len(run.invocations))),
            ("benchhub", plan.benchhub_version),
            ("Format of the run folder", str(plan.format)),
        )
    return (
        ("Run", plan.run_id),
        ("State", run.state.value),
        ("Created", plan.created),
        ("Ended", end.ended if end else MISSING),
        ("Took", seconds(end.seconds) if end else MISSING),
        ("Invocations", _invocations(run)),
        ("Suite", f"{plan.suite} ({plan.suite_path})"),
        ("Reference", plan.reference or "the first case of each model and tool"),
        ("Seed of the order", str(plan.seed)),
        ("benchhub", plan.benchhub_version),
        ("Commit of the workspace", _commit(plan)),
        ("Format of the run folder", str(plan.format)),
    )


def _invocations(run: Run) -> str:
    done, planned = len(run.invocations), len(run.plan.invocations)
    if run.plan.gate:
        return f"{done}; up to {planned} had they been needed to decide"
    return f"{done} of {planned} planned"


def _commit(plan: Plan) -> str:
    if plan.git_commit is None:
        return "not in git"
    changed = ", with changes" if plan.git_commit.endswith("+") else ""
    return f"{plan.git_commit.removesuffix('+')[:DIGITS_OF_COMMIT]}{changed}"


def _imported(plan: Plan) -> tuple[tuple[str, str], ...]:
    """Say where the figures are from if nothing was measured; how they were made is not known."""
    if not plan.imported:
        return ()
    return (
        ("Imported from", ", ".join(plan.imported)),
        ("How it was measured", "not known: the files do not tell all of it"),
    )


def _measure(plan: Plan) -> tuple[tuple[str, str], ...]:
    measure, most = plan.measure, "at most " if plan.gate else ""
    runs = (
        f"exactly {measure.num_runs}"
        if measure.min_secs == 0
        else f"at least {measure.num_runs} and {measure.min_secs:g} s, "
        f"at most {measure.max_secs:g} s"
    )
    looks = f"every {measure.telemetry_interval_s:g} s" if measure.telemetry_interval_s else "none"
    warmup = f"at least {measure.warmup_runs} and {measure.warmup_min_secs:g} s"
    return (
        ("Processes per case", f"{most}{measure.rounds}"),
        ("Processes with the profiler", f"{most}{measure.profile_rounds}"),
        ("Inferences per process", runs),
        ("Warm-up", warmup),
        ("Pause between inferences", f"{measure.run_delay_s:g} s"),
        ("Pause before each process", f"{measure.cooldown_s:g} s"),
        ("A process is ended after", f"{measure.timeout_s:g} s"),
        ("Looks at the device meanwhile", looks),
    )


def _conditions(conditions: Conditions) -> tuple[tuple[str, str], ...]:
    """Return what has to hold before a process starts; nothing if the suite asks for nothing."""
    below, above = conditions.start_temperature_below_c, conditions.battery_above_percent
    asked = [
        f"hottest CPU zone below {below:g} °C" if below is not None else "",
        f"battery above {above:g}{NO_BREAK_SPACE}%" if above is not None else "",
        f"governor {conditions.governor}" if conditions.governor else "",
    ]
    if not any(asked):
        return ()
    return (
        ("A process starts when", ", ".join(filter(None, asked))),
        ("Waits for that at most", f"{conditions.cooldown_timeout_s:g} s; then INVALID"),
    )
