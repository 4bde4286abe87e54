"""Switch the question for keys on in Debian's adbd: `patch_auth.py ADBD COPY`.

Debian's build sets `auth_required = false` in adbd's main(). That store (`movb $0,(%rax)`) stands
just before the call getenv("ADB_EXTERNAL_STORAGE"); in the copy it stores 1, so that the real
A_AUTH code runs.
"""

from __future__ import annotations

import re
import struct
import sys
from pathlib import Path

PT_LOAD = 1
# lea flag(%rip),%rax ; movb $0,(%rax) ; lea name(%rip),%rdi ; call
STORE = re.compile(rb"\x48\x8d\x05....\xc6\x00\x00\x48\x8d\x3d(....)\xe8", re.DOTALL)
STORED_BYTE = 9


def segments(program: bytes) -> list[tuple[int, int, int]]:
    """File offset, address and size in bytes of each loaded part (ELF64 program headers)."""
    (table,) = struct.unpack_from("<Q", program, 32)
    entry_bytes, count = struct.unpack_from("<HH", program, 54)
    loaded = []
    for entry in range(count):
        at = table + entry * entry_bytes
        kind, _, offset, address, _, size, _, _ = struct.unpack_from("<IIQQQQQQ", program, at)
        if kind == PT_LOAD:
            loaded.append((offset, address, size))
    return loaded


def patched(program: bytes) -> bytes:
    """The program with the switch on; SystemExit unless exactly one place fits."""
    loaded = segments(program)

    def address(offset: int) -> int:
        return next(a + offset - o for o, a, size in loaded if o <= offset < o + size)

    name = address(program.index(b"ADB_EXTERNAL_STORAGE\0"))
    places = []
    for match in STORE.finditer(program):
        (distance,) = struct.unpack("<i", match.group(1))
        if address(match.end() - 1) + distance == name:  # relative to the instruction after lea
            places.append(match.start() + STORED_BYTE)
    if len(places) != 1:
        sys.exit(f"patch_auth: {len(places)} places fit, expected 1; another build of adbd?")
    (place,) = places
    return program[:place] + b"\x01" + program[place + 1 :]


if __name__ == "__main__":
    source, target = sys.argv[1:3]
    Path(target).write_bytes(patched(Path(source).read_bytes()))
