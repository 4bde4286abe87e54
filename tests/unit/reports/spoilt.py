"""Any record with every text in it changed: names and messages come from files and devices.

It goes through the dataclasses themselves, so that a field that is added is spoilt as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

from benchhub.records import Run

T = TypeVar("T")

# Sets `window.ran` if any of it is taken for markup.
MARKUP = (
    "<script>window.ran=1</script>\"><img src=x onerror=window.ran=1>'&amp;</style></title>"
    "</noscript></svg><!--]]>{{7*7}}"
)
CONTROLS = "\x00\x07\x1b[31m\x7f\x9b\u2028"
# Three letters of Hebrew behind what turns the text.
BIDI = "\u202e\u2067\u200f\u05d2\u05e0\u05df"
SURROGATE = "\udc80"
EVIL = f"{MARKUP}{CONTROLS}{BIDI}{SURROGATE}"
# As it is seen.
SHOWN = (
    f"{MARKUP}␀␇␛[31m␡<U+009B><U+2028><U+202E><U+2067><U+200F>"
    "\u2068\u05d2\u05e0\u05df\u2069<U+DC80>"
)
LONG = 4000


def evil(text: str) -> str:
    """Return a text that wants to be markup, and more."""
    return f"{EVIL}{text}"


def tame(text: str) -> str:
    """Return the same, as long and with the same slashes, without any sign that could be markup."""
    return re.sub(r"[<>\"'&]", "x", MARKUP) + "x" * (len(EVIL) - len(MARKUP)) + text


def endless(text: str) -> str:
    """Return a text without a place to break it."""
    return text + "y" * (LONG - len(text))


def spoilt_run(run: Run, spoil: Callable[[str], str]) -> Run:
    """Return a run with every text changed; what refers to a case still does."""
    names: dict[str, str] = {}
    for case in run.plan.cases:
        other = spoilt(case, spoil)
        names |= {case.id: other.id, case.pair_id: other.pair_id, case.way: other.way}
    return spoilt(run, lambda text: names.get(text) or spoil(text))


def spoilt(value: T, spoil: Callable[[str], str]) -> T:
    """Return a value with every text in it changed, and whatever else it holds as it was.

    Args:
        value: A dataclass, a collection of such, or a text; a word of a fixed list stays.
        spoil: Gives the same for the same text, so that names still refer to each other; an empty
            text says that there is none and stays, and so does a time.
    """
    return _each(value, spoil)  # type: ignore[no-any-return]


def _each(value: Any, spoil: Callable[[str], str]) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return value if _stays(value) else spoil(value)
    if is_dataclass(value) and not isinstance(value, type):
        told = {one.name: getattr(value, one.name) for one in fields(value) if one.init}
        return replace(value, **{name: _each(one, spoil) for name, one in told.items()})
    if isinstance(value, Mapping):
        return {_each(key, spoil): _each(one, spoil) for key, one in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return type(value)(_each(one, spoil) for one in value)
    return value


def _stays(text: str) -> bool:
    """Say whether a text is none, or a time: the format of runs demands that these are times."""
    try:
        return not text or bool(datetime.fromisoformat(text))
    except ValueError:
        return False
