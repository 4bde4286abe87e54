"""The answer of the page: which configuration is fastest on each device, by how much, how sure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from benchhub.analysis.summary import CaseSummary, DeviceSummary, RunSummary
from benchhub.records import Failure, Run, RunState, Status
from benchhub.reports import devices
from benchhub.reports.extent import cases_on_devices, imported
from benchhub.reports.groups import DISTINCT_NAMES, Group, doubt, groups
from benchhub.reports.ladders import Ladder, ladders
from benchhub.reports.marks import WORST_FIRST, Mark, invalid_reason, mark_of, not_run
from benchhub.reports.names import configuration, full, listed, placement, variant_anchors
from benchhub.reports.numbers import NO_BREAK_SPACE, ms, number, percent, seconds
from benchhub.reports.sentences import asked_for, in_part, off_by, ran_on, reasons
from benchhub.reports.variants import failed_variants

SHOWN_WORRIES = 6


@dataclass(frozen=True, slots=True)
class Answer:
    """The fastest configuration of one group.

    Attributes:
        title: Which group, if there are several.
        name: The fastest configuration; empty if no number stands.
        anchor: Its section.
        text: How fast, and how much faster than the reference.
        doubt: What limits the answer; may be empty.
        ladders: All trusted times, a line a variant.
    """

    title: str
    name: str
    anchor: str
    text: str
    doubt: str
    ladders: tuple[Ladder, ...]


@dataclass(frozen=True, slots=True)
class Worry:
    """A case whose number is not what was asked for."""

    mark: Mark
    name: str
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class DeviceAnswer:
    """What a reader wants to know of one device; `lost` says what it did not measure and why."""

    name: str
    what: str
    answers: tuple[Answer, ...]
    worries: tuple[Worry, ...]
    more_worries: int
    lost: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The first screen.

    Attributes:
        headline: One sentence, also the title of the page.
        extent: What was measured, and whether all of it.
        not_run: What was not, by reason; empty if everything was.
        counts: Cases by mark, worst first, only marks that occur.
        devices: In the order of the command line.
    """

    headline: str
    extent: str
    not_run: str
    counts: tuple[tuple[Mark, int], ...]
    devices: tuple[DeviceAnswer, ...]


def overview(summary: RunSummary, anchors: Mapping[tuple[str, str], str]) -> Overview:
    """Return the first screen of a run."""
    counts = Counter(mark_of(case) for device in summary.devices for case in device.cases)
    return Overview(
        headline=headline(summary),
        extent=_extent(summary),
        not_run=_not_run(summary, counts),
        counts=tuple((mark, counts[mark]) for mark in WORST_FIRST if counts[mark]),
        devices=tuple(_device(summary.run, device, anchors) for device in summary.devices),
    )


def headline(summary: RunSummary) -> str:
    """Say in one sentence which configuration is fastest, and where."""
    best = _best(summary)
    if not best:
        return "No case gave a number that stands"
    models = {group.model for group, _ in best}
    if len(best) == 1:
        ((group, case),) = best
        sure = ", not beyond doubt" if doubt(group.trusted) else ""
        place = f"{configuration(case.case)} is fastest on {group.device}{sure}"
        return f"{place}: {_gain(group, case)}"
    names = {configuration(case.case) for _, case in best}
    if len(names) == 1:
        factors = [case.speedup for _, case in best if case.speedup and not case.is_reference]
        gain = ""
        if len(factors) == len(best):
            low, high = number(min(factors)), number(max(factors))
            span = low if low == high else f"{low} to {high}"
            gain = f": {span} times the speed of the reference"
        sure = (
            ", not everywhere beyond doubt"
            if any(doubt(group.trusted) for group, _ in best)
            else ""
        )
        return f"{names.pop()} is fastest everywhere{sure}{gain}"
    places = [
        f"{configuration(case.case)} {f'for {group.model} ' * (len(models) > 1)}on {group.device}"
        for group, case in best
    ]
    if len(places) <= DISTINCT_NAMES:
        return f"No configuration is fastest everywhere: {', '.join(places)}"
    return f"No configuration is fastest everywhere: {len(names)} of them lead somewhere"


