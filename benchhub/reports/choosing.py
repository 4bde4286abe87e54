"""Which variant to ship, as text and as data: the Pareto set, the pick, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from benchhub.analysis.candidates import Candidate
from benchhub.analysis.choosing import Recommendation, Verdict
from benchhub.analysis.limits import told
from benchhub.analysis.phrases import SHARES, metric_name
from benchhub.reports.numbers import MISSING, megabytes, ms, number, percent, signed
from benchhub.reports.tables import columns
from benchhub.reports.terminal import ENOUGH_PROCESSES

_LEFT = frozenset({0, 7})
_LONGEST_METRIC = 12


def render_choice(choice: Recommendation) -> str:
    """Return the Pareto set of one model on one device, the pick, and why."""
    base = next((one for one in choice.candidates if one.variant == choice.reference), None)
    shown = [one for one in choice.candidates if one.efficient or one is choice.pick or one is base]
    lines = [_heading(choice)]
    if shown:
        rows = [_row(choice, one) for one in shown]
        lines += [f"  {line}" for line in _table(_head(choice), rows)]
    rest = len(choice.candidates) - len(shown)
    if rest:
        lines.append(
            f"  {rest} other case{'s' * (rest != 1)} not shown: one of these is at least as good "
            "in each figure"
        )
    lines += [f"  {line}" for line in _answer(choice)]
    return "\n".join(lines + [f"  {line}" for line in _left_out(choice)])


def choice_facts(choice: Recommendation) -> dict[str, Any]:
    """Return it as JSON-ready data with all candidates; missing figures are null."""
    return {
        "device": choice.device,
        "model": choice.model,
        "tool": choice.tool or None,
        "reference": choice.reference,
        "metric": choice.metric or None,
        "limits": asdict(choice.limits) if choice.limits.asked else None,
        "verdict": choice.verdict.value if choice.limits.asked else None,
        "pick": choice.pick.case.case.id if choice.pick else None,
        "reasons": list(choice.reasons),
        "candidates": [_candidate(one) for one in choice.candidates],
        "left_out": [
            {"case": one.case.case.id, "status": one.case.status.value, "why": one.why}
            for one in choice.left_out
        ],
    }


def _candidate(one: Candidate) -> dict[str, Any]:
    latency, figures = one.latency, one.figures
    return {
        "case": one.case.case.id,
        "status": one.case.status.value,
        "efficient": one.efficient,
        "within": one.within,
        "value_us": latency.value_us,
        "low_us": latency.low_us,
        "high_us": latency.high_us,
        "processes": latency.n,
        "size_bytes": one.size_bytes,
        "gzip_bytes": one.gzip_bytes,
        "accuracy": one.accuracy,
        "drop": one.drop,
        "drop_standard_error": one.drop_error,
        "examples": figures.n if figures else None,
        "difference": asdict(one.difference) if one.difference else None,
        "unmet": list(one.unmet),
        "untold": list(one.untold),
    }


def _heading(choice: Recommendation) -> str:
    limits = told(choice.limits, choice.metric or next(iter(SHARES)))
    parts = [f"{choice.model} on {choice.device}", f"at most {limits}" if limits else "no limits"]
    return " · ".join(parts)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lay out a table without the columns that say nothing."""
    used = [
        i for i in range(len(head)) if i < 2 or any(row[i] not in ("", MISSING) for row in rows)
    ]
    left = frozenset(used.index(i) for i in _LEFT if i in used)
    return columns([head[i] for i in used], [[row[i] for i in used] for row in rows], left)


def _head(choice: Recommendation) -> tuple[str, ...]:
    name = metric_name(choice.metric) or "same top-1"
    name = name if len(name) <= _LONGEST_METRIC else "accuracy"
    change = "points" if choice.metric in SHARES else "change"
    return ("configuration", "ms", "± 95 %", "MB", "gzip MB", name, change, "")


def _row(choice: Recommendation, one: Candidate) -> tuple[str, ...]:
    latency = one.latency
    width = latency.relative
    accuracy, change = _accuracy(choice, one)
    notes = ["pick"] if one is choice.pick else []
    notes += [] if one.efficient else ["dominated"]
    notes += ["over a limit"] if one.unmet else ["not told"] if one.untold else []
    notes += [f"n = {latency.n}"] if latency.n < ENOUGH_PROCESSES else []
    notes += [one.case.status.value] if one.case.status.value != "OK" else []
    return (
        one.name,
        ms(latency.value_us),
        MISSING if width is None else f"±{percent(width)}",
        megabytes(one.size_bytes),
        megabytes(one.gzip_bytes),
        accuracy,
        change,
        ", ".join(notes),
    )


def _accuracy(choice: Recommendation, one: Candidate) -> tuple[str, str]:
    """Write the accuracy and how far it is from the reference's; without labels, how alike."""
    is_reference = one.variant == choice.reference
    if not choice.metric:
        alike = one.difference.top1_agreement if one.difference else None
        return percent(alike), ""
    share = choice.metric in SHARES
    accuracy = percent(one.accuracy) if share else number(one.accuracy)
    if is_reference or one.drop is None:
        return accuracy, "ref" if is_reference else MISSING
    return accuracy, signed(-100 * one.drop, 1) if share else number(-one.drop)


def _answer(choice: Recommendation) -> list[str]:
    first, *rest = choice.reasons
    if choice.pick:
        return [f"pick: {choice.pick.name}. {first}", *rest]
    word = "REFUSED" if choice.verdict is Verdict.REFUSED else "cannot be told"
    return [f"no pick, {word}: {first}", *rest]


def _left_out(choice: Recommendation) -> list[str]:
    """Say which cases could not be chosen, each reason once."""
    hit: dict[str, list[str]] = {}
    for one in choice.left_out:
        hit.setdefault(one.why, []).append(one.case.case.id.removeprefix(f"{choice.model}/"))
    return [
        f"left out: {names[0] if len(names) == 1 else f'{len(names)} cases'}: {why}"
        for why, names in hit.items()
    ]
