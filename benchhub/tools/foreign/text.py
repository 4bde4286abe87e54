"""Text of logs as they come: in the encodings of shells, and as logcat writes them. Pure."""

from __future__ import annotations

import codecs
import re

# What is looked at to tell text from binary data; a proto shows in its first bytes.
_SAMPLE = 1 << 16
_CONTROLS = "\t\r\n\f\b\x1b"
_MOSTLY = 0.9
# A terminal's colours.
_COLOUR = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")
# `11-21 07:30:00.123  1234  1234 I tflite  : ` and `11-21 07:30:00.123 I/tflite  ( 1234): `, also
# with a year, a user or without the time.
_LOGCAT = re.compile(
    r"^(?:(?:\d{4}-)?\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,9} +)?"
    r"(?:(?:[\w.-]{1,40} +)?\d{1,9} +\d{1,9} +)?"
    r"[VDIWEF](?:/| )[\w.-]{1,80} {0,40}(?:\( {0,10}\d{1,9}\))?: ?"
)
_LINES = 400


def as_text(data: bytes) -> str | None:
    """Return a file as text; None if it is binary.

    PowerShell writes what it is given as UTF-16 with a byte order mark.
    """
    for mark, encoding in (
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
        (codecs.BOM_UTF8, "utf-8-sig"),
    ):
        if data.startswith(mark):
            text = data.decode(encoding, "replace")
            return text if _is_text(text) else None
    if b"\0" in data:
        return None
    # A log may be cut in the middle of a letter, or be of a phone with another encoding.
    text = data.decode("utf-8", "replace")
    return text if _is_text(text) else None


def _is_text(text: str) -> bool:
    sample = text[:_SAMPLE]
    good = sum(one.isprintable() or one in _CONTROLS for one in sample)
    good -= sample.count("\N{REPLACEMENT CHARACTER}")
    return good >= _MOSTLY * len(sample)


def is_utf16(data: bytes) -> bool:
    """Tell whether a file is text in UTF-16."""
    return data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def plain(text: str) -> str:
    """Return a log as the program wrote it: without colours, and without what logcat adds."""
    text = text.replace("\r\n", "\n")
    if "\x1b[" in text:
        text = _COLOUR.sub("", text)
    lines = text.split("\n")
    first = [line for line in lines[:_LINES] if line.strip()]
    marked = sum(bool(_LOGCAT.match(line)) for line in first)
    if 2 * marked <= len(first):
        return text
    return "\n".join(_LOGCAT.sub("", line, count=1) for line in lines)
