"""Takes what calibrations know of the devices into a comparison."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchhub.analysis.detection import smallest_visible
from benchhub.analysis.looks import Expected, is_blind, with_noise
from benchhub.analysis.noise import sd_of
from benchhub.devices.inventory import Device
from benchhub.devices.survey import survey
from benchhub.errors import StoreError
from benchhub.records import GateSpec, Noise, Plan, Side
from benchhub.reports.numbers import percent
from benchhub.results.noise import build_of, read_noise
from benchhub.results.peaks import cpu_of
from benchhub.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A device whose noise is known.

    Attributes:
        noise: Its calibration.
        min_effect: Slow-downs up to that share are none on that kind of device.
    """

    noise: Noise
    min_effect: float


def fitted(
    plan: Plan, gate: GateSpec, devices: Sequence[Device], workspace: Workspace
) -> tuple[GateSpec, tuple[str, ...]]:
    """Return the gate with the looks that the devices need, and what to know of their noise.

    Devices with a calibration are asked what they are: one of another CPU is not used.

    Args:
        plan: The comparison.
        gate: Its gate; nothing but the looks is changed.
        devices: Its devices.
        workspace: Where calibrations are kept.
    """
    kept, told = _kept(devices, workspace)
    if not kept:
        return gate, told
    calibrated, doubts = _asked(kept, gate, devices, workspace)
    cases = _cases(plan)
    expected = {name: expectations(calibrated.get(name), ids, gate) for name, ids in cases.items()}
    everything = [one for found in expected.values() for one in found]
    fit = with_noise(gate, everything)
    lines = [
        line for name in calibrated for line in _said(name, fit, expected[name], len(everything))
    ]
    return fit, (*told, *doubts, *lines)


def expectations(
    known: Calibrated | None, case_ids: Sequence[str], gate: GateSpec
) -> list[Expected]:
    """Return what is expected of each case on a device; None if it was not calibrated."""
    if known is None:
        return [Expected(None, gate.effect_on(None))] * len(case_ids)
    return [Expected(sd_of(known.noise, one), known.min_effect) for one in case_ids]


def _kept(
    devices: Sequence[Device], workspace: Workspace
) -> tuple[Mapping[str, Noise], tuple[str, ...]]:
    """Return the calibrations that can be read, and why others cannot."""
    kept, told = {}, []
    for device in devices:
        try:
            noise = read_noise(workspace, device.name)
        except StoreError as error:
            told.append(f"{error.message} It is not used. {error.advice}")
        else:
            if noise is not None:
                kept[device.name] = noise
    return kept, tuple(told)


def _asked(
    kept: Mapping[str, Noise], gate: GateSpec, devices: Sequence[Device], workspace: Workspace
) -> tuple[Mapping[str, Calibrated], tuple[str, ...]]:
    """Return the calibrations that are of these devices as they are now, and what is doubtful."""
    found, told = {}, []
    for look in survey([device for device in devices if device.name in kept], workspace):
        name, facts = look.device.name, look.facts
        noise = kept[name]
        again = f"Calibrate again: benchhub calibrate {name} --suite SUITE"
        if facts is None:
            told.append(f"{name}: does not answer; its calibration is not used.")
            continue
        if noise.cpu != cpu_of(facts):
            was = noise.cpu or "unknown"
            told.append(
                f"{name}: its calibration is of another CPU ({was}) and is not used. {again}"
            )
            continue
        if noise.build != build_of(facts):
            told.append(f"{name}: its calibration is of another build of the system. {again}")
        found[name] = Calibrated(noise, gate.effect_on(facts.kind))
    return found, tuple(told)


def _cases(plan: Plan) -> Mapping[str, list[str]]:
    """Return the ids of the cases that are compared on each device."""
    return {
        device: [
            case.pair_id
            for case in plan.cases
            if case.side is Side.BASELINE and plan.measures(device, case)
        ]
        for device in plan.devices
    }


def _said(name: str, gate: GateSpec, expected: Sequence[Expected], cases: int) -> Iterator[str]:
    """Say what the noise of a device means for a comparison."""
    known = sorted(one.sd for one in expected if one.sd is not None)
    if not known:
        return
    low, high = (percent(sd) for sd in (known[0], known[-1]))
    noise = high if low == high else f"{low.removesuffix('%').rstrip()} to {high}"
    looks = ",".join(str(look) for look in gate.looks)
    yield f"{name}: calibrated noise {noise}: looks {looks}."
    if blind := blindness(gate, expected, cases):
        yield f"{name}: {blind} What to do: benchhub calibrate, docs/calibrate.md."


def blindness(gate: GateSpec, expected: Sequence[Expected], cases: int) -> str:
    """Say that the last look has too few pairs for the noise of some cases; empty if it has not.

    Args:
        gate: How it is decided.
        expected: Of each case on a device.
        cases: How many are decided together, on all devices.
    """
    blind = [one for one in expected if is_blind(gate, one, cases)]
    if not blind:
        return ""
    worst = max(blind, key=lambda one: one.sd or 0.0)
    sees = smallest_visible(worst.sd or 0.0, gate, worst.min_effect, cases)
    which = "" if len(expected) == 1 else f" in {len(blind)} of {len(expected)} cases"
    return (
        f"too noisy to see {100 * worst.min_effect:g} %{which}: {gate.looks[-1]} pairs see "
        f"{percent(sees)}{' in the worst' if len(blind) > 1 else ''}. Expect INCONCLUSIVE."
    )
