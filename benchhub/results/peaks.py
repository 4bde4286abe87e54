"""What devices reach, kept with them: devices/NAME.peaks.json."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from benchhub.errors import StoreError
from benchhub.records import DeviceFacts, DeviceRecord, Peaks, Run
from benchhub.results.codec import read_document, write_document
from benchhub.workspace import Workspace


def peaks_path(workspace: Workspace, device: str) -> Path:
    """Return where the calibration of a device is kept."""
    return workspace.devices / f"{device}.peaks.json"


def write_peaks(workspace: Workspace, peaks: Peaks) -> Path:
    """Keep a calibration instead of the one before. Raises StoreError."""
    path = peaks_path(workspace, peaks.device)
    write_document(path, peaks)
    return path


def read_peaks(workspace: Workspace, device: str) -> Peaks | None:
    """Return the calibration of a device; None if it was never calibrated.

    Raises:
        StoreError: The file is damaged.
    """
    path = peaks_path(workspace, device)
    if not path.is_file():
        return None
    try:
        return read_document(path, Peaks)
    except StoreError as error:
        raise StoreError(error.message, f"Make it again: benchhub calibrate-peak {device}") from (
            error
        )


def cpu_of(facts: DeviceFacts) -> str:
    """Return CPU and cores of a device in words: what a calibration is good for."""
    return f"{facts.cpu or facts.soc or 'unknown CPU'}, {facts.cores or '?'} cores"


def fitting_peaks(workspace: Workspace, device: str, facts: DeviceFacts) -> Peaks | None:
    """Return the calibration of a device, unless it was made when the CPU was another one.

    Raises:
        StoreError: The file is damaged.
    """
    peaks = read_peaks(workspace, device)
    return peaks if peaks and peaks.cpu in ("", cpu_of(facts)) else None


def peaks_if_any(workspace: Workspace, device: str, facts: DeviceFacts) -> Peaks | None:
    """Return the same for a run, which a damaged file does not keep from measuring.

    Whoever wants to see the figures reads the file again, and is told.
    """
    with suppress(StoreError):
        return fitting_peaks(workspace, device, facts)
    return None


def calibrated(run: Run, workspace: Workspace, *, demanded: bool = False) -> Run:
    """Return a run whose devices have their calibration, also one that was made later.

    Args:
        run: The run.
        workspace: Where calibrations are kept.
        demanded: Whether a damaged file is an error rather than no calibration.

    Raises:
        StoreError: The file of a device is damaged, and `demanded`.
    """
    read = fitting_peaks if demanded else peaks_if_any

    def with_peaks(record: DeviceRecord) -> DeviceRecord:
        if record.peaks is not None:
            return record
        return replace(record, peaks=read(workspace, record.name, record.facts))

    return replace(run, devices=tuple(with_peaks(record) for record in run.devices))
