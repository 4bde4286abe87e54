"""Characters of names and logs that would not be seen, or would move the text beside them.

A page shows what others wrote. A control character is shown by its picture, a character that
changes the direction of what follows by its number, and text that is written from right to left is
kept to itself, so that a name cannot make the number behind it read as another one.
"""

from __future__ import annotations

import re
from html import escape

# Pictures of the control characters of ASCII begin there, in the same order.
_PICTURES = 0x2400
_DELETE, _PICTURE_OF_DELETE = 0x7F, 0x2421

# Controls but tab and line feed; marks, embeddings, overrides and isolates of direction (Unicode
# Standard Annex 9, table 4); other line ends; a byte order mark; halves of surrogate pairs, which
# come from broken file names and cannot be written to a file.
_UNSEEN = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
# Letters that are written from right to left, and what may stand between such words.
_LEFTWARDS = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
_WORDS = re.compile(f"[{_LEFTWARDS}]+(?:[ .,:_-]+[{_LEFTWARDS}]+)*")
_ISOLATED = "\u2068\\g<0>\u2069"


def seen(markup: str) -> str:
    """Return a page in which everything is seen and stays where it is.

    Args:
        markup: HTML in which all text is escaped; no tag of ours has such characters.
    """
    return _WORDS.sub(_ISOLATED, visible(markup))


def visible(markup: str) -> str:
    """Return markup, part of a page perhaps, in which every character is seen."""
    # A log of Windows is no log of controls.
    text = markup.replace("\r\n", "\n") if "\r" in markup else markup
    return _UNSEEN.sub(lambda found: escape(_shown(found), quote=False), text)


def spelt(text: str) -> str:
    """Return plain text in which every character is seen."""
    return _UNSEEN.sub(_shown, text)


def _shown(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code == _DELETE:
        return chr(_PICTURE_OF_DELETE)
    return chr(_PICTURES + code) if code < ord(" ") else f"<U+{code:04X}>"
