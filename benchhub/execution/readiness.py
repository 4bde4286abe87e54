"""Waits until a device is in the state that the suite asks for, and sees when it was throttled."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from benchhub.devices.conditions import unmet
from benchhub.devices.telemetry import read_telemetry
from benchhub.devices.transport import Transport
from benchhub.records import Conditions, Telemetry

POLL_S = 2.0

# PowerManager.THERMAL_STATUS_MODERATE: from there on Android slows a device down noticeably.
THROTTLED_STATUS = 2


def wait_until_ready(
    transport: Transport,
    conditions: Conditions,
    stopped: Callable[[float], bool],
    tell: Callable[[str], None],
) -> tuple[str, ...]:
    """Wait for the conditions, for as long as the suite allows.

    Args:
        transport: The way to the device.
        conditions: What has to hold.
        stopped: Waits that many seconds; true if the run is being stopped.
        tell: Is told what is waited for.

    Returns:
        What still does not hold; empty if all does.

    Raises:
        TransportError: The device does not answer.
    """
    if not conditions.asked:
        return ()
    deadline = time.monotonic() + conditions.cooldown_timeout_s
    while True:
        missing = unmet(conditions, read_telemetry(transport))
        if not missing or time.monotonic() >= deadline or stopped(0.0):
            return missing
        tell("waiting: " + "; ".join(missing))
        stopped(min(POLL_S, max(0.0, deadline - time.monotonic())))


def throttling(samples: Sequence[Telemetry]) -> str:
    """Say how the device was throttled around or during an invocation; empty if it was not."""
    for sample in samples:
        if sample.throttled:
            return f"the device was throttled: {', '.join(sample.throttled)}"
        if (sample.thermal_status or 0) >= THROTTLED_STATUS:
            return f"the device was throttled: Android's thermal status was {sample.thermal_status}"
    return ""
