"""The summary of a run as text: which configuration is fastest, which operators cost the time."""

from __future__ import annotations

import sys

from benchhub.analysis.choosing import Recommendation
from benchhub.analysis.operators import OpTable
from benchhub.analysis.phrases import metric_name
from benchhub.analysis.summary import CaseSummary, DeviceSummary, RunSummary
from benchhub.records import DEFAULT_TOOL, Status
from benchhub.reports import devices
from benchhub.reports.across import across
from benchhub.reports.agreement import agreed
from benchhub.reports.extent import imported
from benchhub.reports.groups import Group, doubt, groups
from benchhub.reports.marks import THROTTLED, Mark, failure_key, mark_of, not_run
from benchhub.reports.names import full, listed, placement, ran_as
from benchhub.reports.numbers import (
    MISSING,
    figure,
    is_share,
    megabytes,
    ms,
    percent,
    ratio,
    signed_change,
)
from benchhub.reports.outcomes import outcomes
from benchhub.reports.sentences import reasons
from benchhub.reports.tables import Row, columns, fitted
from benchhub.reports.variants import ModelVariants, VariantRow, failed_variants, variants

# A number that rests on fewer processes shows its n.
ENOUGH_PROCESSES = 3
TOP_TYPES = 3
HEAD = ("model", "configuration", "ms", "± 95 %", "vs ref", "init ms", "growth MB", "placement")
LEFT_COLUMNS = frozenset({0, 1, 7})
# A narrow terminal does without memory and time to get ready, which --json and the report have.
SPARE_COLUMNS = (6, 5)
INDENT = "  "

# Ends the finding of an accelerator that a processor plays.
SOFTWARE = ".software"


def render_summary(summary: RunSummary, width: int | None = None) -> str:
    """Return the summary of a run: a block a device, how they compare, what to ship.

    Args:
        summary: The run.
        width: Columns of the terminal, which tables keep to; None is as wide as they are.
    """
    blocks = ["\n".join(_device(summary, device, width)) for device in summary.devices]
    models = ["\n".join(_variants(model)) for model in variants(summary)]
    return "\n\n".join([*blocks, *_devices(summary), *models])


def _devices(summary: RunSummary) -> list[str]:
    """Say which device is fastest with each model, and what limits that."""
    lines = []
    for table in across(summary):
        title = f"{table.title}: " if table.title else ""
        lines += [f"  {title}{lead.text}" for lead in table.leads]
        lines += [f"  {title}{note}" for note in table.notes]
    return ["\n".join(["across devices", *dict.fromkeys(lines)])] if lines else []


def _device(summary: RunSummary, device: DeviceSummary, width: int | None) -> list[str]:
    found = groups(device)
    several = len(device.tools) > 1
    rows = [
        _row(case, several_tools=several)
        for group in found
        for case in group.ranked
        if case.latency
    ]
    lines = [_heading(summary, device)]
    if rows:
        room = sys.maxsize if width is None else width - len(INDENT)
        table = fitted(HEAD, rows, LEFT_COLUMNS, room, names=2, spare=SPARE_COLUMNS)
        lines += [f"{INDENT}{line}" for line in table]
    for group in found:
        lines += _answers(group)
    lines += [
        f"  profile of {full(case.case)}: {ms(case.operators.total_us)} ms in "
        f"{len(case.operators.rows)} operators: {top_types(case.operators)}{_mark(case)}"
        for case in device.cases
        if case.operators and not case.planned
    ]
    right = agreed(device.cases, summary.run.plan.verify)
    lines += [f"  {right}"] if right else []
    if device.record:
        lines += [f"  {note}" for note in _held_back(summary, device)]
        lines += [f"  set for the run and put back: {text}" for text in device.record.changed]
        if device.record.facts.from_shell:
            lines.append(f"  results are {devices.FROM_SHELL}")
        lines += [f"  {note}" for tool in device.record.tools for note in tool.notes]
    return lines + _troubles(summary, device)