def _best(summary: RunSummary) -> list[tuple[Group, CaseSummary]]:
    """Return the fastest trusted case of each device and model, over all tools."""
    best: dict[tuple[str, str], tuple[Group, CaseSummary]] = {}
    for device in summary.devices:
        for group in groups(device):
            for case in group.trusted[:1]:
                known = best.get((device.name, group.model))
                if known is None or _time(case) < _time(known[1]):
                    best[device.name, group.model] = group, case
    return list(best.values())


def _time(case: CaseSummary) -> float:
    return case.latency.value_us if case.latency else math.inf


def _gain(group: Group, case: CaseSummary, *, interval: bool = False) -> str:
    """Say how fast a case is, and how much faster than its reference."""
    time = f"{ms(_time(case))}{NO_BREAK_SPACE}ms"
    width = case.latency.relative if case.latency else None
    if interval and width is not None:
        time += f" ± {percent(width)}"
    if case.status is Status.PARTIAL:
        time += f" (PARTIAL: {placement(case.placement)})"
    if case.is_reference:
        return f"{time}; it is the reference"
    if case.speedup is None or group.reference is None:
        return f"{time}; the reference has no number that stands"
    return (
        f"{time}, {number(case.speedup)} times the speed of {configuration(group.reference.case)}"
    )


def _extent(summary: RunSummary) -> str:
    run = summary.run
    plan, measure = run.plan, run.plan.measure
    done, planned = len(run.invocations), len(plan.invocations)
    what = cases_on_devices(plan)
    if plan.imported:
        return f"{what}, imported: {imported(plan)}. benchhub did not measure this."
    times = f"{_count(measure.rounds, 'process', 'processes')} each"
    if measure.profile_rounds:
        times += f" and {measure.profile_rounds} with the profiler"
    took = f", in {seconds(run.end.seconds)}" if run.end else ""
    lost = [device.name for device in summary.devices if device.lost]
    if lost:
        were = "was" if len(lost) == 1 else "were"
        whole = f"{done} of {planned} planned invocations{took}"
        return f"{what}, {times}: {whole}; {listed(lost)} {were} lost."
    if run.state is RunState.INTERRUPTED:
        return f"{what}, {times}. Interrupted after {done} of {planned} invocations."
    if run.state is RunState.UNFINISHED:
        return f"{what}, {times}. Not ended: {done} of {planned} invocations are there."
    all_of = f"all {planned}" if done == planned else f"{done} of {planned}"
    return f"{what}, {times}: {all_of} planned invocations{took}."


def _count(n: int, one: str, many: str = "") -> str:
    return f"{n} {one if n == 1 else many or one + 's'}"


def _not_run(summary: RunSummary, counts: Mapping[Mark, int]) -> str:
    lost = {
        device.name: sum(mark_of(case) is Mark.NOT_RUN for case in device.cases)
        for device in summary.devices
        if device.lost
    }
    reasons = [
        (counts.get(Mark.REFUSED, 0), "known to be impossible"),
        *((n, f"{name} was lost") for name, n in lost.items()),
        (counts.get(Mark.NOT_RUN, 0) - sum(lost.values()), "the run ended before"),
    ]
    parts = [f"{_count(n, 'case')} ({why})" for n, why in reasons if n]
    return f"Not run: {', '.join(parts)}." if parts else ""


