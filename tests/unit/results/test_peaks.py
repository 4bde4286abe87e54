from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchhub.errors import StoreError
from benchhub.records import CopyRate, DeviceFacts, DeviceRecord, Peak, Peaks, Run
from benchhub.results.peaks import (
    calibrated,
    cpu_of,
    fitting_peaks,
    peaks_if_any,
    peaks_path,
    read_peaks,
    write_peaks,
)
from benchhub.workspace import Workspace

from ..reports.invented import invented_run

FACTS = DeviceFacts("Linux", "6.1", "aarch64", "Cortex-A76", 4, None)
PEAKS = Peaks(
    1, "pi5", "2026-11-21T10:00:00+00:00", "01ABCDEF", "litert 2.3.0",
    (Peak("float32", 1, "xnnpack", 10.0, 3.0, "matmul", "concat", (CopyRate(9, 3.0, "concat"),)),),
    cpu_of(FACTS),
)  # fmt: skip


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "devices").mkdir()
    return Workspace(tmp_path)


def a_run(peaks: Peaks | None = None, facts: DeviceFacts = FACTS) -> Run:
    record = DeviceRecord("pi5", "ssh", facts, (), peaks=peaks)
    return replace(invented_run(), devices=(record,))


def test_there_and_back(workspace: Workspace) -> None:
    assert read_peaks(workspace, "pi5") is None
    assert write_peaks(workspace, PEAKS) == workspace.devices / "pi5.peaks.json"
    assert read_peaks(workspace, "pi5") == PEAKS


def test_of_another_cpu_nothing_is_known(workspace: Workspace) -> None:
    write_peaks(workspace, PEAKS)
    assert fitting_peaks(workspace, "pi5", FACTS) == PEAKS
    assert fitting_peaks(workspace, "pi5", replace(FACTS, cpu="Cortex-A53")) is None
    assert fitting_peaks(workspace, "pi5", replace(FACTS, cores=2)) is None


def test_a_damaged_file_is_told_but_keeps_nobody_from_measuring(workspace: Workspace) -> None:
    peaks_path(workspace, "pi5").write_text("{")
    with pytest.raises(StoreError, match="damaged") as raised:
        read_peaks(workspace, "pi5")
    assert raised.value.advice == "Make it again: benchhub calibrate-peak pi5"
    assert peaks_if_any(workspace, "pi5", FACTS) is None
    assert calibrated(a_run(), workspace).devices[0].peaks is None
    with pytest.raises(StoreError, match="damaged"):
        calibrated(a_run(), workspace, demanded=True)


def test_a_calibration_that_was_made_later_counts(workspace: Workspace) -> None:
    assert calibrated(a_run(), workspace).devices[0].peaks is None
    write_peaks(workspace, PEAKS)
    assert calibrated(a_run(), workspace).devices[0].peaks == PEAKS


def test_that_of_the_run_is_kept(workspace: Workspace) -> None:
    write_peaks(workspace, PEAKS)
    then = replace(PEAKS, measured="2026-11-01T10:00:00+00:00")
    assert calibrated(a_run(then), workspace).devices[0].peaks == then
