"""Each case in full: every invocation, how to repeat it, percentiles, what it printed."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from benchhub.analysis.statistics import NEEDED_FOR_PERCENTILE, percentile
from benchhub.analysis.summary import CaseSummary, DeviceSummary, RunSummary
from benchhub.records import DeviceRecord, Invocation, Plan, Purpose
from benchhub.reports.case_logs import Log, Logs, shown_logs
from benchhub.reports.invocations import folder_of, process, quoted
from benchhub.reports.marks import Mark, mark_of
from benchhub.reports.numbers import ms
from benchhub.reports.placements import PlacementDetail, placement_detail
from benchhub.results.telemetry import temperature_c

HOST = "host"
HERE = "Typed in the workspace folder."

# Files of a traced invocation that a viewer opens.
TRACES = {
    "trace.perfetto-trace": "recorded by the device; open it at ui.perfetto.dev",
    "trace.json": "drawn from mean operator times, no recording; open it at ui.perfetto.dev",
}


@dataclass(frozen=True, slots=True)
class InvocationRow:
    """One process of a case.

    Attributes:
        one: The invocation.
        mark: How far to trust it.
        time: Local time of its start, without the date.
        warmest_c: Highest temperature of the decisive zone during it and after it.
        folder: Its folder, in the workspace.
    """

    one: Invocation
    mark: Mark
    time: str
    warmest_c: float | None
    folder: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command to repeat something.

    Attributes:
        title: What it does.
        words: As quoted for a POSIX shell.
        anchor: HTML id.
        where: In which shell it is typed; empty where the next command says the same.
    """

    title: str
    words: tuple[str, ...]
    anchor: str
    where: str


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
        logs: Commands and raw output of its processes, of some of them in a large run.
        printed: How many processes have a log.
        has_load: Whether the device told its load.
        has_temperature: Whether the device told a temperature.
        placement: What ran where.
        traces: Files to open in a viewer, in the workspace, and what they are.
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
    printed: int
    has_load: bool
    has_temperature: bool
    placement: PlacementDetail
    traces: tuple[tuple[str, str], ...] = ()


def details(
    summary: RunSummary, anchors: Mapping[tuple[str, str], str], logs: Logs
) -> tuple[CaseDetail, ...]:
    """Return all cases in the order of the plan, a device after the other."""
    pairs = [(device, case) for device in summary.devices for case in device.cases]
    shown = shown_logs(summary.run.plan, [case for _, case in pairs], logs)
    return tuple(
        replace(
            _detail(summary.run.plan, device, case, anchors[device.name, case.case.id], printed),
            traces=tuple(_traces(summary.run.plan, case)),
        )
        for (device, case), printed in zip(pairs, shown, strict=True)
    )


def _traces(plan: Plan, case: CaseSummary) -> Iterator[tuple[str, str]]:
    """Yield the trace files of a case and what each is."""
    for one in case.other_invocations:
        for name in one.artifacts:
            if one.purpose is Purpose.TRACE and name in TRACES:
                yield f"{folder_of(plan, one)}/{name}", TRACES[name]


def _detail(
    plan: Plan, device: DeviceSummary, case: CaseSummary, anchor: str, logs: tuple[Log, ...]
) -> CaseDetail:
    everything = case.invocations
    samples = [
        us for one in case.counted if one.reading.latency for us in one.reading.latency.samples_us
    ]
    rows = tuple(_row(plan, one) for one in everything)
    return CaseDetail(
        device=device.name,
        case=case,
        mark=mark_of(case),
        anchor=anchor,
        invocations=rows,
        percentiles=tuple(_percentiles(samples)),
        inferences=len(samples),
        commands=tuple(_commands(plan, device, case, anchor)),
        logs=logs,
        printed=sum(bool(one.artifacts) for one in everything),
        has_load=any(one.before.load_1m is not None for one in everything),
        has_temperature=any(row.warmest_c is not None for row in rows),
        placement=placement_detail(case),
    )


def _row(plan: Plan, one: Invocation) -> InvocationRow:
    states = (*one.during, one.after)
    warm = [celsius for state in states if (celsius := temperature_c(state)) is not None]
    return InvocationRow(
        one=one,
        mark=Mark(one.status.value),
        time=one.started.partition("T")[2][:8],
        warmest_c=max(warm, default=None),
        folder=folder_of(plan, one),
    )


def _percentiles(samples_us: Sequence[float]) -> Iterator[tuple[int, str]]:
    if not samples_us:
        return
    for percent, needed in NEEDED_FOR_PERCENTILE.items():
        value = percentile(samples_us, percent)
        told = f"{ms(value)} ms" if value is not None else f"n too small ({needed} needed)"
        yield percent, told


def _commands(
    plan: Plan, device: DeviceSummary, case: CaseSummary, anchor: str
) -> Iterator[Command]:
    """Yield how to measure the case again, then the exact processes, as typed on the device."""
    if plan.imported:
        yield _import_again(plan, device.name, case, anchor)
        return
    argv = ["benchhub", "run", plan.suite_path, "--devices", device.name, "--cases", case.case.id]
    argv += ["--tools", case.case.tool, "--rounds", str(plan.measure.rounds)]
    record = device.record
    remote = record if record and record.transport != HOST else None
    exact = [
        (title, one)
        for title, invocations in (
            ("Latency process", case.counted or case.latency_invocations),
            ("Profile process", case.profile_invocations),
            ("Verify process", _verifying(case)),
        )
        for one in [one for one in invocations if one.argv][:1]
    ]
    alone = remote or not exact
    if case.case.side is None:  # one side alone would be no comparison
        yield Command("Measure again", quoted(argv), f"again-{anchor}", HERE if alone else "")
    for title, one in exact:
        words = process(one)
        if remote and remote.folder:
            words = ("cd", shlex.quote(remote.folder), "&&", *words)
        where = "" if one is not exact[-1][1] else _shell(remote) if remote else HERE
        name = f"{title.partition(' ')[0].lower()}-{anchor}"
        yield Command(title, words, name, where)


def _import_again(plan: Plan, device: str, case: CaseSummary, anchor: str) -> Command:
    """Return how the files are imported; how they were made is not known."""
    delegate = ["--delegate", case.case.configuration.delegate]
    argv = ["benchhub", "import", *plan.imported, "--device", device, "--case", case.case.id]
    return Command("Import again", quoted([*argv, *delegate]), f"again-{anchor}", HERE)


def _verifying(case: CaseSummary) -> list[Invocation]:
    """Return the processes whose outputs were compared."""
    return [one for one in case.other_invocations if one.purpose is Purpose.VERIFY]


def _shell(record: DeviceRecord) -> str:
    """Say how to get the shell on a device that its commands are typed in.

    Addresses are not in the report, because it is sent around.
    """
    file = f"devices/{record.name}.yaml"
    how = {
        "ssh": f"ssh to the address in {file}",
        "adb": f"adb -s SERIAL shell, with the serial or address in {file}",
    }.get(record.transport, f"reached as {file} says")
    return f"Typed in a shell on {record.name}: {how}."
