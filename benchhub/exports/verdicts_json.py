"""A comparison as data: what `benchhub gate --json` prints. docs/ci.md describes the fields."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

from benchhub.analysis.summary import CaseSummary
from benchhub.analysis.verdict_figures import Figures, figures
from benchhub.analysis.verdicts import Blame, Comparison, Pair
from benchhub.exports.exporter import Export, judged, of_one
from benchhub.records import Failure, Invocation, Run, SideSpec, Verdict

# Version of this document; a field that changes its meaning is a new version, a further one is not.
VERDICTS_FORMAT = 1


@of_one
def export(run: Run) -> Export:
    """Return the verdicts of an interleaved run. Raises UsageError for a run without."""
    return Export(json.dumps(verdict_facts(judged(run)), indent=1, allow_nan=False) + "\n")


def verdict_facts(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as JSON values; times are in us, ratios are candidate / baseline.

    What is not known, and what JSON has no number for, is None.
    """
    facts = {
        "format": VERDICTS_FORMAT,
        "suite": comparison.suite,
        "interleaved": comparison.interleaved,
        "baseline": _side(comparison.baseline, comparison.run_ids[0]),
        "candidate": _side(comparison.candidate, comparison.run_ids[1]),
        "rule": asdict(comparison.spec),
        "counts": {str(verdict): comparison.count(verdict) for verdict in Verdict},
        "cases": [_case(one) for one in figures(comparison)],
        "lost": [_lost(device, failure) for device, failure in comparison.lost],
        "unmatched": list(comparison.unmatched),
        "forced": list(comparison.forced),
        "notes": list(comparison.notes),
    }
    return {key: _finite(value) for key, value in facts.items()}


def _side(side: SideSpec, run_id: str) -> dict[str, Any]:
    return {
        "text": side.text,
        "run_id": run_id,
        "suite_path": side.suite_path,
        "git_commit": side.git_commit,
    }


def _case(one: Figures) -> dict[str, Any]:
    case, evidence = one.case, one.case.evidence
    return {
        "device": case.device,
        "case": case.case_id,
        "verdict": str(case.verdict),
        "latency_verdict": str(case.latency_verdict),
        "reason": case.reason,
        "infrastructure": case.infrastructure,
        "min_effect": case.min_effect,
        "ratio": evidence.ratio,
        "ratio_interval": evidence.interval,
        "log_ratio_mean": evidence.mean,
        "log_ratio_sd": evidence.sd,
        "p": one.p,
        "q": one.q,
        "baseline_us": one.baseline_us,
        "candidate_us": one.candidate_us,
        "statistic": one.statistic,
        "rests_on": one.extent,
        "pairs_counted": evidence.n if case.pairs else None,
        "pairs_invalid": case.invalid_pairs,
        "pairs": [_pair(pair) for pair in case.pairs],
        "baseline": _summary(case.baseline),
        "candidate": _summary(case.candidate),
        "exact": [asdict(figure) for figure in case.exact],
        "blame": _blame(case.blame),
        "notes": list(case.notes),
    }


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "round": pair.round,
        "baseline_us": _value_us(pair.baseline),
        "candidate_us": _value_us(pair.candidate),
        "problem": pair.problem or None,
    }


def _value_us(one: Invocation | None) -> float | None:
    return one.reading.latency.value_us if one and one.reading.latency else None


def _summary(side: CaseSummary | None) -> dict[str, Any] | None:
    if side is None:
        return None
    latency = side.latency
    return {
        "status": str(side.status),
        "statistic": side.statistic,
        "value_us": latency.value_us if latency else None,
        "low_us": latency.low_us if latency else None,
        "high_us": latency.high_us if latency else None,
        "processes": latency.n if latency else 0,
        "sha256": side.case.variant.sha256,
    }


def _blame(blame: Blame | None) -> dict[str, Any] | None:
    return None if blame is None else asdict(blame)


def _lost(device: str, failure: Failure) -> dict[str, Any]:
    return {"device": device, **asdict(failure)}


def _finite(value: Any) -> Any:
    """Return JSON values: no NaN, no infinity, lists for tuples, plain words for enumerations."""
    if isinstance(value, dict):
        return {str(key): _finite(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, str) else value
