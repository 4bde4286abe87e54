from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchhub.devices.inventory import find_devices
from benchhub.errors import MeasurementError, UsageError
from benchhub.execution.calibration import (
    Extent,
    check_calibration,
    find_peaks,
    plan_calibration,
    thread_counts,
)
from benchhub.records import DeviceFacts, Run
from benchhub.workspace import Workspace

GIB = 1024**3


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "devices").mkdir()
    (tmp_path / "suites").mkdir()
    (tmp_path / "devices" / "host.yaml").write_text("name: host\ntransport: host\n")
    return Workspace(tmp_path)


def facts(cores: int | None, memory_bytes: int | None = 8 * GIB) -> DeviceFacts:
    return DeviceFacts("Linux", "6.1", "x86_64", "A CPU", cores, memory_bytes)


@pytest.mark.parametrize(
    ("cores", "counts"),
    [(None, (1,)), (1, (1,)), (2, (1, 2)), (4, (1, 2, 4)), (6, (1, 2, 4, 6)), (8, (1, 2, 4, 8))],
)
def test_thread_counts(cores: int | None, counts: tuple[int, ...]) -> None:
    assert thread_counts(facts(cores)) == counts


def test_a_calibration_is_a_plan(workspace: Workspace) -> None:
    (host,) = find_devices(workspace, ("host",))
    plan = plan_calibration(workspace, host, facts(2), Extent((1, 2), quick=True), "litert")
    assert plan.suite_path == ".benchhub/peak_models/peaks-host.yaml"
    assert json.loads(plan.suite_text)["measure"]["profile_rounds"] == 0
    ways = {case.way for case in plan.cases}
    assert {"float32/xnnpack/t1", "int8/none/t2"} <= ways
    assert not plan.refusals
    assert {step.purpose.value for step in plan.invocations} == {"latency"}
    check_calibration(plan, host)


def test_small_memory_leaves_out_large_copies(workspace: Workspace) -> None:
    (host,) = find_devices(workspace, ("host",))
    plan = plan_calibration(workspace, host, facts(1, GIB // 4), Extent((1,)), "litert")
    assert {case.variant.model for case in plan.cases if "16384k" in case.variant.model}
    assert not {case.variant.model for case in plan.cases if "65536k" in case.variant.model}


def test_only_delegates_of_the_cpu(workspace: Workspace) -> None:
    (host,) = find_devices(workspace, ("host",))
    with pytest.raises(UsageError, match="does not know what 'gpu' computes with"):
        plan_calibration(workspace, host, facts(1), Extent((1,), ("gpu",)), "litert")


def test_another_run_is_no_calibration(workspace: Workspace) -> None:
    (host,) = find_devices(workspace, ("host",))
    plan = plan_calibration(workspace, host, facts(1), Extent((1,), quick=True), "litert")
    (workspace.devices / "other.yaml").write_text("name: other\ntransport: host\n")
    (other,) = find_devices(workspace, ("other",))
    with pytest.raises(UsageError, match="is no calibration of other"):
        check_calibration(plan, other)


def test_nothing_that_can_be_trusted(workspace: Workspace) -> None:
    (host,) = find_devices(workspace, ("host",))
    plan = plan_calibration(workspace, host, facts(1), Extent((1,), quick=True), "litert")
    with pytest.raises(MeasurementError, match="no figure of the calibration can be trusted"):
        find_peaks(Run(plan, (), (), None))