def _heading(summary: RunSummary, device: DeviceSummary) -> str:
    parts = [device.name]
    if device.record:
        facts = device.record.facts
        cores = f"{facts.cores} cores" if facts.cores else ""
        known = (devices.name_of(facts), cores, devices.clusters(facts))
        parts.append(", ".join(part for part in known if part))
        parts += [f"{tool.name} {tool.version}".rstrip() for tool in device.record.tools]
    else:
        parts += [*device.tools, "lost before it was asked" if device.lost else "not asked"]
    plan = summary.run.plan
    rounds = plan.measure.rounds
    each = f"{rounds} process{'es' * (rounds != 1)} each"
    parts.append(f"imported: {imported(plan)}" if plan.imported else each)
    return " · ".join(part for part in parts if part)


def _held_back(summary: RunSummary, device: DeviceSummary) -> list[str]:
    """Say that a device was hot or throttled; a device that was well is not mentioned."""
    ran = [one for one in summary.run.invocations if one.device == device.name]
    status, flags = devices.thermal_status(ran), devices.throttling(ran)
    said = []
    if status and not status.startswith("0"):
        said.append(f"thermal status rose to {status}")
    if flags and flags != "none":
        said.append(f"throttling: {flags}")
    return said


def _row(case: CaseSummary, *, several_tools: bool) -> Row:
    """Return a row; the tool is named where the heading of the device names several."""
    latency, tool = case.latency, case.case.tool
    notes = [placement(case.placement)]
    if case.status is not Status.OK:
        notes.append(case.status.value)
    if any(finding.id.endswith(SOFTWARE) for finding in case.findings):
        notes.append("made of software")
    if case.fell_back:
        notes.append(f"asked for {case.case.configuration.name}")
    if case.statistic == "mean":
        notes.append("mean")
    if latency and latency.n < case.planned:
        notes.append(f"n = {latency.n} of {case.planned}")
    elif latency and latency.n < ENOUGH_PROCESSES:
        notes.append(f"n = {latency.n}")
    width = latency.relative if latency else None
    return (
        case.case.variant.model,
        ran_as(case) + (f" @{tool}" if several_tools and tool != DEFAULT_TOOL else ""),
        ms(latency.value_us if latency else None),
        MISSING if width is None else f"±{percent(width)}",
        "ref" if case.is_reference else ratio(case.speedup),
        ms(case.init_us),
        megabytes(case.overall_bytes),
        "  ".join(notes),
    )


def _answers(group: Group) -> list[str]:
    """Name the fastest case, then where the time goes in it and in the reference."""
    if not group.trusted:
        return []
    fastest = group.trusted[0]
    place = "fastest" if len(group.trusted) > 1 else "the only number that stands"
    lines = [f"  {place}: {_gain(fastest)}{_in_doubt(group)}"]
    shown = [fastest]
    if group.reference is not None and group.reference is not fastest:
        shown.append(group.reference)
    lines += [
        f"  slowest operators of {full(case.case)}: {top_types(case.operators)}{_mark(case)}"
        for case in shown
        if case.operators
    ]
    return lines


def _mark(case: CaseSummary) -> str:
    return "" if case.profile_status is Status.OK else f" ({case.profile_status})"


def _gain(case: CaseSummary) -> str:
    text = f"{full(case.case)}, {ms(case.latency.value_us if case.latency else None)} ms"
    if case.status is Status.PARTIAL:
        text += f" (PARTIAL: {placement(case.placement)})"
    if case.speedup and not case.is_reference:
        text += f", {ratio(case.speedup)} the reference"
    return text


def _in_doubt(group: Group) -> str:
    said = doubt(group.trusted)
    return f". {said}" if said else ""


def top_types(table: OpTable) -> str:
    """Return the operator types that cost most, e.g. `CONV_2D 61 %, ADD 8 %`."""
    return ", ".join(f"{row.op} {percent(row.share)}" for row in table.types[:TOP_TYPES])


def _troubles(summary: RunSummary, device: DeviceSummary) -> list[str]:
    """Say in words what went wrong, each thing once with the cases that it hit."""
    hit: dict[str, list[tuple[str, str]]] = {}
    failed = failed_variants(summary.run)  # these are told with the variants
    for case in device.cases:
        if (case.case.variant.model, case.case.variant.variant) in failed:
            continue
        for key, said in _said(case):
            hit.setdefault(key, []).append((case.case.id, said))
    lines = [
        f"  {told[0][0] if len(told) == 1 else f'{len(told)} cases'}: {told[0][1]}"
        for told in hit.values()
    ]
    lines += [f"  {line}" for line in outcomes(device.cases)]
    if device.lost:
        lost = f"{device.lost.message} {device.lost.advice}".rstrip()
        return [*lines, f"  {not_run(device)}: {lost}"]
    planned = sum(step.device == device.name for step in summary.run.plan.invocations)
    if device.done < planned:
        lines.append(f"  {device.done} of {planned} invocations were run")
    return lines


