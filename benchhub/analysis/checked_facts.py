"""Facts that two runs are held against each other by before their times are.

Some have to agree, as a difference in them explains a difference in time; of the others a reader
is told. A fact that a run does not tell is None: it is not checked, and that is told.
"""

from __future__ import annotations

import operator
import statistics
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from benchhub.records import (
    Case,
    DeviceFacts,
    DeviceRecord,
    Invocation,
    Run,
    Telemetry,
)
from benchhub.records.temperature import decisive_temperature
from benchhub.results.peaks import cpu_of

# Closer than that is the same: start temperatures in degrees Celsius, loads in processes.
SAME_TEMPERATURE_C = 5.0
SAME_LOAD = 1.0
# Of a digest, for people.
DIGITS = 12
# The fact that is compared by nature.
MODEL = "model"


@dataclass(frozen=True, slots=True)
class Subject:
    """One case on one device of one run.

    Attributes:
        run: The run.
        device: Name of the device.
        case: The case.
        measured: Latency processes on the device, of all cases.
        own: Those of the case.
    """

    run: Run
    device: str
    case: Case
    measured: tuple[Invocation, ...] = ()
    own: tuple[Invocation, ...] = ()

    @property
    def record(self) -> DeviceRecord | None:
        """The device and its tools; None if it was never reached."""
        return next((one for one in self.run.devices if one.name == self.device), None)

    @property
    def facts(self) -> DeviceFacts | None:
        """What the device says of itself; None if it was never reached."""
        return self.record.facts if self.record else None

    @property
    def imported(self) -> bool:
        """Whether the figures are from files that benchhub did not write."""
        return bool(self.run.plan.imported)


