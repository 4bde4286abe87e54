"""Judges a comparison whose pairs were measured side by side: a verdict for each case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchhub.analysis.blame import blame
from benchhub.analysis.exact import LAB, Facts, exact, own_failure
from benchhub.analysis.gate import Evidence, decide_all, weigh
from benchhub.analysis.modes import mode_medians
from benchhub.analysis.pairs import pairs_of
from benchhub.analysis.phrases import figure
from benchhub.analysis.rulings import latency_reason, ruling
from benchhub.analysis.summary import CaseSummary, DeviceSummary, summarise
from benchhub.analysis.verdicts import Blame, CaseVerdict, Comparison, Exact, Pair
from benchhub.errors import EXIT_INCONCLUSIVE, BenchhubError, NoCasesError, UsageError
from benchhub.records import (
    CPU_DELEGATES,
    SIDES,
    Failure,
    GateSpec,
    Invocation,
    Run,
    RunState,
    Side,
    Status,
    Verdict,
)

EXIT_PASS = 0
EXIT_REGRESSED = 1
# What --inconclusive makes of a case that cannot be told.
INCONCLUSIVE_CODES = {"4": EXIT_INCONCLUSIVE, "pass": EXIT_PASS, "fail": EXIT_REGRESSED}

_MOVED = (Verdict.REGRESSED, Verdict.IMPROVED)
# Exact figures that say that nodes moved: their times are worth a look whatever the latency does.
_PLACEMENT = ("delegate", "nodes delegated", "partitions", "fallback operators")


@dataclass(frozen=True, slots=True)
class _Contest:
    """One case on one device, before all are decided together.

    Attributes:
        device: The device.
        sides: Baseline and candidate.
        facts: What is known of the variant of either.
        pairs: Also those that do not count.
        evidence: What those say that do.
        min_effect: Slow-downs up to that share count as none.
    """

    device: DeviceSummary
    sides: tuple[CaseSummary, CaseSummary]
    facts: Facts
    pairs: tuple[Pair, ...]
    evidence: Evidence
    min_effect: float

    @property
    def spoilt(self) -> int:
        """How many pairs do not count."""
        return sum(bool(pair.problem) for pair in self.pairs)


def judge(run: Run) -> Comparison:
    """Say of each case of an interleaved comparison on each device whether it is slower.

    Args:
        run: A comparison; one that did not end is judged by what it has.

    Raises:
        UsageError: The run compares nothing.
    """
    plan = run.plan
    gate = plan.gate
    if gate is None or not plan.sides:
        raise UsageError(
            f"run {plan.run_id} compares nothing.",
            "benchhub ab measures two sides; benchhub compare takes two runs.",
        )
    contests = list(_contests(run, gate))
    verdicts = decide_all(
        [one.evidence for one in contests], [one.min_effect for one in contests], gate
    )
    return Comparison(
        baseline=plan.sides[Side.BASELINE],
        candidate=plan.sides[Side.CANDIDATE],
        run_ids=(plan.run_id, plan.run_id),
        suite=plan.suite,
        spec=gate,
        interleaved=True,
        cases=tuple(
            _judged(one, verdict, gate) for one, verdict in zip(contests, verdicts, strict=True)
        ),
        lost=tuple(run.end.lost.items()) if run.end else (),
        unmatched=plan.unmatched,
        notes=tuple(_notes_of_run(run)),
    )


def exit_code(comparison: Comparison, inconclusive: str = "4") -> int:
    """Return the exit code of a comparison.

    A regression comes before a broken lab, and that before a case that cannot be told. A case that
    fails on both sides by itself cannot be told, either.

    Args:
        comparison: What was said.
        inconclusive: `pass`, `fail` or `4`: what a case makes of it that cannot be told.
    """
    verdicts = {one.verdict for one in comparison.cases}
    if Verdict.REGRESSED in verdicts:
        return EXIT_REGRESSED
    if comparison.lost or any(one.infrastructure for one in comparison.cases):
        return BenchhubError.exit_code
    if verdicts <= {Verdict.INVALID}:
        return NoCasesError.exit_code
    if verdicts & {Verdict.INCONCLUSIVE, Verdict.INVALID}:
        return INCONCLUSIVE_CODES[inconclusive]
    return EXIT_PASS


def _contests(run: Run, gate: GateSpec) -> Iterator[_Contest]:
    for device in summarise(run).devices:
        invocations = [one for one in run.invocations if one.device == device.name]
        effect = gate.effect_on(device.record.facts.kind if device.record else None)
        candidates = {
            one.case.pair_id: one for one in device.cases if one.case.side is Side.CANDIDATE
        }
        for before in device.cases:
            after = candidates.get(before.case.pair_id)
            if before.case.side is not Side.BASELINE or after is None:
                continue
            pairs = pairs_of((before.case, after.case), invocations)
            logs = [log for pair in pairs if (log := pair.log_ratio) is not None]
            facts = run.facts_of(before.case.variant), run.facts_of(after.case.variant)
            yield _Contest(device, (before, after), facts, pairs, weigh(logs), effect)


def _judged(one: _Contest, decided: Verdict, gate: GateSpec) -> CaseVerdict:
    baseline, candidate = one.sides
    figures = exact(baseline, candidate, one.facts, gate.memory_tolerance, gate.told_only)
    latency, reason, lab = _latency(one, decided, gate)
    verdict, reason = ruling(latency, reason, figures)
    return CaseVerdict(
        device=one.device.name,
        case_id=baseline.case.pair_id,
        verdict=verdict,
        latency_verdict=latency,
        reason=reason,
        evidence=one.evidence,
        min_effect=one.min_effect,
        baseline=baseline,
        candidate=candidate,
        pairs=one.pairs,
        exact=figures,
        blame=_blame(one) if is_worth_blaming(latency, figures) else None,
        infrastructure=lab and verdict in (Verdict.INVALID, Verdict.INCONCLUSIVE),
        notes=tuple(_notes(one, verdict)),
    )


def _blame(one: _Contest) -> Blame | None:
    before, after = (facts.graph if facts else None for facts in one.facts)
    return blame(*one.sides, (before, after))


def is_worth_blaming(latency: Verdict, figures: Sequence[Exact]) -> bool:
    """Whether the operators of a case are told: it moved, or its nodes are placed otherwise."""
    return latency in _MOVED or any(one.what in _PLACEMENT for one in figures)


def _latency(one: _Contest, decided: Verdict, gate: GateSpec) -> tuple[Verdict, str, bool]:
    """Return the verdict of the latency, why, and whether the lab is to blame for none."""
    lost = one.device.lost
    if one.evidence.n == 0:
        return Verdict.INVALID, _nothing(one), _is_lab(one)
    if lost and decided is Verdict.INCONCLUSIVE:
        reason = latency_reason(decided, one.evidence, one.min_effect, gate)
        return decided, f"{reason}; {_lost_text(lost)}", True
    if one.spoilt > gate.max_invalid * len(one.pairs):
        return Verdict.INVALID, _spoilt(one), True
    return decided, latency_reason(decided, one.evidence, one.min_effect, gate), False


def _nothing(one: _Contest) -> str:
    """Say why no pair counts."""
    if one.pairs:
        return _spoilt(one)
    told = [
        f"{side}: {failure.message.rstrip('.')}"
        for side, case in zip(SIDES, one.sides, strict=True)
        for failure in case.failures[:1]
    ]
    if not told and one.device.lost:
        told = [_lost_text(one.device.lost)]
    return "; ".join(told) or "nothing was measured"


def _is_lab(one: _Contest) -> bool:
    """Say whether the lab is to blame for a case without any pair that counts.

    It is not where a side fails by itself, nor where the comparison has not got that far.
    """
    kinds = {failure.kind for case in one.sides for failure in case.failures}
    if one.device.lost or kinds & LAB:
        return True
    return bool(one.pairs) and not any(own_failure(case) for case in one.sides)


def _spoilt(one: _Contest) -> str:
    """Count the reasons why pairs do not count: `3 of 10 pairs do not count: 2x baseline: ...`."""
    reasons = Counter(pair.problem.rstrip(".") for pair in one.pairs if pair.problem)
    parts = [
        why if times == one.spoilt else f"{times}x {why}" for why, times in reasons.most_common()
    ]
    total = len(one.pairs)
    verb = "does" if one.spoilt == 1 else "do"
    counted = f"{one.spoilt} of {total}" if total > 1 else "the only"
    noun = "pairs" if total > 1 else "pair"
    return f"{counted} {noun} {verb} not count: {'; '.join(parts)}"


def _notes(one: _Contest, verdict: Verdict) -> Iterator[str]:
    if one.spoilt and verdict is not Verdict.INVALID:
        yield _spoilt(one)
    if verdict is Verdict.INCONCLUSIVE:
        yield from _modes(one)
    for side, case in zip(SIDES, one.sides, strict=True):
        if case.status is Status.SUSPECT:
            yield f"{side}: its figures contradict each other"
    if any(case.latency and case.statistic == "mean" for case in one.sides):
        yield "each process counts with its mean: its tool prints no median"


def _modes(one: _Contest) -> Iterator[str]:
    """Say which two times the processes of a side have, where they have two."""
    counted = [pair for pair in one.pairs if not pair.problem]
    found = {
        Side.BASELINE: _two_times([pair.baseline for pair in counted]),
        Side.CANDIDATE: _two_times([pair.candidate for pair in counted]),
    }
    if len(set(found.values())) == 1:
        found = {Side.BASELINE: found[Side.BASELINE]}
    advice = _pinning(one)
    for side, times in found.items():
        if times:
            yield f"{f'{side}: ' if len(found) > 1 else ''}two modes {times}{advice}"


def _pinning(one: _Contest) -> str:
    """Say what may make one mode of two, where it is the CPU and has slow and fast ones."""
    configuration = one.sides[0].case.configuration
    if configuration.delegate not in CPU_DELEGATES:
        return ""
    if configuration.affinity:
        return f", although it runs on {configuration.affinity} CPUs"
    clusters = one.device.record.facts.clusters if one.device.record else ()
    fast = sum(len(cluster.cpus) for cluster in clusters[1:])
    return "; pin it with `affinity: big`" if fast >= configuration.threads else ""


def _two_times(processes: Sequence[Invocation | None]) -> str:
    """Return the middles of two modes: `0.310 / 0.380 ms`; empty if there is one."""
    modes = mode_medians(
        [one.reading.latency.value_us for one in processes if one and one.reading.latency]
    )
    return f"{figure(modes[0] / 1000)} / {figure(modes[1] / 1000)} ms" if modes else ""


def _notes_of_run(run: Run) -> Iterator[str]:
    if run.state is not RunState.FINISHED and not (run.end and run.end.lost):
        yield (
            f"The comparison is {run.state}: it is judged by what was measured. "
            f"Go on: benchhub ab --resume {run.plan.run_id}"
        )


def _lost_text(failure: Failure) -> str:
    return f"the device was lost: {failure.message.rstrip('.')}"