def _variants(model: ModelVariants) -> list[str]:
    """Return the variants of a model side by side, and which one to ship on each device."""
    change = "points" if is_share(model.metric) else "change"
    accuracy = (metric_name(model.metric), change) if model.metric else ("same top-1", "")
    times = [f"{device} ms" for device in model.devices]
    head = ("variant", "MB", "gzip MB", *accuracy, *times, "")
    rows = [_variant(row, model) for row in model.rows]
    used = [i for i in range(len(head)) if any(row[i] not in ("", MISSING) for row in rows)]
    left = frozenset(used.index(i) for i in (0, len(head) - 1) if i in used)
    table = columns([head[i] for i in used], [[row[i] for i in used] for row in rows], left)
    notes = ["nothing tells how accurate they are"] if model.is_blind else []
    notes += [f"all: {note}" for note in model.notes]
    notes += [f"{row.name}: {note}" for row in model.rows for note in row.notes]
    for row in model.rows:
        missing = "not made: " if row.is_failed else ""
        notes += [
            f"{row.name}: {missing}{one.message} {one.advice}".rstrip() for one in row.failures
        ]
    lines = [*table, *(_ship(choice) for choice in model.choices), *notes]
    return [f"variants of {model.model}", *(f"  {line}" for line in lines)]


def _variant(row: VariantRow, model: ModelVariants) -> Row:
    accuracy = row.accuracy
    difference = row.facts.difference if row.facts else None
    if not model.metric:
        judged = (percent(difference.top1_agreement if difference else None), "")
    elif row.is_reference:
        judged = (figure(accuracy.value if accuracy else None, model.metric), "ref")
    else:
        value = figure(accuracy.value if accuracy else None, model.metric)
        judged = (value, signed_change(row.change, model.metric))
    lacking = [one.mark.word if one.case and not row.is_failed else MISSING for one in row.speeds]
    times = [
        ms(one.us) if one.candidate else word for one, word in zip(row.speeds, lacking, strict=True)
    ]
    picked = [one.device for one in row.speeds if one.picked]
    everywhere = len(picked) == len(row.speeds)
    note = f"pick{'' if everywhere else f' on {listed(picked)}'}" if picked else ""
    note = "not made" if row.is_failed else note
    return (row.name, megabytes(row.size_bytes), megabytes(row.gzip_bytes), *judged, *times, note)


def _ship(choice: Recommendation) -> str:
    """Say in a sentence what to ship on a device, and why; `benchhub recommend` says more."""
    if choice.pick is None:
        return f"{choice.device}: no pick: {' '.join(choice.reasons[:2])}"
    return f"{choice.device}: ship {choice.pick.name}. {choice.reasons[0]}"


def _said(case: CaseSummary) -> list[tuple[str, str]]:
    """Return what went wrong with a case, a sentence each, after what makes two the same."""
    if mark_of(case) is Mark.NOT_RUN:
        return []  # the line about the device says why
    invalid = f"{Status.INVALID}: " if case.status is Status.INVALID else ""
    told: dict[str, str] = {}
    for failure in case.failures:
        text = f"{invalid}{failure.message} {failure.advice}".rstrip()
        told.setdefault(failure_key(failure), text)
    throttled = [one for one in case.findings if one.id == THROTTLED]
    if throttled and case.invalid:
        meaning, advice = throttled[0].meaning, throttled[0].advice
        share = f"{case.invalid} of {len(case.latency_invocations)} processes do not count"
        told[THROTTLED + share] = f"{Status.INVALID}: {share}: {meaning}. {advice}".rstrip()
    said = list(told.items())
    if case.status is Status.SUSPECT:
        said += [
            (
                finding.id + finding.meaning,
                f"{case.status}: {finding.meaning} {finding.advice}".rstrip(),
            )
            for finding in reasons(case, Status.SUSPECT)
        ]
    return said
