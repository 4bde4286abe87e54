"""What pytest is told of a case. Light: collecting loads it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias

# Device and case, without its side.
Key: TypeAlias = tuple[str, str]
Property: TypeAlias = tuple[str, object]


class Outcome(Enum):
    """What becomes of a test."""

    PASSED = auto()
    FAILED = auto()
    UNDECIDED = auto()
    BROKEN = auto()  # the lab, not the model: an error of the test's setup


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of one case on one device.

    Attributes:
        outcome: What becomes of its test.
        reason: Why; empty if it passed.
        properties: Figures for JUnit XML, by name.
    """

    outcome: Outcome
    reason: str = ""
    properties: tuple[Property, ...] = ()

    @classmethod
    def broken(cls, reason: str) -> Answer:
        """Return the answer of a case that could not be measured."""
        return cls(Outcome.BROKEN, reason)
