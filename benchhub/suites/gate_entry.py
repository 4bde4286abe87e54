"""What a suite says of comparisons: when two sides differ."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from benchhub.records import GateSpec, Rule
from benchhub.records.gate import FEWEST_PAIRS, MOST_PAIRS
from benchhub.suites.validation import Strict

_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")


def share(value: Any) -> Any:
    """Take `3%` for 0.03; anything else is returned as it is."""
    found = _PERCENT.fullmatch(value.strip()) if isinstance(value, str) else None
    return float(found[1]) / 100 if found else value


def share_field(default: float | None, description: str) -> Any:
    """Return the field of a share."""
    return Field(default, gt=0, lt=1, description=f"{description} A share (0.03) or 3%.")


Figure = Literal[
    "size", "MACs", "peak memory", "nodes delegated", "partitions", "fallback operators"
]
Share = Annotated[float, BeforeValidator(share, json_schema_input_type=float | str)]


class GateEntry(Strict):
    """When a side of a comparison is slower than the other."""

    min_effect: Share | None = share_field(
        None, "Slow-downs up to that are none. Default: 3% on boards, 5% on phones."
    )
    alpha: Share = share_field(0.01, "Chance to call an unchanged case slower.")
    pass_alpha: Share = share_field(0.05, "Chance to pass a case that is slower by min_effect.")
    looks: list[Annotated[int, Field(ge=FEWEST_PAIRS, le=MOST_PAIRS)]] = Field(
        [8, 12, 18, 24], min_length=1, max_length=20, description="Pairs at which is decided."
    )
    rule: Rule = Field(
        Rule.EFFECT,
        strict=False,
        description="effect: certainly slower, estimated beyond min_effect. bound: certainly "
        "slower by more than it.",
    )
    false_discovery_rate: Share = share_field(0.05, "Of Benjamini-Hochberg over the suite.")
    max_invalid: Share = share_field(0.2, "More pairs that do not count make a case INVALID.")
    memory_tolerance: Share = share_field(0.05, "Peak memory may grow by that.")

    told_only: list[Figure] = Field(
        [], description="Exact figures that are shown and decide nothing, e.g. [size, MACs]."
    )

    @model_validator(mode="after")
    def _growing(self) -> Self:
        if sorted(set(self.looks)) != self.looks:
            raise ValueError("looks are numbers of pairs, each larger than the one before")
        return self

    def record(self) -> GateSpec:
        """Return it as a record."""
        return GateSpec(
            min_effect=self.min_effect,
            alpha=self.alpha,
            pass_alpha=self.pass_alpha,
            looks=tuple(self.looks),
            rule=self.rule,
            false_discovery_rate=self.false_discovery_rate,
            max_invalid=self.max_invalid,
            memory_tolerance=self.memory_tolerance,
            told_only=tuple(self.told_only),
        )
