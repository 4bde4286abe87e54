"""The summary of a run as text: which configuration is fastest, which operators cost the time."""

from __future__ import annotations

from collections.abc import Sequence

from benchhub.analysis.operators import OpTable
from benchhub.analysis.summary import CaseSummary, DeviceSummary, RunSummary
from benchhub.records import Placement, Severity, Status
from benchhub.reports.numbers import megabytes, ms, percent, ratio

# A number that rests on fewer processes shows its n.
ENOUGH_PROCESSES = 3
TOP_TYPES = 3
Row = Sequence[str]


def columns(head: Row, rows: Sequence[Row], left: frozenset[int]) -> list[str]:
    """Lay out a table: numbers to the right, the columns in `left` to the left."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    return [
        "  ".join(
            cell.ljust(width) if i in left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (head, *rows)
    ]


def render_summary(summary: RunSummary) -> str:
    """Return the summary of a run, one block a device."""
    return "\n\n".join("\n".join(_device(summary, device)) for device in summary.devices)


def _device(summary: RunSummary, device: DeviceSummary) -> list[str]:
    lines = [_heading(device)]
    ranked = [case for case in device.fastest_first() if case.latency]
    if ranked:
        head = ("model", "configuration", "ms", "± 95 %", "vs ref", "init ms", "MB", "placement")
        table = columns(head, [_row(case) for case in ranked], frozenset({0, 1, 7}))
        lines += [f"  {line}" for line in table]
        lines += _answers(ranked)
    lines += _troubles(summary, device)
    return lines


def _heading(device: DeviceSummary) -> str:
    parts = [device.name]
    if device.record:
        facts = device.record.facts
        cores = f"{facts.cores} cores" if facts.cores else ""
        parts.append(", ".join(part for part in (facts.cpu, cores) if part))
        parts += [f"{tool.name} {tool.version}".rstrip() for tool in device.record.tools]
    return " · ".join(part for part in parts if part)


def _row(case: CaseSummary) -> Row:
    latency, configuration = case.latency, case.case.configuration
    variant = case.case.variant
    name = f"{variant.variant} {configuration.name} t{configuration.threads}"
    if case.case.tool != "litert":
        name += f" @{case.case.tool}"
    width = latency.relative if latency else None
    notes = [placement(case.placement)]
    if case.status is not Status.OK:
        notes.append(case.status.value)
    if case.statistic == "mean":
        notes.append("mean")
    if latency and latency.n < ENOUGH_PROCESSES:
        notes.append(f"n = {latency.n}")
    return (
        variant.model,
        name,
        ms(latency.value_us if latency else None),
        "–" if width is None else f"±{percent(width)}",
        "ref" if case.is_reference else ratio(case.speedup),
        ms(case.init_us),
        megabytes(case.overall_bytes),
        "  ".join(note for note in notes if note),
    )


def placement(what: Placement | None) -> str:
    """Say what ran where, e.g. `64/65 xnnpack`."""
    if what is None or what.applied is None:
        return "not told"
    if what.applied == "none":
        return "built-in kernels"
    if what.nodes_total is None or what.nodes_delegated is None:
        return what.applied
    pieces = f", {what.partitions} partitions" if (what.partitions or 1) > 1 else ""
    return f"{what.nodes_delegated}/{what.nodes_total} {what.applied}{pieces}"


def label(case: CaseSummary) -> str:
    """Name a case for a sentence."""
    configuration, variant = case.case.configuration, case.case.variant
    text = f"{variant.model} {variant.variant} {configuration.name} t{configuration.threads}"
    return text if case.case.tool == "litert" else f"{text} ({case.case.tool})"


def _answers(ranked: Sequence[CaseSummary]) -> list[str]:
    """Name the fastest case, then where the time goes in it and in the reference."""
    fastest = ranked[0]
    lines = [f"  fastest: {_gain(fastest)}"] if fastest.status is Status.OK else []
    reference = next((case for case in ranked if case.is_reference), None)
    for case in dict.fromkeys((fastest, reference)):
        if case and case.operators:
            lines += [f"  slowest operators of {label(case)}: {top_types(case.operators)}"]
    return lines


def _gain(case: CaseSummary) -> str:
    text = f"{label(case)}, {ms(case.latency.value_us if case.latency else None)} ms"
    if case.speedup and not case.is_reference:
        text += f", {ratio(case.speedup)} the reference"
    return text


def top_types(table: OpTable) -> str:
    """Return the operator types that cost most, e.g. `CONV_2D 61 %, ADD 8 %`."""
    return ", ".join(f"{row.op} {percent(row.share)}" for row in table.types[:TOP_TYPES])


def _troubles(summary: RunSummary, device: DeviceSummary) -> list[str]:
    """Say in words what went wrong, each thing once with the cases that it hit."""
    hit: dict[str, list[str]] = {}
    for case in device.cases:
        for said in _said(case):
            hit.setdefault(said, []).append(case.case.id)
    lines = [
        f"  {cases[0] if len(cases) == 1 else f'{len(cases)} cases'}: {said}"
        for said, cases in hit.items()
    ]
    planned = sum(step.device == device.name for step in summary.run.plan.invocations)
    done = sum(one.device == device.name for one in summary.run.invocations)
    if done < planned:
        lines.append(f"  {done} of {planned} invocations were run")
    return lines


def _said(case: CaseSummary) -> list[str]:
    """Return what went wrong with a case, a sentence each."""
    said = [f"{failure.message} {failure.advice}".rstrip() for failure in case.failures]
    if case.status in (Status.FALLBACK, Status.SUSPECT):
        said += [
            f"{case.status.value}: {finding.meaning} {finding.advice}".rstrip()
            for finding in case.findings
            if finding.severity in (Severity.SILENT, Severity.FATAL)
        ]
    return said
