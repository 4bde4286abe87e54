"""Puts a verdict into words, and that of the latency together with the exact figures."""

from __future__ import annotations

import math
from collections.abc import Sequence

from benchhub.analysis.gate import Evidence
from benchhub.analysis.phrases import change, percent
from benchhub.analysis.verdicts import Exact
from benchhub.records import GateSpec, Rule, Verdict

# Below that a p is written as less than it.
_SMALLEST_P = 1e-4


def latency_reason(
    verdict: Verdict,
    evidence: Evidence,
    min_effect: float,
    spec: GateSpec,
    units: str = "pairs",
    fewest: int | None = None,
) -> str:
    """Say in one sentence why the latency has that verdict; not for INVALID.

    Args:
        verdict: Of the latency.
        evidence: What it rests on.
        min_effect: Slow-downs up to that share count as none.
        spec: How it was decided.
        units: What the evidence is made of.
        fewest: With fewer of them nothing is decided; None takes the first look.
    """
    ratio = evidence.ratio
    needed = min(spec.looks) if fewest is None else fewest
    if ratio is None:
        return f"no {units} that count"
    if verdict is Verdict.REGRESSED:
        return _moved("slower", ratio - 1, evidence.p_above(0.0), min_effect, spec)
    if verdict is Verdict.IMPROVED:
        return _moved("faster", 1 - ratio, evidence.p_below(0.0), min_effect, spec)
    if verdict is Verdict.PASS:
        return _passed(evidence, min_effect, spec)
    if evidence.n < needed:
        return f"too few {units}: {evidence.n} of at least {needed}"
    return f"the data cannot tell: {_between(evidence)} after {evidence.n} {units}"


def ruling(latency: Verdict, reason: str, exact: Sequence[Exact]) -> tuple[Verdict, str]:
    """Return the verdict of latency and exact figures together, and why.

    A worse exact figure is a regression whatever the latency does; a better one makes an
    improvement of a pass, and nothing of a latency that cannot be told.

    Args:
        latency: Verdict of the latency alone.
        reason: Why it has that one.
        exact: Exact figures that differ.
    """
    worse = [one for one in exact if one.worse]
    better = [one for one in exact if one.better]
    if worse:
        texts = "; ".join(one.text for one in worse)
        if latency is Verdict.REGRESSED:
            return Verdict.REGRESSED, f"{reason}; {texts}"
        if latency is Verdict.INVALID:
            return Verdict.REGRESSED, f"{texts}; the latency was not compared"
        return Verdict.REGRESSED, f"{texts}; not by its latency, which is {latency}: {reason}"
    if better and (latency is Verdict.PASS or any(one.what == "result" for one in better)):
        texts = "; ".join(one.text for one in better)
        return Verdict.IMPROVED, texts if latency is Verdict.INVALID else f"{texts}; {reason}"
    return latency, reason


def _moved(word: str, size: float, p: float, min_effect: float, spec: GateSpec) -> str:
    certainty = f"p < {_SMALLEST_P:.4f}" if p < _SMALLEST_P else f"p = {p:.1g}"
    beyond = "certainly beyond" if spec.rule is Rule.BOUND else "beyond"
    return f"{word} by {100 * size:.1f} % ({certainty}), {beyond} {percent(min_effect)}"


def _passed(evidence: Evidence, min_effect: float, spec: GateSpec) -> str:
    upper = evidence.bound(1 - spec.pass_alpha)
    most = f"{100 * math.expm1(upper or 0.0):.1f}"
    if float(most) <= 0:
        return f"not slower: {_between(evidence)}"
    return f"slower by at most {most} %, less than {percent(min_effect)}"


def _between(evidence: Evidence) -> str:
    interval = evidence.interval
    if interval is None:
        return "one alone has no scatter"
    return f"between {change(interval[0])} and {change(interval[1])}"
