"""At how many pairs a comparison decides, where the noise of the devices is known. Pure.

A look costs no time, but alpha is split over the looks. A look stays as long as it can decide
something on any device, and a last one is added where the noise asks for more pairs: quiet cases
still end early, noisy ones may go on. Simulated: docs/calibrate.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchhub.analysis.detection import level_of, pairs_needed, pass_chance
from benchhub.records import GateSpec
from benchhub.records.gate import MOST_PAIRS

# A look at which fewer unchanged cases pass costs more power than it saves time.
USEFUL_CHANCE = 0.25
# The last look grows at least and at most by that.
_LEAST_GROWTH = 4 / 3
_MOST_GROWTH = 2


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known of a case on a device before it is compared.

    Attributes:
        sd: Standard deviation of the log ratio of a pair; None if the device was not calibrated.
        min_effect: Slow-downs up to that share are none.
    """

    sd: float | None
    min_effect: float

    def needs(self, level: float) -> int | None:
        """Return the pairs that see the minimum effect; 0 if not known, None if no number does."""
        return 0 if self.sd is None else pairs_needed(self.sd, self.min_effect, level)

    def can_pass(self, pairs: int, pass_alpha: float) -> bool:
        """Say whether a look is worth having; where nothing is known it is."""
        if self.sd is None:
            return True
        return pass_chance(pairs, self.sd, self.min_effect, pass_alpha) >= USEFUL_CHANCE


def with_noise(spec: GateSpec, expected: Sequence[Expected]) -> GateSpec:
    """Return the spec with the looks that these devices need.

    Args:
        spec: How it is decided.
        expected: Of each case on each device; they share the looks, because they are decided
            together.
    """
    if all(one.sd is None for one in expected):
        return spec
    *early, last = spec.looks
    looks = [
        *(look for look in early if any(one.can_pass(look, spec.pass_alpha) for one in expected)),
        last,
    ]
    longer = replace(spec, looks=(*looks, _longer(last)))
    needs = [one.needs(level_of(longer, len(expected))) for one in expected]
    most = MOST_PAIRS if None in needs else max(need for need in needs if need is not None)
    if most > last and _longer(last) > last:
        looks.append(min(_longer(last), max(most, math.ceil(last * _LEAST_GROWTH))))
    return replace(spec, looks=tuple(looks))


def is_blind(spec: GateSpec, one: Expected, cases: int) -> bool:
    """Say whether even the last look has too few pairs to see the minimum effect."""
    need = one.needs(level_of(spec, cases))
    return need is None or need > spec.looks[-1]


def _longer(last: int) -> int:
    return min(_MOST_GROWTH * last, MOST_PAIRS)
