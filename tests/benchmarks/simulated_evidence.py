"""Simulated boards and phones: how often the gate is wrong, and what it finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from benchhub.records import GateSpec, Verdict

from .escalation import Decided, escalate
from .noise_models import (
    DEVICES,
    PHONE,
    TWO_MODES,
    NoisyDevice,
    Times,
    inferences,
    interleaved,
    one_occasion,
)
from .other_rules import OtherRule

SEED = 20261121
CHANGES = (0.0, 0.02, 0.05, 0.08, 0.10)
SPEC = GateSpec()
# Boards and phones with the minimum effect of their kind; phones also with that of boards.
CELLS = (
    *((device, SPEC) for device in DEVICES),
    *((device, replace(SPEC, min_effect=0.03)) for device in (PHONE, TWO_MODES)),
)
SUITE_CASES = 100
# Of the suite with regressions: as many cases are slower by that.
SLOWER_CASES, SLOWER_BY = 5, 0.08
# Comparisons that are held in memory at once.
BLOCK = 500


@dataclass(frozen=True, slots=True)
class Shares:
    """What was said of many comparisons of one case.

    Attributes:
        counts: How many, by verdict.
        pairs: Mean number of pairs.
    """

    counts: Counter[Verdict]
    pairs: float

    def share(self, *verdicts: Verdict) -> float:
        """Return the share of comparisons with one of these verdicts."""
        return sum(self.counts[one] for one in verdicts) / self.counts.total()


@dataclass(frozen=True, slots=True)
class SuiteShares:
    """What was said of many suites of `SUITE_CASES` cases.

    Attributes:
        runs: Number of suites.
        alarmed: Share of those with at least one unchanged case REGRESSED.
        praised: Share of those with at least one unchanged case IMPROVED.
        passed: Share of the unchanged cases that PASS.
        found: Share of the slower cases that are REGRESSED; None where there are none.
        pairs: Mean number of pairs of a case.
    """

    runs: int
    alarmed: float
    praised: float
    passed: float
    found: float | None
    pairs: float


def other_alarms(device: NoisyDevice, rule: OtherRule, change: float, count: int) -> float:
    """Return the share of `count` comparisons in which another rule raises an alarm."""
    random = np.random.default_rng(SEED)
    alarms = 0
    for rows in _blocks(count):
        before, after = _both_sides(device, random, rule, rows)
        alarms += int(rule.alarms(before, after * (1 + change)).sum())
    return alarms / count


def gate_shares(device: NoisyDevice, spec: GateSpec, change: float, count: int) -> Shares:
    """Return what the gate says of `count` comparisons of one case."""
    random = np.random.default_rng(SEED)
    effect = spec.effect_on(device.kind)
    said: list[Decided] = []
    for rows in _blocks(count):
        logs = interleaved(device, random, rows, spec.looks[-1], change)
        said += [escalate(one[None], [effect], spec)[0] for one in logs]
    return Shares(Counter(one.verdict for one in said), _mean(one.pairs for one in said))


def suite_shares(device: NoisyDevice, spec: GateSpec, slower: int, count: int) -> SuiteShares:
    """Return what the gate says of `count` suites, of which `slower` cases are really slower."""
    random = np.random.default_rng(SEED)
    effects = [spec.effect_on(device.kind)] * SUITE_CASES
    unchanged, regressed, pairs = [], [], []
    for _ in range(count):
        logs = interleaved(device, random, SUITE_CASES, spec.looks[-1])
        logs[:slower] += np.log1p(SLOWER_BY)
        said = escalate(logs, effects, spec)
        regressed.append([one.verdict for one in said[:slower]])
        unchanged.append([one.verdict for one in said[slower:]])
        pairs.append(_mean(one.pairs for one in said))
    return SuiteShares(
        runs=count,
        alarmed=_mean(Verdict.REGRESSED in one for one in unchanged),
        praised=_mean(Verdict.IMPROVED in one for one in unchanged),
        passed=_mean(verdict is Verdict.PASS for one in unchanged for verdict in one),
        found=_mean(verdict is Verdict.REGRESSED for one in regressed for verdict in one)
        if slower
        else None,
        pairs=_mean(pairs),
    )


def _both_sides(
    device: NoisyDevice, random: np.random.Generator, rule: OtherRule, rows: int
) -> tuple[Times, Times]:
    if rule.interleaved:
        levels = one_occasion(device, random, rows, 2 * rule.processes)
        swapped = random.random((rows, rule.processes)) < 0.5
        before = np.where(swapped, levels[:, 1::2], levels[:, ::2])
        after = np.where(swapped, levels[:, ::2], levels[:, 1::2])
    else:
        before = one_occasion(device, random, rows, rule.processes)
        after = one_occasion(device, random, rows, rule.processes)
    return inferences(device, random, before), inferences(device, random, after)


def _blocks(count: int) -> Iterable[int]:
    for begin in range(0, count, BLOCK):
        yield min(BLOCK, count - begin)


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))
