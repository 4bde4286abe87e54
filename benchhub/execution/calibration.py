"""What a device reaches: a run over models that are made to show it.

A calibration is an ordinary run, with its lease, telemetry, verdicts and resume: its suite and its
models are in .benchhub/peak_models/, and what it found is kept as devices/NAME.peaks.json.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchhub.analysis.peaks import counts, peaks_of
from benchhub.analysis.summary import summarise
from benchhub.devices.inventory import Device
from benchhub.devices.survey import survey
from benchhub.errors import DeviceError, MeasurementError, StoreError, UsageError
from benchhub.execution.planning import Choices, make_plan
from benchhub.models.peak_models import PeakModel, peak_models, write_peak_model
from benchhub.records import CPU_DELEGATES, NONE, DeviceFacts, Peaks, Plan, Run
from benchhub.workspace import STATE, Workspace

SUITE = "peaks"
# A copy holds its tensors, and the tool its inputs once more: small boards have to stand that.
_MEMORY_SHARE = 1 / 8
_FULL = {"rounds": 3, "warmup_min_secs": 0.2, "min_secs": 0.4}
_QUICK = {"rounds": 2, "warmup_min_secs": 0.05, "min_secs": 0.1}
_ALWAYS = {"profile_rounds": 0, "warmup_runs": 1, "num_runs": 3}


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a calibration measures.

    Attributes:
        threads: Thread counts.
        delegates: Of `CPU_DELEGATES`.
        quick: Fewer models, one process each.
    """

    threads: tuple[int, ...]
    delegates: tuple[str, ...] = ("xnnpack", NONE)
    quick: bool = False


def look_at(device: Device, workspace: Workspace) -> DeviceFacts:
    """Return what a device says of itself.

    Raises:
        BenchhubError: It does not answer.
    """
    (look,) = survey((device,), workspace)
    if look.facts is None:
        raise look.problem or DeviceError(f"{device.name}: it does not answer.")
    return look.facts


def thread_counts(facts: DeviceFacts) -> tuple[int, ...]:
    """Return 1, 2, 4, ... up to the CPUs that may be used, these included."""
    most = facts.cores or 1
    return tuple(sorted({*(2**power for power in range(most.bit_length())), most}))


def plan_calibration(
    workspace: Workspace, device: Device, facts: DeviceFacts, extent: Extent, tool: str
) -> Plan:
    """Write models and suite of a calibration, and plan it.

    Args:
        workspace: Where they go.
        device: The device.
        facts: What it says of itself.
        extent: How much to measure.
        tool: What measures.

    Raises:
        UsageError: A delegate is none of the CPU's.
        StoreError: The folder is not writable.
    """
    for delegate in extent.delegates:
        if delegate not in CPU_DELEGATES:
            raise UsageError(
                f"calibrate-peak does not know what '{delegate}' computes with.",
                f"Of a CPU: {', '.join(CPU_DELEGATES)}.",
            )
    most = facts.memory_bytes * _MEMORY_SHARE if facts.memory_bytes else float("inf")
    models = peak_models(quick=extent.quick, most_bytes=most)
    folder = workspace.root / STATE / "peak_models"
    for model in models:
        write_peak_model(model, folder)
    path = folder / f"{SUITE}-{device.name}.yaml"
    try:
        path.write_text(_suite(models, extent), encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}.") from error
    return make_plan(workspace, path, (device,), Choices(tools=(tool,)))


def _suite(models: Sequence[PeakModel], extent: Extent) -> str:
    variants: dict[str, dict[str, str]] = {}
    for model in models:
        variants.setdefault(model.name, {})[model.dtype] = model.file
    document = {
        "name": SUITE,
        "description": "What the device reaches: made by benchhub calibrate-peak",
        "models": [{"name": name, "variants": files} for name, files in variants.items()],
        "configurations": [
            {"delegate": delegate, "threads": list(extent.threads)} for delegate in extent.delegates
        ],
        "measure": {**_ALWAYS, **(_QUICK if extent.quick else _FULL)},
    }
    return json.dumps(document, indent=1)  # which is YAML


def check_calibration(plan: Plan, device: Device) -> None:
    """Refuse to go on with a run that is no calibration of that device. Raises UsageError."""
    made_here = Path(plan.suite_path).parent.name == "peak_models"
    if plan.suite != SUITE or not made_here or plan.devices != (device.name,):
        raise UsageError(f"run {plan.run_id} is no calibration of {device.name}.")


def find_peaks(run: Run) -> tuple[Peaks, tuple[str, ...]]:
    """Return what the device of a calibration reached, and the cases that tell nothing.

    Raises:
        MeasurementError: Nothing was measured that can be trusted.
    """
    (device,) = summarise(run).devices
    # The run may be a quick one or not, and some of its models may have been left out.
    models = {model: None for quick in (True, False) for model in peak_models(quick=quick)}
    peaks = peaks_of(device, models, run.plan.run_id, run.plan.created)
    if peaks is None:
        failures = [failure.message for case in device.cases for failure in case.failures]
        why = f" {failures[0]}" if failures else ""
        raise MeasurementError(
            f"{device.name}: no figure of the calibration can be trusted.{why}",
            f"Look at its run: benchhub report {run.plan.run_id}",
        )
    return peaks, tuple(case.case.id for case in device.cases if not counts(case))