class Level(StrEnum):
    """What a fact is one of."""

    RUN = "run"
    DEVICE = "device"
    TOOL = "tool"
    MODEL = "model"
    CASE = "case"

    def place(self, subject: Subject) -> str:
        """Name what the fact is one of; empty for the whole run."""
        case = subject.case
        places = {
            Level.RUN: "",
            Level.DEVICE: subject.device,
            Level.TOOL: f"{case.tool} on {subject.device}",
            Level.MODEL: f"{case.variant.model}/{case.variant.variant}",
            Level.CASE: f"{case.pair_id} on {subject.device}",
        }
        return places[self]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is held against each other.

    Attributes:
        name: Word for it, also on the command line.
        level: What it is one of.
        value: Reads it; None where the run does not tell it. Of a dict only the values that differ
            are shown.
        refused: Whether runs that differ in it are not compared.
        shown: Writes it for people.
        same: Whether two values count as the same.
    """

    name: str
    level: Level
    value: Callable[[Subject], Any]
    refused: bool = False
    shown: Callable[[Any], str] = str
    same: Callable[[Any, Any], bool] = operator.eq


def _device(subject: Subject) -> str | None:
    facts = subject.facts
    return (facts.serial or facts.model) if facts else None


def _cpu(subject: Subject) -> str | None:
    facts = subject.facts
    if facts is None or not (facts.cpu or facts.soc):
        return None
    return cpu_of(facts) + (f", {facts.soc}" if facts.soc and facts.cpu else "")


def _cpus(subject: Subject) -> tuple[int, ...] | None:
    return (subject.facts.allowed_cpus or None) if subject.facts else None


def _build(subject: Subject) -> str | None:
    facts = subject.facts
    if facts is None:
        return None
    parts = (facts.fingerprint or facts.os, facts.kernel and f"kernel {facts.kernel}")
    return ", ".join(part for part in parts if part) or None


def _governor(subject: Subject) -> tuple[str, ...] | None:
    seen = {word for one in subject.measured for word in one.before.governors.values()}
    if not seen and subject.facts:
        seen = set(subject.facts.governors)
    return tuple(sorted(seen)) or None


def _frequency(subject: Subject) -> tuple[int | None, int | None] | None:
    facts = subject.facts
    if facts is None or (facts.min_khz is None and facts.max_khz is None):
        return None
    return facts.min_khz, facts.max_khz


def _conditions(subject: Subject) -> tuple[Any, ...] | None:
    asked = subject.run.plan.conditions
    if subject.imported:
        return None
    return asked.start_temperature_below_c, asked.battery_above_percent, asked.governor


def _measure(subject: Subject) -> dict[str, float] | None:
    measure = subject.run.plan.measure
    if subject.imported:
        return None
    return {
        "num_runs": measure.num_runs,
        "min_secs": measure.min_secs,
        "max_secs": measure.max_secs,
        "warmup_runs": measure.warmup_runs,
        "warmup_min_secs": measure.warmup_min_secs,
        "run_delay": measure.run_delay_s,
        "cooldown": measure.cooldown_s,
    }


def _tool(subject: Subject) -> str | None:
    tools = subject.record.tools if subject.record else ()
    for one in tools:
        mine = one.side in (None, subject.case.side)
        if one.name == subject.case.tool and mine and one.sha256:
            return f"{one.version or one.family} ({one.sha256[:DIGITS]})"
    return None


def _model(subject: Subject) -> str | None:
    variant = subject.case.variant
    return f"{variant.sha256[:DIGITS]} ({variant.size_bytes} bytes)" if variant.sha256 else None


def _configuration(subject: Subject) -> str | None:
    asked = subject.case.configuration
    if subject.imported:
        return None
    options = asdict(asked.options) if asked.options else {}
    given = [f"{key} {value}" for key, value in options.items() if value not in ("", None, ())]
    flags = [f"--{name}={value}" for name, value in asked.extra_flags]
    return " ".join([asked.delegate, *given, *flags])


def _affinity(subject: Subject) -> str | None:
    return None if subject.imported else subject.case.configuration.affinity or "none"


def _inputs(subject: Subject) -> str | None:
    variant = subject.case.variant
    if subject.imported:
        return None
    words = [f"signature {variant.signature}"] if variant.signature else []
    for one in variant.inputs:
        shape = "x".join(map(str, one.shape)) if one.shape is not None else ""
        values = "" if one.low is one.high is None else f"{one.low} to {one.high}"
        words.append(" ".join(part for part in (one.name, shape, values) if part))
    return ", ".join(words) or "as the model has them"


def _statistic(subject: Subject) -> tuple[str, ...] | None:
    seen = {one.reading.latency.statistic for one in subject.own if one.reading.latency}
    return tuple(sorted(seen)) or None


def _suite(subject: Subject) -> str:
    return subject.run.plan.suite


def _source(subject: Subject) -> str:
    files = len(subject.run.plan.imported)
    return f"imported from {files} file{'s' * (files != 1)}" if files else "measured"


def _version(subject: Subject) -> str:
    return f"{subject.run.plan.benchhub_version}, format {subject.run.plan.format}"


def _profile(subject: Subject) -> str:
    return "with" if subject.run.plan.measure.profile_rounds else "without"


def _transport(subject: Subject) -> str | None:
    return subject.record.transport if subject.record and not subject.imported else None


def _states(subject: Subject) -> Iterator[Telemetry]:
    for one in subject.measured:
        yield one.before


def _temperature(subject: Subject) -> float | None:
    told = (decisive_temperature(one.temperature_c) for one in _states(subject))
    found = [one[1] for one in told if one]
    return statistics.median(found) if found else None


def _load(subject: Subject) -> float | None:
    found = [one.load_1m for one in _states(subject) if one.load_1m is not None]
    return statistics.median(found) if found else None


def _charging(subject: Subject) -> tuple[bool, ...] | None:
    found = {one.charging for one in _states(subject) if one.charging is not None}
    return tuple(sorted(found)) or None


def _thermal(subject: Subject) -> int | None:
    found = (one.thermal_status for one in _states(subject))
    return max((status for status in found if status is not None), default=None)


def _throttled(subject: Subject) -> tuple[str, ...] | None:
    told = [one.throttled for one in _states(subject) if one.throttled is not None]
    return tuple(sorted({word for words in told for word in words})) if told else None


def _words(values: tuple[str, ...]) -> str:
    return " and ".join(values) or "nothing"


def _numbers(values: tuple[int, ...]) -> str:
    return ",".join(map(str, values))


def _limits(limits: tuple[int | None, int | None]) -> str:
    low, high = ("?" if one is None else f"{one / 1000:.0f}" for one in limits)
    return f"{low} to {high} MHz"


def _wishes(wishes: tuple[Any, ...]) -> str:
    names = ("start_temperature_below", "battery_above", "governor")
    asked = [f"{name} {wish}" for name, wish in zip(names, wishes, strict=True) if wish is not None]
    return ", ".join(asked) or "none"


def _settings(measure: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in measure.items())


def _charge(values: tuple[bool, ...]) -> str:
    return " and ".join("charging" if value else "not charging" for value in values)


def _within(span: float) -> Callable[[float, float], bool]:
    return lambda one, other: abs(one - other) <= span


CHECKED = (
    Fact("device", Level.DEVICE, _device, refused=True),
    Fact("cpu", Level.DEVICE, _cpu, refused=True),
    Fact("cpus", Level.DEVICE, _cpus, refused=True, shown=_numbers),
    Fact("build", Level.DEVICE, _build, refused=True),
    Fact("governor", Level.DEVICE, _governor, refused=True, shown=_words),
    Fact("frequency", Level.DEVICE, _frequency, refused=True, shown=_limits),
    Fact("conditions", Level.RUN, _conditions, refused=True, shown=_wishes),
    Fact("measure", Level.RUN, _measure, refused=True, shown=_settings),
    Fact("tool", Level.TOOL, _tool, refused=True),
    Fact("configuration", Level.CASE, _configuration, refused=True),
    Fact("affinity", Level.CASE, _affinity, refused=True),
    Fact("inputs", Level.MODEL, _inputs, refused=True),
    Fact("statistic", Level.CASE, _statistic, refused=True, shown=_words),
    Fact(MODEL, Level.MODEL, _model),
    Fact("suite", Level.RUN, _suite),
    Fact("figures", Level.RUN, _source),
    Fact("benchhub", Level.RUN, _version),
    Fact("profiles", Level.RUN, _profile),
    Fact("transport", Level.DEVICE, _transport),
    Fact(
        "start temperature",
        Level.DEVICE,
        _temperature,
        shown="{:.0f} °C".format,
        same=_within(SAME_TEMPERATURE_C),
    ),
    Fact("load", Level.DEVICE, _load, shown="{:.1f}".format, same=_within(SAME_LOAD)),
    Fact("battery", Level.DEVICE, _charging, shown=_charge),
    Fact("thermal status", Level.DEVICE, _thermal),
    Fact("throttled by", Level.DEVICE, _throttled, shown=_words),
)
# Those that --differs takes: what is compared on purpose.
DECISIVE = tuple(fact.name for fact in CHECKED if fact.refused)
