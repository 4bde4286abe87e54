"""What a device says of itself: facts that hold for a run, and its state at one moment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

# Users that Android gives to apps, e.g. `u0_a123`; whoever comes by adb is `shell` or `root`.
_APP_USER = re.compile(r"u\d+_[ai]\d+")
_ANDROID = {
    "arm64-v8a": "android_arm64",
    "armeabi-v7a": "android_arm",
    "x86_64": "android_x86_64",
}
# By `uname -m` and the bits of the user land: a 64-bit kernel may carry a 32-bit system.
_LINUX = {
    ("x86_64", 64): "linux_x86_64",
    ("aarch64", 64): "linux_arm64",
    ("aarch64", 32): "linux_arm",
    ("armv7l", 32): "linux_arm",
    ("armv8l", 32): "linux_arm",
}


@dataclass(frozen=True, slots=True)
class CpuCluster:
    """CPUs of one kind.

    Attributes:
        cpus: Their numbers, ascending.
        max_khz: The highest frequency that the hardware allows; None where it is not told.
    """

    cpus: tuple[int, ...]
    max_khz: int | None


@dataclass(frozen=True, slots=True)
class Telemetry:
    """State of the device at one moment; empty or None where it does not tell.

    Attributes:
        load_1m: Load average over one minute.
        cpu_khz: Frequency of each CPU that tells one, by name (`cpu0`).
        temperature_c: Temperature of each thermal zone, by its type.
        governors: cpufreq governor by policy (`policy0`), or by CPU (`cpu0`).
        memory_available_bytes: Memory that a new process can have without swapping.
        battery_present: Whether the device has a battery.
        battery_percent: Charge of the battery.
        battery_temperature_c: Temperature of the battery.
        charging: Whether the battery is being charged; a full one is not.
        thermal_status: Android's, 0 (none) to 6 (shutdown).
        throttled: What holds the CPU back now, e.g. `under-voltage`; Raspberry Pi only.
        throttled_since_boot: The same for any moment since the device was started.
        at_s: Seconds since the start of the invocation, for samples during it.
    """

    load_1m: float | None = None
    cpu_khz: Mapping[str, int] = field(default_factory=dict)
    temperature_c: Mapping[str, float] = field(default_factory=dict)
    governors: Mapping[str, str] = field(default_factory=dict)
    memory_available_bytes: int | None = None
    battery_present: bool | None = None
    battery_percent: float | None = None
    battery_temperature_c: float | None = None
    charging: bool | None = None
    thermal_status: int | None = None
    throttled: tuple[str, ...] | None = None
    throttled_since_boot: tuple[str, ...] | None = None
    at_s: float | None = None


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What a device says of itself at the start of a run; None where it does not tell.

    Attributes:
        os: Operating system and version.
        kernel: Kernel release.
        arch: Machine architecture of the kernel.
        cpu: Model of the CPU, of the board, or the system on chip.
        cores: Logical CPUs that may be used.
        memory_bytes: Installed memory.
        governors: cpufreq governors in use.
        min_khz: Lowest of the frequency limits.
        max_khz: Highest of the frequency limits.
        kind: `android` or `linux`, else the name of the kernel in lower case.
        abis: Android's ABIs, the preferred one first.
        soc: System on chip.
        model: Manufacturer and model, or the board.
        serial: Serial number.
        api_level: Android's SDK version.
        fingerprint: Android's build.
        security_patch: Android's security patch level, a date.
        libc: C library of the user land, e.g. `glibc 2.36`, `musl`, `bionic`.
        user_bits: 32 or 64, of the user land.
        clusters: CPUs that are online by kind, the slowest kind first.
        allowed_cpus: CPUs that processes of this connection may run on.
        boot_id: Random, new with each start of the device.
        user: Name of the user that commands run as.
    """

    os: str | None
    kernel: str | None
    arch: str | None
    cpu: str | None
    cores: int | None
    memory_bytes: int | None
    governors: tuple[str, ...] = ()
    min_khz: int | None = None
    max_khz: int | None = None
    kind: str | None = None
    abis: tuple[str, ...] = ()
    soc: str | None = None
    model: str | None = None
    serial: str | None = None
    api_level: int | None = None
    fingerprint: str | None = None
    security_patch: str | None = None
    libc: str | None = None
    user_bits: int | None = None
    clusters: tuple[CpuCluster, ...] = ()
    allowed_cpus: tuple[int, ...] = ()
    boot_id: str | None = None
    user: str | None = None

    @property
    def platform(self) -> str | None:
        """Which builds run there, e.g. `linux_arm64`, `android_arm`; None if not known.

        Android decides by its preferred ABI, Linux by the kernel's architecture and the bits
        of the user land: a 32-bit system on an aarch64 kernel is `linux_arm`.
        """
        if self.kind == "android":
            return _ANDROID.get(self.abis[0]) if self.abis else None
        if self.kind == "linux" and self.arch and self.user_bits:
            return _LINUX.get((self.arch, self.user_bits))
        return None

    @property
    def from_shell(self) -> bool:
        """Whether results come from an Android shell process, which is no app."""
        return self.kind == "android" and not _APP_USER.fullmatch(self.user or "")
