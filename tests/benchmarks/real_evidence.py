"""Real processes on this machine: false alarms without a change, and what is found of real ones."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchhub.analysis.judgement import judge
from benchhub.analysis.verdicts import Comparison
from benchhub.records import GateSpec

from .escalation import escalate
from .noise_models import Times
from .other_rules import OtherRule
from .paired_processes import Bench, Measured, enough, measured, resampled_logs, resampled_sides
from .simulated_evidence import SEED, Shares

# Resampled comparisons that are held in memory at once.
BLOCK = 500


@dataclass(frozen=True, slots=True)
class Scatter:
    """How one model's processes differ on one side.

    Attributes:
        median_us: Median over the processes of the baseline.
        between: Standard deviation of the logarithm of the processes' medians.
        expected: What it would be if all inferences were independent: bootstrapped medians.
        pair: Standard deviation of the log ratio of a pair.
    """

    median_us: float
    between: float
    expected: float
    pair: float


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured.

    Attributes:
        models: The pairs of each model.
        direct: What `benchhub ab` says of further pairs that it measured itself.
    """

    models: tuple[Measured, ...]
    direct: tuple[Comparison, ...]


def measure(
    cases: Sequence[str],
    pairs: int,
    direct: int,
    min_secs: float,
    tell: Callable[[str], None],
) -> Measurement:
    """Measure all pairs of each model, then comparisons as users have them.

    Args:
        cases: Keys of `paired_processes.NAMES`.
        pairs: Pairs of fresh processes of each.
        direct: Comparisons with the gate's own looks.
        min_secs: Seconds of timed inferences in each process.
        tell: Is told how far it is.
    """
    with tempfile.TemporaryDirectory(prefix="benchhub-evidence-") as folder:
        bench = Bench(Path(folder), cases, min_secs)
        models = measured(bench.compare((pairs,), SEED, tell))
        runs = [bench.compare(None, SEED + turn, tell) for turn in range(1, direct + 1)]
        return Measurement(models, tuple(judge(run) for run in runs))


def scatter(one: Measured) -> Scatter:
    """Return how the processes of one model differ."""
    random = np.random.default_rng(SEED)
    medians = np.median(one.before, axis=1)
    spreads = []
    for times in one.before:
        drawn = random.choice(times, size=(200, len(times)))
        spreads.append(float(np.log(np.median(drawn, axis=1)).std(ddof=1)))
    return Scatter(
        median_us=float(np.median(medians)),
        between=float(np.log(medians).std(ddof=1)),
        expected=float(np.sqrt(np.mean(np.square(spreads)))),
        pair=float(one.logs.std(ddof=1)),
    )


def other_alarms(one: Measured, rule: OtherRule, count: int) -> float | None:
    """Return the share of resampled comparisons with an alarm; None with too few pairs."""
    if not enough(one, rule):
        return None
    random = np.random.default_rng(SEED)
    alarms = 0
    for begin in range(0, count, BLOCK):
        before, after = resampled_sides(one, rule, random, min(BLOCK, count - begin))
        alarms += int(rule.alarms(before, after).sum())
    return alarms / count


def gate_shares(one: Measured, spec: GateSpec, count: int) -> Shares:
    """Return what the gate says of resampled comparisons."""
    logs: Times = resampled_logs(one, np.random.default_rng(SEED), count)
    effect = spec.effect_on("linux")
    said = [escalate(row[None], [effect], spec)[0] for row in logs]
    return Shares(
        Counter(each.verdict for each in said), float(np.mean([each.pairs for each in said]))
    )
