"""A program in one file, as the official ones are, that becomes another program on the same disk.

The rigs' benchmark_model is a folder with its own loader and libraries. A launcher is a real ELF
file that does nothing but execve: it can be downloaded, staged and started alone.
"""

from __future__ import annotations

import struct
from typing import Literal

_BASE = 0x400000
_CODE_AT = 64 + 56  # behind the header and one program header
_ELF_MACHINE = {"x86_64": 62, "arm64": 183}

# execve(path, argv, envp), then exit(127): on entry the stack holds argc, argv, 0, envp.
_X86_64 = bytes.fromhex(
    "488d3d00000000"  # lea rdi, [rip + path]
    "488d742408"  # lea rsi, [rsp + 8]
    "488b0c24"  # mov rcx, [rsp]
    "488d54cc10"  # lea rdx, [rsp + 8 * rcx + 16]
    "b83b0000000f05"  # mov eax, 59; syscall
    "bf7f000000b83c0000000f05"  # mov edi, 127; mov eax, 60; syscall
)
_ARM64 = (
    0x10000000,  # adr x0, path
    0x910023E1,  # add x1, sp, #8
    0xF94003E3,  # ldr x3, [sp]
    0x8B030C22,  # add x2, x1, x3, lsl #3
    0x91002042,  # add x2, x2, #8
    0xD2801BA8,  # mov x8, #221
    0xD4000001,  # svc #0
    0xD2800FE0,  # mov x0, #127
    0xD2800BA8,  # mov x8, #93
    0xD4000001,  # svc #0
)


def launcher(processor: Literal["x86_64", "arm64"], path: str, size: int = 0) -> bytes:
    """A program that becomes the one at `path`; padded to `size` bytes."""
    code = _x86_64() if processor == "x86_64" else _arm64()
    content = code + path.encode() + b"\0"
    length = _CODE_AT + len(content)
    identity = b"\x7fELF\x02\x01\x01" + bytes(9)
    head = struct.pack(
        "<HHIQQQIHHHHHH",
        2, _ELF_MACHINE[processor], 1, _BASE + _CODE_AT, 64, 0, 0, 64, 56, 1, 64, 0, 0,
    )  # fmt: skip
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _BASE, _BASE, length, length, 0x10000)
    # Bytes that differ, so that a piece in the wrong place is noticed.
    padding = b"".join(struct.pack("<I", number) for number in range(size // 4))
    return identity + head + segment + content + padding[: max(0, size - length)]


def _x86_64() -> bytes:
    return _X86_64[:3] + struct.pack("<i", len(_X86_64) - 7) + _X86_64[7:]


def _arm64() -> bytes:
    offset = 4 * len(_ARM64)
    first = _ARM64[0] | (offset & 3) << 29 | (offset >> 2) << 5
    return struct.pack(f"<{len(_ARM64)}I", first, *_ARM64[1:])
