"""The answer of a comparison in words that terminal and page share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from benchhub.analysis.verdict_figures import WORST_FIRST, Figures
from benchhub.analysis.verdicts import Comparison
from benchhub.records import Rule, Verdict
from benchhub.reports.evidence import change
from benchhub.reports.names import listed
from benchhub.reports.numbers import NO_BREAK_SPACE

NOTHING = "NOTHING COMPARED"
WEAKER = (
    "Weaker: the two runs were not measured side by side, so whatever changed between them, such "
    "as temperature, load or frequency, counts as a change of the model. "
    "benchhub ab measures in pairs."
)
SHOWN_REASONS = 3


def answer(comparison: Comparison) -> tuple[str, str]:
    """Return the worst verdict and how many cases have it: `REGRESSED`, `1 of 8 cases`."""
    n = len(comparison.cases)
    if not n:
        return NOTHING, "no case has figures on both sides"
    worst = worst_verdict(comparison)
    hit = comparison.count(worst)
    extent = f"{hit} of {n} case{'s' * (n != 1)}"
    if worst is Verdict.PASS:
        extent = f"all {n} cases" if n > 1 else "1 case"
    return worst, extent + _lost(comparison)


def worst_verdict(comparison: Comparison) -> Verdict:
    """Return the verdict that a reader has to know first; PASS without cases."""
    seen = {case.verdict for case in comparison.cases}
    return next((one for one in WORST_FIRST if one in seen), Verdict.PASS)


def _lost(comparison: Comparison) -> str:
    names = [name for name, _ in comparison.lost]
    return f"; {listed(names)} {'were' if len(names) > 1 else 'was'} lost" if names else ""


def counts(comparison: Comparison) -> tuple[tuple[Verdict, int], ...]:
    """Return how many cases have each verdict that occurs, worst first."""
    seen = Counter(case.verdict for case in comparison.cases)
    return tuple((verdict, seen[verdict]) for verdict in WORST_FIRST if seen[verdict])


def headline(comparison: Comparison, ranked: Sequence[Figures]) -> str:
    """Say the answer in one sentence, also the title of a page.

    Args:
        comparison: What is said.
        ranked: The figures of its cases, worst first.
    """
    if not ranked:
        return "Nothing was compared"
    worst, n = worst_verdict(comparison), len(ranked)
    hit = [one for one in ranked if one.case.verdict is worst]
    first = ranked[0]
    name = f"{first.case.case_id} on {first.case.device}"
    if worst is Verdict.PASS:
        return f"No case is slower: all {n} pass" if n > 1 else f"{name} passes"
    many = f"{len(hit)} of {n} case{'s' * (n != 1)} {'is' if len(hit) == 1 else 'are'}"
    most = f"{': ' if len(hit) == 1 else ', above all '}{name}"
    if worst is Verdict.REGRESSED:
        return f"{many} {_word(hit, 'slower', 'worse')}{most}{_by(first)}"
    if worst is Verdict.IMPROVED:
        return f"No case is slower, {many} {_word(hit, 'faster', 'better')}{most}{_by(first)}"
    why = "without figures that count" if worst is Verdict.INVALID else "undecided"
    return f"No case is known to be slower, but {many} {why}{most}"


def _word(hit: Sequence[Figures], time: str, other: str) -> str:
    """Return the word for what happened to all of them: only times are slower or faster."""
    return time if all(one.case.latency_verdict is one.case.verdict for one in hit) else other


def _by(one: Figures) -> str:
    moved = one.case.latency_verdict is one.case.verdict
    return f", {change(one.change)}" if moved else ""


def rule(comparison: Comparison) -> str:
    """Say when a case is called slower."""
    spec = comparison.spec
    effects = _effects(comparison)
    shares = sorted(set(effects.values())) or [spec.effect_on(None)]
    if len(shares) == 1:
        least = _percent(shares[0])
    else:
        least = listed([f"{_percent(share)} on {device}" for device, share in effects.items()])
    looks = f" over {len(spec.looks)} looks" if len(spec.looks) > 1 else ""
    size = (
        f"more than the minimum effect ({least}) at the estimate"
        if spec.rule is Rule.EFFECT
        else f"certainly by more than the minimum effect ({least})"
    )
    return (
        f"Slower means: certainly slower (one-sided, alpha {_percent(spec.alpha)}{looks}), and "
        f"{size}. Of the alarms over all cases at most {_percent(spec.false_discovery_rate)} are "
        f"expected to be false. {_decided(comparison)}"
    )


def _percent(share: float) -> str:
    """Write a share as a person gave it: 0.03 is 3 %."""
    return f"{100 * share:.10g}{NO_BREAK_SPACE}%"


def _effects(comparison: Comparison) -> Mapping[str, float]:
    return {case.device: case.min_effect for case in comparison.cases}


def _decided(comparison: Comparison) -> str:
    if not comparison.interleaved:
        return "There are no pairs: all processes of one run against all of the other."
    looks = [str(n) for n in comparison.spec.looks]
    return f"Decided at {listed(looks)} pairs."


def invalid_pairs(comparison: Comparison) -> str:
    """Say how many pairs do not count, and why; empty if all do."""
    why = Counter(
        pair.problem for case in comparison.cases for pair in case.pairs if pair.problem
    ).most_common()
    total = sum(len(case.pairs) for case in comparison.cases)
    if not why:
        return ""
    told = [f"{text.rstrip('.')} ({n})" for text, n in why[:SHOWN_REASONS]]
    rest = sum(n for _, n in why[SHOWN_REASONS:])
    told += [f"other reasons ({rest})"] if rest else []
    bad = sum(n for _, n in why)
    return f"{bad} of {total} pairs {'does' if bad == 1 else 'do'} not count: {'; '.join(told)}"
