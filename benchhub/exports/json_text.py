"""JSON that every reader takes, whatever names there are in it.

Python writes half characters, which other readers refuse, and control characters, at which some
viewers end a name. Perfetto (version 52) shows escaped characters as their escapes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from benchhub.exports.verdict_text import printable


def json_text(document: Any, indent: int | None = None, *, escaped: bool = True) -> str:
    """Return a document with a line break at its end; numbers have to be finite.

    Args:
        document: What there is to tell.
        indent: Spaces a level; None is one line.
        escaped: Whether it is in ASCII, as a file without a stated encoding should be.
    """
    clean = _readable(document)
    return json.dumps(clean, indent=indent, ensure_ascii=escaped, allow_nan=False) + "\n"


def _readable(value: Any) -> Any:
    """Return the same with a mark for each character that cannot be shown."""
    if isinstance(value, str):
        return value if value.isascii() and value.isprintable() else printable(value, len(value))
    if isinstance(value, Mapping):
        return {_readable(key): _readable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_readable(one) for one in value]
    return value
