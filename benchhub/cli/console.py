"""The terminal on standard error, and whether anything may move on it."""

from __future__ import annotations

import sys

from rich.console import Console


def error_console() -> Console:
    """Return what draws on standard error; without colour where NO_COLOR is set."""
    return Console(stderr=True, highlight=False)


def is_live(console: Console) -> bool:
    """Say whether lines can be drawn over: on a terminal that knows how, and nowhere else.

    FORCE_COLOR makes rich take a log for a terminal; CI sets it, and its logs keep every redrawing.
    """
    return sys.stderr.isatty() and not console.is_dumb_terminal
