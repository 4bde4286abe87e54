"""Records as JSON documents, and back. The format's version is checked before anything is read."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from cattrs.errors import BaseValidationError
from cattrs.preconf.json import JsonConverter, make_converter

from benchhub.errors import FormatTooNewError, StoreError
from benchhub.records import OPTIONS, DelegateOptions
from benchhub.results.disk import write_bytes

# Version of the run folder's format; docs/format.md has the history.
FORMAT = 1
# No file, page or terminal can hold half of a surrogate pair, which JSON can.
_HALF_LETTER = re.compile(rb"\\u[dD][89a-fA-F]")

T = TypeVar("T")


@cache
def _converter() -> JsonConverter:
    converter = make_converter()
    words = {kind: word for word, kind in OPTIONS.items()}

    def write(options: Any) -> Any:
        if options is None:
            return None
        return {"delegate": words[type(options)], **converter.unstructure(options)}

    def read(data: Any, _: Any) -> Any:
        return None if data is None else converter.structure(data, OPTIONS[data["delegate"]])

    def is_options(kind: Any) -> bool:
        return bool(kind == DelegateOptions | None)

    converter.register_unstructure_hook_func(is_options, write)
    converter.register_structure_hook_func(is_options, read)
    return converter


def encode(record: Any) -> bytes:
    """Return a record as UTF-8 JSON, one line for each of its fields."""
    fields = _converter().unstructure(record).items()
    # json's own indentation takes ten times as long for the thousands of samples of a process.
    lines = (f"{_dump(name)}: {_dump(value)}" for name, value in fields)
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def decode(raw: bytes, kind: type[T], name: str) -> T:
    """Return JSON as a record of that class; keys that are not known are left out.

    Raises:
        FormatTooNewError: It was written by a newer benchhub.
        StoreError: It is not such a document.
    """
    try:
        data = json.loads(raw.decode())  # of bytes it would take halves of letters as well
        if _HALF_LETTER.search(raw):  # halves of a pair together are a letter
            json.dumps(data, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{name}: damaged: {error}.") from error
    written = data.get("format", FORMAT) if isinstance(data, dict) else None
    if not isinstance(written, int):
        raise StoreError(f"{name}: no document of benchhub.")
    if written > FORMAT:
        raise FormatTooNewError(
            f"{name}: format {written} is newer than this benchhub, which reads up to {FORMAT}.",
            "Update benchhub.",
        )
    try:
        return _converter().structure(data, kind)
    except (BaseValidationError, ValueError, TypeError, KeyError) as error:
        raise StoreError(f"{name}: not a valid {kind.__name__} document.") from error


def read_document(path: Path, kind: type[T]) -> T:
    """Read one document. Raises StoreError if it cannot be read; see also `decode`."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror}.") from error
    return decode(raw, kind, str(path))


def write_document(path: Path, record: Any) -> None:
    """Write one document so that it is on disk, whole, or not at all.

    Raises:
        StoreError: The disk is full or the folder is not writable; nothing half written is left.
    """
    write_bytes(path, encode(record))
