"""How others decide that a candidate is slower, so that the gate can be seen beside them.

Each rule takes the times of both sides, comparisons x processes x inferences, and says for each
comparison whether it raises an alarm: "the candidate is slower". A rule takes as many processes
as it says, the first ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu, ttest_1samp, ttest_ind

from .noise_models import Times

Alarms: TypeAlias = NDArray[np.bool_]
EFFECT = 0.03


@dataclass(frozen=True, slots=True)
class OtherRule:
    """A rule and what it is given.

    Attributes:
        name: For the table.
        processes: Fresh processes of each side.
        interleaved: Whether both sides are measured in turns on one occasion.
        alarms: Says which comparisons raise an alarm.
    """

    name: str
    processes: int
    interleaved: bool
    alarms: Callable[[Times, Times], Alarms]


def threshold(share: float) -> Callable[[Times, Times], Alarms]:
    """Compare the means of one process each with a fixed share."""

    def alarms(before: Times, after: Times) -> Alarms:
        ratio = after[:, 0].mean(axis=-1) / before[:, 0].mean(axis=-1)
        return _flags(ratio > 1 + share)

    return alarms


def mann_whitney_inside(before: Times, after: Times) -> Alarms:
    """Test the inferences of one process against those of another one, at 5 %."""
    return _mann_whitney(after[:, 0], before[:, 0], 0.05)


def t_flattened(before: Times, after: Times) -> Alarms:
    """Test all inferences of all processes as if they were independent: Student's t at 5 %."""
    test = ttest_ind(_flat(after), _flat(before), axis=-1, alternative="greater")
    return _flags(test.pvalue < 0.05)


def mann_whitney_flattened(before: Times, after: Times) -> Alarms:
    """Test all inferences of all processes as if they were independent: ranks, at 1 %."""
    return _mann_whitney(_flat(after), _flat(before), 0.01)


def t_of_processes(before: Times, after: Times) -> Alarms:
    """Test the medians of the processes, at 1 %, with a minimum effect of 3 %."""
    one, other = (np.log(np.median(side, axis=-1)) for side in (before, after))
    test = ttest_ind(other, one, axis=-1, alternative="greater")
    slower = other.mean(axis=-1) - one.mean(axis=-1) > np.log1p(EFFECT)
    return _flags((test.pvalue < 0.01) & slower)


def t_of_pairs(before: Times, after: Times) -> Alarms:
    """Test the log ratios of ten pairs, at 1 %, with a minimum effect of 3 %: one look."""
    ratios = np.log(np.median(after, axis=-1)) - np.log(np.median(before, axis=-1))
    test = ttest_1samp(ratios, 0.0, axis=-1, alternative="greater")
    return _flags((test.pvalue < 0.01) & (ratios.mean(axis=-1) > np.log1p(EFFECT)))


OTHER_RULES = (
    OtherRule("mean +5 %, one process each", 1, interleaved=False, alarms=threshold(0.05)),
    OtherRule("mean +10 %, one process each", 1, interleaved=False, alarms=threshold(0.10)),
    OtherRule(
        "Mann-Whitney .05 inside a process", 1, interleaved=False, alarms=mann_whitney_inside
    ),
    OtherRule("flattened t .05, 10 then 10", 10, interleaved=False, alarms=t_flattened),
    OtherRule(
        "flattened Mann-Whitney .01, 10 in turns",
        10,
        interleaved=True,
        alarms=mann_whitney_flattened,
    ),
    OtherRule(
        "t .01 and 3 % of processes, 10 then 10", 10, interleaved=False, alarms=t_of_processes
    ),
    OtherRule("t .01 and 3 % of 10 pairs, one look", 10, interleaved=True, alarms=t_of_pairs),
)


def _mann_whitney(after: Times, before: Times, alpha: float) -> Alarms:
    test = mannwhitneyu(after, before, axis=-1, alternative="greater", method="asymptotic")
    return _flags(test.pvalue < alpha)


def _flat(side: Times) -> Times:
    return side.reshape(len(side), -1)


def _flags(found: object) -> Alarms:
    return np.asarray(found, dtype=np.bool_)
