"""Each case in full: every invocation, how to repeat it, percentiles, what it printed."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchhub.analysis.statistics import NEEDED_FOR_PERCENTILE, percentile
from benchhub.analysis.summary import CaseSummary, RunSummary
from benchhub.records import Invocation, Plan, Purpose, Status
from benchhub.reports.logs import Excerpt, excerpt, limit_bytes
from benchhub.reports.marks import Mark, mark_of
from benchhub.reports.numbers import ms
from benchhub.results.store import RunFolder
from benchhub.workspace import STATE

Logs = Callable[[Invocation], Mapping[str, str]]

# Of each case the logs of this many bad invocations are shown, besides one good of each purpose.
SHOWN_BAD = 2


@dataclass(frozen=True, slots=True)
class InvocationRow:
    """One process of a case.

    Attributes:
        one: The invocation.
        mark: How far to trust it.
        time: Local time of its start, without the date.
        warmest_c: Highest temperature that the device told after it.
        folder: Its folder, in the workspace.
    """

    one: Invocation
    mark: Mark
    time: str
    warmest_c: float | None
    folder: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command to repeat something, as words quoted for a POSIX shell in the workspace folder."""

    title: str
    words: tuple[str, ...]
    anchor: str


@dataclass(frozen=True, slots=True)
class Log:
    """What one process printed."""

    title: str
    streams: tuple[Excerpt, ...]


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """One case on one device.

    Attributes:
        device: Name of the device.
        case: The case.
        mark: How far to trust it.
        anchor: HTML id.
        invocations: Latency first, then profile, in the order of the rounds.
        percentiles: Of all single inferences: which, and the time or why there is none.
        inferences: How many single inferences they rest on.
        commands: How to repeat it.
        logs: Raw output of some processes.
        has_load: Whether the device told its load.
        has_temperature: Whether the device told a temperature.
    """

    device: str
    case: CaseSummary
    mark: Mark
    anchor: str
    invocations: tuple[InvocationRow, ...]
    percentiles: tuple[tuple[int, str], ...]
    inferences: int
    commands: tuple[Command, ...]
    logs: tuple[Log, ...]
    has_load: bool
    has_temperature: bool


def details(
    summary: RunSummary, anchors: Mapping[tuple[str, str], str], logs: Logs
) -> tuple[CaseDetail, ...]:
    """Return all cases in the order of the plan, a device after the other."""
    pairs = [(device.name, case) for device in summary.devices for case in device.cases]
    shown = {anchors[name, case.case.id]: _shown(case) for name, case in pairs}
    limit = limit_bytes(2 * sum(map(len, shown.values())))
    return tuple(
        _detail(
            summary.run.plan, name, case, anchors[name, case.case.id], _logs(chosen, logs, limit)
        )
        for name, case in pairs
        for chosen in [shown[anchors[name, case.case.id]]]
    )


def _detail(
    plan: Plan, device: str, case: CaseSummary, anchor: str, logs: tuple[Log, ...]
) -> CaseDetail:
    everything = case.latency_invocations + case.profile_invocations
    samples = [
        us
        for one in case.latency_invocations
        if one.reading.latency
        for us in one.reading.latency.samples_us
    ]
    rows = tuple(_row(plan, one) for one in everything)
    return CaseDetail(
        device=device,
        case=case,
        mark=mark_of(case),
        anchor=anchor,
        invocations=rows,
        percentiles=tuple(_percentiles(samples)),
        inferences=len(samples),
        commands=tuple(_commands(plan, device, case, anchor)),
        logs=logs,
        has_load=any(one.before.load_1m is not None for one in everything),
        has_temperature=any(row.warmest_c is not None for row in rows),
    )


def _row(plan: Plan, one: Invocation) -> InvocationRow:
    return InvocationRow(
        one=one,
        mark=Mark(one.status.value),
        time=one.started.partition("T")[2][:8],
        warmest_c=max(one.after.temperature_c.values(), default=None),
        folder=folder_of(plan, one),
    )


def folder_of(plan: Plan, one: Invocation) -> str:
    """Return the folder of an invocation's raw files, relative to the workspace."""
    return run_folder(plan).step_folder(one).as_posix()


def run_folder(plan: Plan) -> RunFolder:
    """Return the folder of a run, relative to the workspace."""
    return RunFolder(Path(STATE) / "runs" / plan.run_id)


def _percentiles(samples_us: Sequence[float]) -> Iterator[tuple[int, str]]:
    if not samples_us:
        return
    for percent, needed in NEEDED_FOR_PERCENTILE.items():
        value = percentile(samples_us, percent)
        told = f"{ms(value)} ms" if value is not None else f"n too small ({needed} needed)"
        yield percent, told


def _commands(plan: Plan, device: str, case: CaseSummary, anchor: str) -> Iterator[Command]:
    """Yield how to measure the case again, then the exact processes."""
    argv = ["benchhub", "run", plan.suite_path, "--devices", device, "--cases", case.case.id]
    argv += ["--tools", case.case.tool, "--rounds", str(plan.measure.rounds)]
    yield Command("Measure again", quoted(argv), f"again-{anchor}")
    for title, invocations in (
        ("Latency process", case.latency_invocations),
        ("Profile process", case.profile_invocations),
    ):
        for one in invocations[:1]:
            yield Command(title, process(one), f"{title.partition(' ')[0].lower()}-{anchor}")


def process(one: Invocation) -> tuple[str, ...]:
    """Return an invocation as quoted words, its folder for outputs and its variables in front."""
    variables = [f"{name}={value}" for name, value in sorted(one.env.items())]
    folder = ("mkdir", "-p", shlex.quote(one.work_dir), "&&") if one.work_dir else ()
    return (*folder, *quoted([*(["env", *variables] if variables else []), *one.argv]))


def quoted(argv: Sequence[str]) -> tuple[str, ...]:
    """Quote each word for a POSIX shell."""
    return tuple(shlex.quote(word) for word in argv)


def _shown(case: CaseSummary) -> tuple[Invocation, ...]:
    """Choose whose output is shown: the bad ones first, then one good of each purpose."""
    everything = case.latency_invocations + case.profile_invocations
    chosen = [one for one in everything if one.status is not Status.OK][:SHOWN_BAD]
    for purpose in Purpose:
        if not any(one.purpose is purpose for one in chosen):
            chosen += [one for one in everything if one.purpose is purpose][:1]
    return tuple(chosen)


def _logs(chosen: Sequence[Invocation], logs: Logs, limit: int) -> tuple[Log, ...]:
    return tuple(
        Log(
            f"{one.purpose.value} process of round {one.round}, {one.status.value}",
            tuple(excerpt(name, text, limit) for name, text in logs(one).items()),
        )
        for one in chosen
    )
