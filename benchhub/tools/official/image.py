"""What a program file says of itself: the processor it is for, and how long it has to be.

ELF: the System V ABI, https://refspecs.linuxfoundation.org. Mach-O: `mach-o/loader.h` of Apple's
open sources. The file comes from elsewhere, so every offset is checked.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

_HEAD = 64
_ELF_MACHINES = {3: "x86", 40: "arm", 62: "x86_64", 183: "arm64", 243: "riscv64"}
_MACH_64 = b"\xcf\xfa\xed\xfe"
_MACH_UNIVERSAL = b"\xca\xfe\xba\xbe"
_MACH_CPUS = {0x0100000C: "arm64", 0x01000007: "x86_64"}
# Where ELF's header has the section table: offset of e_shoff and its type, then of e_shentsize.
_SECTIONS = {1: (32, "I", 46), 2: (40, "Q", 58)}
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Image:
    """The header of a program or library.

    Attributes:
        kind: `elf`, `mach-o`, or empty for anything else.
        machine: Processor, e.g. `arm64`; empty if it cannot be told.
        least_bytes: The file cannot be shorter.
    """

    kind: str
    machine: str
    least_bytes: int


def problem(path: Path, platform: str) -> str:
    """Say why the file is no program or library for a platform; empty if it is one.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    image = read_head(head)
    system, _, processor = platform.partition("_")
    if image.kind != ("mach-o" if system == "macos" else "elf"):
        if not head:
            return f"it is no program for {system}: it is empty"
        shown = head[:_SHOWN].decode("ascii", "replace").replace("\ufffd", ".").split("\n")[0]
        return f"it is no program for {system}: it begins with `{_printable(shown)}`"
    if image.machine != processor:
        return f"it is a program for {image.machine or 'another processor'}, not for {platform}"
    size = path.stat().st_size
    if size < image.least_bytes:
        return f"it is cut: {size} bytes, and by its own header at least {image.least_bytes}"
    return ""


def read_head(head: bytes) -> Image:
    """Read the first 64 bytes of a file; what is neither ELF nor Mach-O has no kind. Pure."""
    if head[:4] == b"\x7fELF":
        return _elf(head)
    if head[:4] == _MACH_64 and len(head) >= 8:
        (cpu,) = struct.unpack_from("<I", head, 4)
        return Image("mach-o", _MACH_CPUS.get(cpu, ""), 0)
    if head[:4] == _MACH_UNIVERSAL and len(head) >= 12:
        (cpu,) = struct.unpack_from(">I", head, 8)  # of the first architecture
        return Image("mach-o", _MACH_CPUS.get(cpu, ""), 0)
    return Image("", "", 0)


def _elf(head: bytes) -> Image:
    layout = _SECTIONS.get(head[4]) if len(head) == _HEAD else None
    if layout is None:
        return Image("elf", "", _HEAD)
    order = {1: "<", 2: ">"}.get(head[5], "<")
    (machine,) = struct.unpack_from(f"{order}H", head, 18)
    offset_at, offset_type, sizes_at = layout
    (offset,) = struct.unpack_from(f"{order}{offset_type}", head, offset_at)
    entry_bytes, entries = struct.unpack_from(f"{order}2H", head, sizes_at)
    # Linkers write the section table last, so its end is the end of the file.
    return Image("elf", _ELF_MACHINES.get(machine, ""), offset + entry_bytes * entries)


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "." for letter in text)