def _device(
    run: Run, device: DeviceSummary, anchors: Mapping[tuple[str, str], str]
) -> DeviceAnswer:
    failed = failed_variants(run)
    bad = _unmade(run, failed)
    bad += [
        Worry(mark, full(case.case), anchors[device.name, case.case.id], _worry(case, mark))
        for case in device.cases
        if (mark := _concern(case)) is not Mark.OK
        and not (device.lost and mark is Mark.NOT_RUN)
        and (case.case.variant.model, case.case.variant.variant) not in failed
    ]
    bad.sort(key=lambda worry: WORST_FIRST.index(worry.mark))
    return DeviceAnswer(
        name=device.name,
        what=_what(device),
        answers=tuple(
            _answer(group, anchors)
            for group in groups(device)
            if not device.lost or any(case.latency for case in group.ranked)
        ),
        worries=tuple(bad[:SHOWN_WORRIES]),
        more_worries=max(0, len(bad) - SHOWN_WORRIES),
        lost=f"{not_run(device)}: {device.lost.message}" if device.lost else "",
    )


def _unmade(run: Run, failed: Mapping[tuple[str, str], Failure]) -> list[Worry]:
    """Return the variants that could not be made, each once."""
    known = variant_anchors(run.plan)
    return [
        Worry(Mark.REFUSED, " ".join(pair), known[pair], f"was not made: {failure.message}")
        for pair, failure in failed.items()
    ]


def _concern(case: CaseSummary) -> Mark:
    """Return the mark of a case; a good number that does not meet a budget is noted."""
    mark = mark_of(case)
    return Mark.NOTE if mark is Mark.OK and case.unmet else mark


def _what(device: DeviceSummary) -> str:
    if device.record is None:
        if device.lost:
            return "lost before it was asked what it is"
        return "the run ended before this device was asked"
    facts = device.record.facts
    measured = f"measured with {listed(device.tools)}" if device.tools else ""
    cores = _count(facts.cores, "core") if facts.cores else None
    known = (devices.name_of(facts), cores, devices.system(facts))
    label = f"results {devices.FROM_SHELL}" if facts.from_shell else ""
    parts = (", ".join(filter(None, known)), measured, label)
    return "; ".join(part for part in parts if part)


def _worry(case: CaseSummary, mark: Mark) -> str:
    if mark is Mark.NOT_RUN:
        return "was planned and gave no number before the run ended."
    if mark is Mark.INVALID:
        return f"has no number that counts: {invalid_reason(case)}."
    if case.failures and not case.latency:
        return (
            f"{'was not tried' if mark is Mark.REFUSED else 'failed'}: {case.failures[0].message}"
        )
    return _doubt(case, mark)


def _doubt(case: CaseSummary, mark: Mark) -> str:
    """Say what is wrong with a number, or with what the suite demands of it."""
    if mark is Mark.WRONG:
        return f"is wrong: {off_by(case)}."
    if case.fell_back:
        return f"asked for {asked_for(case)} and ran on {ran_on(case)}."
    if case.unmet and mark in (Mark.PARTIAL, Mark.NOTE):
        return f"does not meet its budget: {case.unmet[0].meaning}"
    if mark is Mark.PARTIAL:
        return f"ran in part: {in_part(case)}."
    silent = [one.meaning for one in reasons(case, Status.SUSPECT)]
    return f"is in doubt: {silent[0] if silent else 'see its invocations.'}"


def _answer(group: Group, anchors: Mapping[tuple[str, str], str]) -> Answer:
    trusted = group.trusted
    if not trusted:
        return Answer(group.title, "", "", "No case gave a number that stands.", "", ())
    fastest = trusted[0]
    verb = "is fastest" if len(trusted) > 1 else "is the only case with a number that stands"
    return Answer(
        title=group.title,
        name=configuration(fastest.case),
        anchor=anchors[group.device, fastest.case.id],
        text=f"{verb}: {_gain(group, fastest, interval=True)}.",
        doubt=doubt(trusted),
        ladders=_ladders(group),
    )


def _ladders(group: Group) -> tuple[Ladder, ...]:
    lines: dict[str, list[CaseSummary]] = {}
    for one in group.trusted:
        lines.setdefault(one.case.variant.variant, []).append(one)
    return ladders(list(lines.items()), lambda one: _role(group, one))


def _role(group: Group, case: CaseSummary) -> str:
    if case is group.trusted[0]:
        return "best"
    return "reference" if case.is_reference else "other"
