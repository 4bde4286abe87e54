"""The form in which shell scripts on a device tell what they find: lines of `key=value`."""

from __future__ import annotations

import re
from collections.abc import Iterator


def pairs(text: str) -> Iterator[tuple[str, str]]:
    """Return keys and values in order; a line without a value tells nothing."""
    for line in text.splitlines():
        key, found, value = line.partition("=")
        if found and (value := value.strip()):
            yield key, value


def integer(text: str | None) -> int | None:
    """Read a whole number; None if it is not one."""
    return int(text) if text and re.fullmatch(r"-?[0-9]{1,18}", text) else None


def decimal(text: str | None) -> float | None:
    """Read a decimal number; None if it is not one, also for `NaN`."""
    return float(text) if text and re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", text) else None
