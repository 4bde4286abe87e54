"""Ids of runs: short, and in the order in which the runs began."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable

# Crockford's base 32: no I, L, O, U. Eight characters are the upper 40 bits of a ULID's 48-bit
# millisecond clock, so that ids sort by time with a resolution of about a second.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ID_LENGTH = 8
# The clock of a ULID ends with 7ZZZ...; a name of a run begins with a letter.
_ID = re.compile(f"[0-7][{ALPHABET}]{{{ID_LENGTH - 1}}}")
_END = 8 * len(ALPHABET) ** (ID_LENGTH - 1)


def is_run_id(word: str) -> bool:
    """Say whether a word has the form of an id."""
    return _ID.fullmatch(word) is not None


def next_id(taken: Iterable[str]) -> str | None:
    """Return the id of a run that begins now.

    It sorts behind all that are taken, also where the clock was turned back since.

    Args:
        taken: Ids that are there; other words do not count.

    Returns:
        None if nothing sorts behind them.
    """
    newest = max(filter(is_run_id, taken), default="")
    now = time.time_ns() // 1_000_000 >> 10
    number = max(now, _number(newest) + 1) if newest else now
    return _encode(number) if 0 <= number < _END else None


def _number(run_id: str) -> int:
    number = 0
    for letter in run_id:
        number = number * len(ALPHABET) + ALPHABET.index(letter)
    return number


def _encode(number: int) -> str:
    letters = []
    for _ in range(ID_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[digit])
    return "".join(reversed(letters))
