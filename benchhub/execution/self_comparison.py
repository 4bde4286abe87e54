"""A device compared with itself: what differs between two equal sides is its noise."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchhub.analysis.looks import with_noise
from benchhub.analysis.noise import alarms, facts_of, noise_of, not_counted
from benchhub.devices.inventory import Device
from benchhub.errors import MeasurementError, UsageError
from benchhub.execution.comparing import Words, chooses_looks, make_comparison
from benchhub.execution.noise import Calibrated, blindness, expectations
from benchhub.execution.pinning import advise
from benchhub.execution.planning import Choices
from benchhub.models.worker import Tell
from benchhub.records import SIDES, GateSpec, Noise, Plan, Purpose, Run
from benchhub.records.gate import FEWEST_PAIRS
from benchhub.suites.document import parse_document
from benchhub.suites.suite import parse_suite
from benchhub.workspace import Workspace

_QUIETER = (
    "Pin its CPUs (affinity), set the governor, let it rest (cooldown), end what else runs there; "
    "or raise min_effect."
)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a device compared with itself says.

    Attributes:
        noise: What is kept.
        gate: How later comparisons of these cases are decided.
        min_effect: Slow-downs up to that share are none there.
        alarms: Ids of the cases that were called slower or faster though nothing changed.
        advice: What is too noisy, has two modes, and what to do about it, sentences.
        untold: What does not count, sentences.
    """

    noise: Noise
    gate: GateSpec
    min_effect: float
    alarms: tuple[str, ...]
    advice: tuple[str, ...]
    untold: tuple[str, ...]


def plan_self_comparison(
    workspace: Workspace,
    suite: Path,
    device: Device,
    choices: Choices,
    pairs: int,
    tell: Tell,
) -> Plan:
    """Plan so many pairs of each case of a suite, both sides being the suite as it is.

    There is one look, at the last pair: no case ends before it.

    Raises:
        ConfigError: The suite is wrong.
        NoCasesError: No case is left.
    """
    words = Words(suite, None, None, {"looks": (pairs,)})
    plan, _ = make_comparison(workspace, words, (device,), choices, tell)
    return replace(
        plan,
        measure=replace(plan.measure, profile_rounds=0),
        invocations=tuple(step for step in plan.invocations if step.purpose is Purpose.LATENCY),
    )


def check_self_comparison(plan: Plan, device: Device) -> None:
    """Refuse to go on with a run that does not compare that device with itself.

    Raises:
        UsageError: It does not.
    """
    sides = [plan.sides.get(side) for side in SIDES]
    itself = sides[0] is not None and sides[0] == sides[1]
    if not itself or plan.gate is None or plan.devices != (device.name,):
        raise UsageError(f"run {plan.run_id} is no calibration of {device.name}.")


def read_calibration(run: Run, device: str) -> Calibration:
    """Return what a device compared with itself says.

    Args:
        run: The comparison.
        device: Name of its device.

    Raises:
        MeasurementError: No case has enough pairs that count.
        ConfigError: The suite was of another version.
    """
    noise, facts, untold = noise_of(run, device), facts_of(run, device), not_counted(run, device)
    if facts is None or not noise.cases:
        why = f" {untold[0].rstrip('.')}." if untold else ""
        raise MeasurementError(
            f"{device}: no case has {FEWEST_PAIRS} pairs that count.{why}",
            f"Look at its run: benchhub report {run.plan.run_id}",
        )
    suite = parse_suite(parse_document(run.plan.suite_text, run.plan.suite_path))
    spec = suite.file.gate.record()
    ids = [one.case_id for one in noise.cases]
    expected = expectations(Calibrated(noise, spec.effect_on(facts.kind)), ids, spec)
    if not chooses_looks(suite):
        spec = with_noise(spec, expected)
    blind = blindness(spec, expected, len(expected))
    noisy = (f"{device}: {blind} {_QUIETER}",) if blind else ()
    configurations = {case.pair_id: case.configuration for case in run.plan.cases}
    return Calibration(
        noise=noise,
        gate=spec,
        min_effect=spec.effect_on(facts.kind),
        alarms=alarms(run, device),
        advice=(*noisy, *advise(noise.cases, configurations, facts)),
        untold=(*untold, *_left_out(run.plan, ids)),
    )


def _left_out(plan: Plan, known: Collection[str]) -> Iterator[str]:
    for case_id in dict.fromkeys(case.pair_id for case in plan.cases):
        if case_id not in known:
            yield f"{case_id}: fewer than {FEWEST_PAIRS} pairs count; its noise is not known."
