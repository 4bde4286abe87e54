"""How noisy devices are, kept with them: devices/NAME.noise.json."""

from __future__ import annotations

import math
from pathlib import Path

from benchhub.errors import FormatTooNewError, StoreError
from benchhub.records import CaseNoise, DeviceFacts, Noise
from benchhub.results.codec import read_document, write_document
from benchhub.workspace import Workspace

# Ten thousand cases; a calibration has some dozens.
MAX_BYTES = 1 << 22


def noise_path(workspace: Workspace, device: str) -> Path:
    """Return where the calibration of a device is kept."""
    return workspace.devices / f"{device}.noise.json"


def write_noise(workspace: Workspace, noise: Noise) -> Path:
    """Keep a calibration instead of the one before. Raises StoreError."""
    path = noise_path(workspace, noise.device)
    write_document(path, noise)
    return path


def read_noise(workspace: Workspace, device: str) -> Noise | None:
    """Return the calibration of a device; None if it was never calibrated.

    Raises:
        FormatTooNewError: It was written by a newer benchhub.
        StoreError: The file is damaged, of another device, or has figures that are none.
    """
    path = noise_path(workspace, device)
    if not path.is_file():
        return None
    try:
        noise = _read(path)
    except FormatTooNewError:
        raise
    except StoreError as error:
        raise StoreError(
            error.message, f"Make it again: benchhub calibrate {device} --suite SUITE"
        ) from error
    if noise.device != device:
        raise StoreError(
            f"{path}: is of {noise.device}, not of {device}.",
            "Devices differ: calibrate each of them.",
        )
    return noise


def build_of(facts: DeviceFacts) -> str:
    """Return the build of the operating system: Android's fingerprint, else system and kernel."""
    return facts.fingerprint or ", ".join(part for part in (facts.os, facts.kernel) if part)


def _read(path: Path) -> Noise:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror}.") from error
    if size > MAX_BYTES:
        raise StoreError(f"{path}: {size} bytes are no calibration.")
    noise = read_document(path, Noise)
    if not noise.cases or not all(_is_sound(one) for one in noise.cases):
        raise StoreError(f"{path}: its figures are no noise of a device.")
    return noise


def _is_sound(one: CaseNoise) -> bool:
    """Say whether the figures can be what they are called: JSON as Python reads it has NaN."""
    spreads = (one.sd_pair, one.sd_process)
    sound = one.pairs >= 2 and all(math.isfinite(sd) and sd >= 0 for sd in spreads)
    sound = sound and math.isfinite(one.median_us) and one.median_us > 0
    if one.modes is None:
        return sound
    ratio, share = one.modes
    return sound and math.isfinite(ratio) and ratio >= 1 and 0 <= share <= 1
