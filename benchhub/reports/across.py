"""The same cases on several devices, side by side; ratios only between figures of one program.

Where the suite names no tool, each device uses its own, so that one table may show figures of
different programs. They are shown with the program named and are never divided by each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from benchhub.analysis.summary import CaseSummary, DeviceSummary, RunSummary
from benchhub.records import Case, ToolIdentity
from benchhub.reports.ladders import Ladder, ladders
from benchhub.reports.marks import Mark, mark_of
from benchhub.reports.names import configuration, listed
from benchhub.reports.numbers import NO_BREAK_SPACE, ms, number


@dataclass(frozen=True, slots=True)
class Program:
    """What a figure has to share with another one, so that they may be divided.

    Attributes:
        tool: Name of the tool.
        family: Family of its program on the device; empty if it is not known.
        statistic: `median` or `mean`: what each process contributes.
    """

    tool: str
    family: str
    statistic: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One case on one device.

    Attributes:
        device: Name of the device.
        case: The case; None if the device has none like it.
        mark: How far to trust it; None without a case.
        ratio: Time of the case on the device that the column refers to, divided by this time.
    """

    device: str
    case: CaseSummary | None
    mark: Mark | None
    ratio: float | None

    @property
    def us(self) -> float | None:
        """The time, if it is that of the configuration asked for."""
        stands = self.case and self.mark in (Mark.OK, Mark.PARTIAL, Mark.SUSPECT)
        return self.case.latency.value_us if stands and self.case and self.case.latency else None


@dataclass(frozen=True, slots=True)
class Column:
    """One device of a table.

    Attributes:
        device: Its name.
        program: What measured there.
        base: Device that its ratios refer to: the first with the same program; empty if there
            is no other, the device itself for the first.
    """

    device: str
    program: Program
    base: str


@dataclass(frozen=True, slots=True)
class Row:
    """One configuration of a model, a cell a device."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Lead:
    """What the devices of one program say: which is fastest, and all their times.

    Attributes:
        text: A sentence, or two.
        ladders: Trusted times, a line a device.
    """

    text: str
    ladders: tuple[Ladder, ...]


@dataclass(frozen=True, slots=True)
class Across:
    """One model on the devices.

    Attributes:
        title: Model, and tool where there are several for all devices; empty if there is one.
        columns: Devices in the order of the command line.
        rows: Configurations in the order of the plan.
        leads: A sentence for each program.
        notes: What limits the comparison.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    leads: tuple[Lead, ...]
    notes: tuple[str, ...]


def across(summary: RunSummary) -> tuple[Across, ...]:
    """Return a table for each model, and for each tool that all devices share.

    Nothing is returned for a run of one device.
    """
    cases = [one.case for device in summary.devices for one in device.cases]
    own = bool(summary.run.plan.device_tools)
    keys = dict.fromkeys((one.variant.model, "" if own else one.tool) for one in cases)
    several = len({model for model, _ in keys}), len({tool for _, tool in keys})
    tables = []
    for model, tool in keys:
        mine = {
            device.name: [
                one
                for one in device.cases
                if one.case.variant.model == model and tool in ("", one.case.tool)
            ]
            for device in summary.devices
        }
        names = [
            part for part, count in zip((model, tool), several, strict=True) if part and count > 1
        ]
        chosen = [device for device in summary.devices if mine[device.name]]
        if len(chosen) > 1:
            tables.append(_across(" · ".join(names), chosen, mine))
    return tuple(tables)


def _across(
    title: str, devices: Sequence[DeviceSummary], cases: Mapping[str, Sequence[CaseSummary]]
) -> Across:
    programs = {device.name: _program(device, cases[device.name]) for device in devices}
    columns = tuple(
        Column(name, program, _base(name, programs)) for name, program in programs.items()
    )
    ways = dict.fromkeys(_way(one.case) for device in devices for one in cases[device.name])
    by_way = {
        device.name: {_way(one.case): one for one in cases[device.name]} for device in devices
    }
    return Across(
        title=title,
        columns=columns,
        rows=tuple(_row(way, columns, by_way) for way in ways),
        leads=tuple(_leads(programs, cases)),
        notes=tuple(_notes(devices, programs)),
    )


def _program(device: DeviceSummary, cases: Sequence[CaseSummary]) -> Program:
    tool = cases[0].case.tool
    measured = next((one for one in cases if one.latency), cases[0])
    identity = _identity(device, tool)
    return Program(tool, identity.family if identity else "", measured.statistic)


def _identity(device: DeviceSummary, tool: str) -> ToolIdentity | None:
    tools = device.record.tools if device.record else ()
    return next((one for one in tools if one.name == tool), None)


def _base(device: str, programs: Mapping[str, Program]) -> str:
    alike = [name for name, program in programs.items() if program == programs[device]]
    return alike[0] if len(alike) > 1 else ""


