"""`python -m benchhub.tools.litert.child measure --graph=FILE`: prints or writes one document."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from .capi import LiteRt
from .failure import MeasureError
from .measure import FORMAT, measure
from .options import Options, parse
from .wheel import describe, find_wheel


def main(argv: Sequence[str]) -> int:
    """Run one command; return 0, or 1 if the document tells of an error."""
    options = parse(argv)
    try:
        document = measure(options) if options else identify()
        code = 0
    except MeasureError as error:
        document, code = {"format": FORMAT, "error": error.document()}, 1
    write(document, options)
    return code


def identify() -> dict[str, object]:
    """Return which wheel would measure, after loading what would be used of it.

    Raises:
        MeasureError: There is none, or it cannot be loaded.
    """
    wheel = find_wheel()
    if wheel.verified:
        LiteRt(wheel.library)
    else:
        try:
            importlib.import_module("ai_edge_litert.interpreter")
        except ImportError as error:
            raise MeasureError(
                "tool", f"ai-edge-litert {wheel.version} cannot be loaded: {error}."
            ) from error
    return {"format": FORMAT, **describe(wheel)}


def write(document: dict[str, object], options: Options | None) -> None:
    """Write the document to the file that was asked for, else to standard output."""
    text = json.dumps(document, allow_nan=False)
    if options and options.output:
        Path(options.output).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
