"""Whether a device's processor can run what is offered for its platform.

LiteRT's program for linux_arm64 was built for processors with the dot product instructions
(`asimddp` of Linux's HWCAP names); on one without them it ends with SIGILL.
"""

from __future__ import annotations

import re

from benchhub.devices.transport import Transport
from benchhub.tools.official.catalogue import Family

_TIMEOUT_S = 20.0
_NEEDS = {(Family.LITERT, "linux_arm64"): ("asimddp", "dotprod")}
_FEATURES = re.compile(r"^(?:Features|flags)[ \t]*:(.*)$", re.MULTILINE)


def features(cpuinfo: str) -> frozenset[str] | None:
    """Return what all CPUs of a /proc/cpuinfo can do; None if it does not tell. Pure."""
    sets = [frozenset(match[1].split()) for match in _FEATURES.finditer(cpuinfo)]
    return frozenset.intersection(*sets) if sets else None


def lacks(transport: Transport, family: str, platform: str) -> str:
    """Say why a device cannot run the official program for its platform.

    Args:
        transport: The way to the device.
        family: Of the program.
        platform: Of the device.

    Returns:
        Why it cannot, with what to do; empty if it can, or if that cannot be told.

    Raises:
        TransportError: The device does not answer.
    """
    need = _NEEDS.get((Family(family), platform))
    if need is None:
        return ""
    feature, word = need
    told = features(transport.run(["cat", "/proc/cpuinfo"], timeout_s=_TIMEOUT_S).stdout)
    if told is None or feature in told:
        return ""
    return (
        f"{transport.name}: LiteRT's {platform} program needs the {word} instructions, which this "
        f"processor does not have ({feature} is not among its features, as on a Raspberry Pi 4)."
    )
