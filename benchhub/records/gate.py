"""How two sides are compared, what comes of it, and how noisy a device is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Side(StrEnum):
    """One of the two things that are compared."""

    BASELINE = "baseline"
    CANDIDATE = "candidate"


SIDES = (Side.BASELINE, Side.CANDIDATE)


class Verdict(StrEnum):
    """What a comparison says of one case on one device."""

    PASS = "PASS"  # noqa: S105 - no password
    REGRESSED = "REGRESSED"
    IMPROVED = "IMPROVED"
    INCONCLUSIVE = "INCONCLUSIVE"  # the data cannot decide
    INVALID = "INVALID"  # too few pairs whose figures count: the lab, not the model


class Rule(StrEnum):
    """When a slow-down is a regression."""

    EFFECT = "effect"  # certainly slower, and estimated beyond the minimum effect
    BOUND = "bound"  # certainly slower by more than the minimum effect


# With fewer pairs a t test cannot reach the alpha of a look.
FEWEST_PAIRS = 4
MOST_PAIRS = 1000
# Minimum effects where neither suite nor calibration says one: statistics of issue "gate", level 2.
BOARD_EFFECT = 0.03
PHONE_EFFECT = 0.05


@dataclass(frozen=True, slots=True)
class GateSpec:
    """When two sides differ. Shares are of the baseline: 0.03 is 3 %.

    Attributes:
        min_effect: Slow-downs up to that share are no regression; None takes that of the kind of
            device: `BOARD_EFFECT`, or `PHONE_EFFECT` for Android.
        alpha: Chance to call an unchanged case slower, over all looks.
        pass_alpha: Chance to pass a case that is slower by the minimum effect, at each look.
        looks: Numbers of valid pairs at which is decided; the last one is the most.
        rule: See `Rule`.
        false_discovery_rate: Of Benjamini-Hochberg over all cases and devices.
        max_invalid: More than that share of pairs without figures that count is INVALID.
        memory_tolerance: Peak memory may grow by that share.
        told_only: Exact figures that are shown and decide nothing, e.g. `size`.
    """

    min_effect: float | None = None
    alpha: float = 0.01
    pass_alpha: float = 0.05
    looks: tuple[int, ...] = (8, 12, 18, 24)
    rule: Rule = Rule.EFFECT
    false_discovery_rate: float = 0.05
    max_invalid: float = 0.2
    memory_tolerance: float = 0.05
    told_only: tuple[str, ...] = ()

    def effect_on(self, kind: str | None) -> float:
        """Return the minimum effect on a kind of device: `android`, `linux`, None if unknown."""
        if self.min_effect is not None:
            return self.min_effect
        return PHONE_EFFECT if kind == "android" else BOARD_EFFECT


@dataclass(frozen=True, slots=True)
class SideSpec:
    """Where one side of a comparison is from.

    Attributes:
        text: For people, e.g. `suites/x.yaml at v1.2 (1a2b3c4d)`, `models of old/`.
        suite_path: Its suite file, relative to the workspace where possible.
        suite_text: Its text.
        git_commit: Commit that it is from; `+` appended if changed; None if not known.
        tools: Settings of each tool by name on this side.
    """

    text: str
    suite_path: str
    suite_text: str
    git_commit: str | None
    tools: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CaseNoise:
    """How much the processes of one unchanged case differ on a device.

    Attributes:
        case_id: The case.
        pairs: Valid pairs that it rests on.
        sd_pair: Standard deviation of the log ratio of a pair.
        sd_process: Standard deviation of the logarithm of the processes' statistic.
        median_us: Median over the processes.
        modes: Ratio of the slower mode's median to the faster one's, and the share of processes in
            the slower one; None if there is one mode.
    """

    case_id: str
    pairs: int
    sd_pair: float
    sd_process: float
    median_us: float
    modes: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Noise:
    """A/A measurements of one device, kept with it.

    Attributes:
        format: Version of the run folder's format.
        device: Name of the device.
        run_id: The run that it is from.
        suite: Name of the suite.
        created: Local time with offset, ISO 8601.
        cpu: CPU and cores in words; another CPU makes it void.
        build: Build of the operating system; another one makes it doubtful.
        cases: By case.
    """

    format: int
    device: str
    run_id: str
    suite: str
    created: str
    cpu: str
    build: str
    cases: tuple[CaseNoise, ...]
