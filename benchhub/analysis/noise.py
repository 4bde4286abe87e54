"""How noisy a device is, from pairs of which both sides are the same. Pure."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from scipy.special import chdtri

from benchhub.analysis.gate import decide_all, weigh
from benchhub.analysis.modes import two_modes
from benchhub.analysis.pairs import pairs_of
from benchhub.analysis.verdicts import Pair
from benchhub.records import Case, CaseNoise, DeviceFacts, GateSpec, Noise, Run, Side, Verdict
from benchhub.records.gate import FEWEST_PAIRS
from benchhub.results.codec import FORMAT
from benchhub.results.noise import build_of
from benchhub.results.peaks import cpu_of

_ALARMS = (Verdict.REGRESSED, Verdict.IMPROVED)


def noise_of(run: Run, device: str) -> Noise:
    """Return the noise of a device.

    Args:
        run: A comparison of a suite with itself.
        device: Name of a device of it.

    Returns:
        Cases with at least `FEWEST_PAIRS` valid pairs, in the order of the suite; maybe none.
    """
    facts = facts_of(run, device)
    cases = (_case_noise(case, pairs) for case, pairs in _cases(run, device))
    return Noise(
        format=FORMAT,
        device=device,
        run_id=run.plan.run_id,
        suite=run.plan.suite,
        created=run.plan.created,
        cpu=cpu_of(facts) if facts else "",
        build=build_of(facts) if facts else "",
        cases=tuple(one for one in cases if one is not None),
    )


def facts_of(run: Run, device: str) -> DeviceFacts | None:
    """Return what a device said of itself; None if it was never reached."""
    return next((record.facts for record in run.devices if record.name == device), None)


def sd_of(noise: Noise, case_id: str) -> float:
    """Return the standard deviation of the log ratio of a pair of a case.

    Of a case that was not measured it is the median of the others.
    """
    known = {one.case_id: one.sd_pair for one in noise.cases}
    return known.get(case_id, statistics.median(known.values()))


def interval(one: CaseNoise) -> tuple[float, float]:
    """Return the two-sided 95 % interval of `sd_pair`, for normal log ratios."""
    free = one.pairs - 1
    low, high = (free / float(chdtri(free, tail)) for tail in (0.025, 0.975))
    return one.sd_pair * math.sqrt(low), one.sd_pair * math.sqrt(high)


def alarms(run: Run, device: str) -> tuple[str, ...]:
    """Return the cases that the gate calls slower or faster though nothing changed."""
    spec = run.plan.gate or GateSpec()
    facts = facts_of(run, device)
    effect = spec.effect_on(facts.kind if facts else None)
    found = [(case, weigh(_logs(pairs))) for case, pairs in _cases(run, device)]
    verdicts = decide_all([one for _, one in found], [effect] * len(found), spec)
    return tuple(
        case.pair_id
        for (case, _), verdict in zip(found, verdicts, strict=True)
        if verdict in _ALARMS
    )


def not_counted(run: Run, device: str) -> tuple[str, ...]:
    """Say of each case how many pairs do not count, and why most of them do not."""
    return tuple(
        f"{case.pair_id}: {spoilt} of {len(pairs)} pairs do not count: {why}"
        for case, pairs in _cases(run, device)
        if (spoilt := sum(bool(pair.problem) for pair in pairs))
        for ((why, _),) in [Counter(pair.problem for pair in pairs if pair.problem).most_common(1)]
    )


def _cases(run: Run, device: str) -> Iterator[tuple[Case, tuple[Pair, ...]]]:
    """Yield each case that is measured on a device, with its pairs."""
    mine = [one for one in run.invocations if one.device == device]
    candidates = {case.pair_id: case for case in run.plan.cases if case.side is Side.CANDIDATE}
    for case in run.plan.cases:
        if case.side is Side.BASELINE and run.plan.measures(device, case):
            yield case, pairs_of((case, candidates[case.pair_id]), mine)


def _case_noise(case: Case, pairs: Sequence[Pair]) -> CaseNoise | None:
    evidence = weigh(_logs(pairs))
    if evidence.n < FEWEST_PAIRS or evidence.sd is None:
        return None
    processes = (
        one for pair in pairs if not pair.problem for one in (pair.baseline, pair.candidate) if one
    )
    values_us = [
        one.reading.latency.value_us
        for one in sorted(processes, key=lambda one: one.number)
        if one.reading.latency
    ]
    return CaseNoise(
        case_id=case.pair_id,
        pairs=evidence.n,
        sd_pair=evidence.sd,
        sd_process=float(np.std(np.log(values_us), ddof=1)),
        median_us=statistics.median(values_us),
        modes=two_modes(values_us),
    )


def _logs(pairs: Sequence[Pair]) -> list[float]:
    return [log for pair in pairs if (log := pair.log_ratio) is not None]
