"""Removes what benchhub keeps on a device: staged files, scratch, interrupted pushes."""

from __future__ import annotations

from dataclasses import dataclass

from benchhub.devices.examination import MINE
from benchhub.devices.staging import FOLDER
from benchhub.devices.transport import Transport, run_check

TIMEOUT_S = 120.0

# $1 benchhub's folder. Prints `bytes path` of each file first. `wc -c` is everywhere, `stat` not.
_TIDY = f"""
cd "$1" 2>/dev/null || exit 0
find . \\( -path './{FOLDER}/*' -o -path './scratch/*' -o -path './{MINE}*' -o -name '.push-*' \\) \
  -type f -exec wc -c {{}} + 2>/dev/null
rm -rf ./{FOLDER} ./scratch ./{MINE}*
find . -name '.push-*' -exec rm -f {{}} + 2>/dev/null
true
"""


@dataclass(frozen=True, slots=True)
class Freed:
    """What was removed."""

    files: int
    size_bytes: int


def tidy(transport: Transport) -> Freed:
    """Remove it. The lease has to be held.

    Raises:
        TransportError: The device does not answer, or refuses.
    """
    argv = ["sh", "-c", _TIDY, "sh", transport.store]
    return count(run_check(transport, argv, timeout_s=TIMEOUT_S).stdout)


def count(text: str) -> Freed:
    """Add up what `wc -c` printed; its own sums are called `total`."""
    sizes = []
    for line in text.splitlines():
        size, _, path = line.strip().partition(" ")
        if size.isdecimal() and path.strip().startswith("./"):
            sizes.append(int(size))
    return Freed(len(sizes), sum(sizes))
