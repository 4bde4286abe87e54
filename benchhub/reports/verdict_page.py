"""The page of a comparison: the answer, the table, what changed in each case, both sides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchhub.analysis.verdict_figures import Figures, figures, worst_first
from benchhub.analysis.verdicts import Comparison
from benchhub.records import Run, Verdict
from benchhub.reports import names, page
from benchhub.reports.change_details import ChangeDetail, change_details
from benchhub.reports.evidence import change, interval, points, probability
from benchhub.reports.intervals import Row, Scale, rows, scale_of
from benchhub.reports.marks import Mark
from benchhub.reports.numbers import NO_BREAK_SPACE, ms
from benchhub.reports.profiles import FIRST_ROWS, compared_operators
from benchhub.reports.ruling import WEAKER, counts, headline, invalid_pairs, rule
from benchhub.reports.sides import Sides, sides

SECTIONS = (
    ("verdict", "Verdict"),
    ("verdicts", "Comparisons"),
    ("changes", "What changed"),
    ("sides", "Baseline and candidate"),
)
OPERATORS = ("operators", "Operators")
METHOD = ("method", "How it was decided")

# Operators that are shown before all are asked for.
FIRST_OPERATORS = 10

MEANING = {
    Verdict.REGRESSED: "slower for certain and by more than the minimum effect, or worse in an "
    "exact figure",
    Verdict.INVALID: "too few pairs count, so that nothing is said of the model",
    Verdict.INCONCLUSIVE: "measured, but the figures scatter too much to decide",
    Verdict.IMPROVED: "faster for certain and by more than the minimum effect, or better in an "
    "exact figure",
    Verdict.PASS: "not slower by the minimum effect, for certain",
}


@dataclass(frozen=True, slots=True)
class VerdictPage:
    """What the sections of a comparison show.

    Attributes:
        comparison: What is said.
        headline: The answer in a sentence.
        lead: What the worst case did; empty where the headline says all.
        rule: When a case is called slower.
        limits: What limits the answer, a sentence each.
        counts: Cases by verdict, worst first.
        rows: The table, worst first.
        scale: What its intervals are drawn on.
        details: Each case in full, in the same order.
        sides: Where both are from, and what differs.
        method: What identifies the comparison, and how it was measured.
        commands: What it does, the command, and its HTML id.
        created: When the candidate was measured.
        has_run: Whether the page has the sections of the run as well.
        has_means: Whether a process counts with its mean.
    """

    comparison: Comparison
    headline: str
    lead: str
    rule: str
    limits: tuple[str, ...]
    counts: tuple[tuple[Verdict, int], ...]
    rows: tuple[Row, ...]
    scale: Scale
    details: tuple[ChangeDetail, ...]
    sides: Sides
    method: tuple[tuple[str, str], ...]
    commands: tuple[tuple[str, str, str], ...]
    created: str
    has_run: bool
    has_means: bool


def verdict_page(
    comparison: Comparison,
    baseline: Run,
    candidate: Run,
    anchors: Mapping[tuple[str, str], str] | None = None,
) -> VerdictPage:
    """Return what the sections of a comparison show.

    Args:
        comparison: What is said.
        baseline: The run that the baseline is in.
        candidate: Likewise; the same one if the pairs were interleaved.
        anchors: HTML ids of the cases by device and id, where the page has these.
    """
    ranked = worst_first(figures(comparison))
    ids = names.unique("verdict", [(one.case.device, one.case.case_id) for one in ranked])
    scale = scale_of(ranked)
    table = rows(ranked, scale, ids)
    return VerdictPage(
        comparison=comparison,
        headline=headline(comparison, ranked),
        lead=_lead(ranked[0]) if ranked else "",
        rule=rule(comparison),
        limits=tuple(_limits(comparison)),
        counts=counts(comparison),
        rows=table,
        scale=scale,
        details=change_details(table, anchors or {}),
        sides=sides(comparison, baseline, candidate),
        method=tuple(_method(comparison, baseline, candidate)),
        commands=tuple(_commands(comparison)),
        created=candidate.plan.created.replace("T", " "),
        has_run=anchors is not None,
        has_means=any(one.statistic == "mean" for one in ranked),
    )


def render_comparison_html(comparison: Comparison, baseline: Run, candidate: Run) -> str:
    """Render the page of two stored runs that are compared.

    The page of an interleaved comparison has the sections of its run as well:
    `benchhub.reports.html.render_html`.

    Args:
        comparison: What is said of them.
        baseline: The run that the baseline is in.
        candidate: The run that the candidate is in.

    Returns:
        The page. It depends on nothing but the arguments and the version of benchhub.
    """
    shown = verdict_page(comparison, baseline, candidate)
    anchors = {
        (row.figures.case.device, row.figures.case.case_id): row.anchor for row in shown.rows
    }
    operators = compared_operators(comparison, (baseline, candidate), anchors)
    absent = {"changes": not shown.rows, "operators": not operators.cases}
    return page.render(
        "verdict_page.html.j2",
        **context(shown),
        sections=[one for one in (*SECTIONS, OPERATORS, METHOD) if not absent.get(one[0])],
        operators=operators,
        first_rows=FIRST_ROWS,
        about=f"runs {baseline.plan.run_id} and {candidate.plan.run_id}",
        Mark=Mark,
    )


def context(shown: VerdictPage) -> Mapping[str, object]:
    """Return what the templates of a comparison need, by name."""
    return {
        "shown": shown,
        "comparison": shown.comparison,
        "verdict_meaning": MEANING,
        "change_of": change,
        "points_of": points,
        "interval_of": interval,
        "probability": probability,
        "first_operators": FIRST_OPERATORS,
    }


def _lead(worst: Figures) -> str:
    """Say what the worst case did, unless it passed."""
    case = worst.case
    if case.verdict is Verdict.PASS:
        return ""
    if worst.change is None:
        return case.reason
    went = f"{ms(worst.baseline_us)} to {ms(worst.candidate_us)}{NO_BREAK_SPACE}ms"
    sure = interval(worst)
    ends = f", 95 % interval {sure}{NO_BREAK_SPACE}%" if sure else ""
    told = f"It went from {went}: {change(worst.change)}{ends}, {worst.extent}."
    moved = case.verdict in (Verdict.REGRESSED, Verdict.IMPROVED)
    said = case.blame.text if moved and case.blame else case.reason
    return f"{told} {said[:1].upper()}{said[1:].rstrip('.')}."


def _limits(comparison: Comparison) -> Iterator[str]:
    if not comparison.interleaved:
        yield WEAKER
    yield from (f"Compared all the same, by --force: {text}" for text in comparison.forced)
    yield from (
        f"{device} was lost: {failure.message} {failure.advice}".rstrip()
        for device, failure in comparison.lost
    )
    spoilt = invalid_pairs(comparison)
    if spoilt:
        yield f"{spoilt}."
    yield from comparison.unmatched
    yield from comparison.notes


def _method(comparison: Comparison, baseline: Run, candidate: Run) -> Iterator[tuple[str, str]]:
    spec = comparison.spec
    ids = dict.fromkeys(comparison.run_ids)
    yield ("Run" if len(ids) == 1 else "Runs"), " and ".join(ids)
    yield "Suite", comparison.suite
    measured = "side by side, in pairs" if comparison.interleaved else "one after the other"
    yield "Measured", measured
    yield "Rule", spec.rule.value
    looks = ", ".join(map(str, spec.looks))
    yield ("Looks at the pairs" if comparison.interleaved else "Fewest processes of a side"), looks
    yield "Devices", ", ".join(dict.fromkeys(case.device for case in comparison.cases)) or "none"
    seeds = dict.fromkeys(str(run.plan.seed) for run in (baseline, candidate))
    yield "Seed of the order", " and ".join(seeds)
    yield "Minimum effect", ", ".join(_effects(comparison)) or "as the kind of device"


def _commands(comparison: Comparison) -> Iterator[tuple[str, str, str]]:
    ids = " ".join(dict.fromkeys(comparison.run_ids))
    yield "The verdicts again", f"benchhub compare {ids}", "compare-again"
    for run_id in dict.fromkeys(comparison.run_ids):
        yield f"Operators of {run_id}", f"benchhub ops {run_id}", f"ops-of-{run_id}"


def _effects(comparison: Comparison) -> list[str]:
    shares = {case.device: case.min_effect for case in comparison.cases}
    return [f"{100 * share:g}{NO_BREAK_SPACE}% on {device}" for device, share in shares.items()]