def _way(case: Case) -> tuple[str, str]:
    """Return what is the same on all devices: the file and how it is run, whatever measures."""
    return case.variant.sha256, configuration(case)


def _row(
    way: tuple[str, str],
    columns: Sequence[Column],
    cases: Mapping[str, Mapping[tuple[str, str], CaseSummary]],
) -> Row:
    found = {column.device: cases[column.device].get(way) for column in columns}
    return Row(way[1], tuple(_cell(column, found) for column in columns))


def _cell(column: Column, found: Mapping[str, CaseSummary | None]) -> Cell:
    case = found[column.device]
    base = found.get(column.base)
    both = case and base and case.stands and base.stands
    ratio = None
    if both and case and base and case.latency and base.latency and base is not case:
        ratio = base.latency.value_us / case.latency.value_us
    return Cell(column.device, case, mark_of(case) if case else None, ratio)


def _leads(
    programs: Mapping[str, Program], cases: Mapping[str, Sequence[CaseSummary]]
) -> Iterator[Lead]:
    """Yield a sentence for each program with a number that stands."""
    for program in dict.fromkeys(programs.values()):
        lines = [
            (name, _trusted(cases[name])) for name, known in programs.items() if known == program
        ]
        ranked = sorted((line for line in lines if line[1]), key=lambda line: _time(line[1][0]))
        if not ranked:
            continue
        sentence = _sentence(program, ranked, alone=len(set(programs.values())) > 1)
        yield Lead(sentence, ladders(lines, partial(_role, ranked[0][1][0])))


def _role(best: CaseSummary, case: CaseSummary) -> str:
    return "best" if case is best else "other"


def _trusted(cases: Sequence[CaseSummary]) -> list[CaseSummary]:
    return sorted((one for one in cases if one.stands), key=_time)


def _time(case: CaseSummary) -> float:
    return case.latency.value_us if case.latency else float("inf")


def _sentence(
    program: Program, ranked: Sequence[tuple[str, Sequence[CaseSummary]]], *, alone: bool
) -> str:
    (name, (best, *_)), *others = ranked
    what = f"{_told(best)} with {configuration(best.case)}"
    if not others:
        other = f"; no other device has a number of {program.tool} that stands" if alone else ""
        return f"Measured with {program.tool}: {name} takes {what} at its fastest{other}."
    slower = [
        f"{other} takes {number(_time(cases[0]) / _time(best))} times as long "
        f"({_told(cases[0])} with {configuration(cases[0].case)})"
        for other, cases in others
    ]
    close = [other for other, cases in others if _overlap(best, cases[0])]
    if close:
        lead, doubt = f"{listed([name, *close])} cannot be told apart", " Their intervals overlap."
    else:
        lead, doubt = f"{name} is fastest", ""
    single = [other for other, (case, *_) in ranked if case.latency and not case.latency.high_us]
    if single:
        rest = "rest" if len(single) > 1 else "rests"
        doubt += f" {listed(single)} {rest} on one process, so there is no interval."
    told = "; ".join([f"{lead}: {what}", *slower])
    return f"Measured with {program.tool}, each at its fastest: {told}.{doubt}"


def _told(case: CaseSummary) -> str:
    return f"{ms(_time(case))}{NO_BREAK_SPACE}ms"


def _overlap(fast: CaseSummary, slow: CaseSummary) -> bool:
    """Say whether the intervals leave it open which is faster."""
    if not fast.latency or not slow.latency:
        return False
    high, low = fast.latency.high_us, slow.latency.low_us
    return high is not None and low is not None and low <= high


def _notes(devices: Sequence[DeviceSummary], programs: Mapping[str, Program]) -> Iterator[str]:
    kinds = dict.fromkeys(programs.values())
    if len(kinds) > 1:
        parts = [
            f"{', '.join(name for name in programs if programs[name] == kind)} by "
            f"{_described(kind, kinds)}"
            for kind in kinds
        ]
        yield (
            f"Figures of different programs: {'; '.join(parts)}. Programs measure differently, so "
            "there are ratios within one program only."
        )
    for kind in kinds:
        versions = {
            name: identity.version
            for device in devices
            for name in [device.name]
            if programs[name] == kind and (identity := _identity(device, kind.tool))
        }
        if len(set(versions.values())) > 1:
            told = ", ".join(f"{text or 'unknown'} on {name}" for name, text in versions.items())
            yield f"Versions of {kind.tool} differ: {told}."
    shells = [one.name for one in devices if one.record and one.record.facts.from_shell]
    if shells:
        yield (
            f"{', '.join(shells)}: from a shell process; foreground apps can be faster there, "
            "by 1.6x or more."
        )


def _described(kind: Program, kinds: Mapping[Program, None]) -> str:
    """Name a program, with what tells it from another one of the same tool."""
    alike = [one for one in kinds if one.tool == kind.tool]
    if len(alike) == 1:
        return kind.tool
    return f"{kind.tool} ({', '.join(part for part in (kind.family, kind.statistic) if part)})"
