"""Devices as tools see them, for tests that ask a tool what it can do there."""

from __future__ import annotations

from benchhub.records import DeviceFacts

LINUX = DeviceFacts(
    os="Debian GNU/Linux 12 (bookworm)",
    kernel="6.1.0",
    arch="x86_64",
    cpu="a processor",
    cores=2,
    memory_bytes=1 << 33,
    kind="linux",
    libc="glibc 2.36",
    user_bits=64,
)
PHONE = DeviceFacts(
    os="Android 13",
    kernel="5.10.0",
    arch="aarch64",
    cpu="a system on chip",
    cores=8,
    memory_bytes=1 << 33,
    kind="android",
    abis=("arm64-v8a", "armeabi-v7a"),
    api_level=33,
    libc="bionic",
    user_bits=64,
)
FACTS = LINUX
