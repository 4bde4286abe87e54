"""Several files in one input: a line `==> NAME` before the content of each."""

from __future__ import annotations

import re
from collections.abc import Mapping

_HEAD = re.compile(rb"(?:\A|\n)==> ([A-Za-z0-9_./~-]{1,80})\n")


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return the input that stands for some files."""
    return b"\n".join(b"==> %s\n%s" % (name.encode(), data) for name, data in files.items())


def unpack(data: bytes) -> dict[str, bytes]:
    """Return the files by name; what stands before the first one is called ``."""
    first, *rest = _HEAD.split(data)
    names = (name.decode() for name in rest[::2])
    return {"": first} | dict(zip(names, rest[1::2], strict=True))
