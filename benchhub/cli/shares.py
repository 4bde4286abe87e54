"""Shares on the command line: `0.03` or `3%`."""

from __future__ import annotations

import click


def as_share(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> float | None:
    """Read a share between 0 and 1; None if it is not given.

    Raises:
        click.BadParameter: It is no share.
    """
    if value is None:
        return None
    from benchhub.suites.gate_entry import share  # loads pydantic

    try:
        found = float(share(value))
    except ValueError:
        found = 0.0
    if not 0 < found < 1:
        raise click.BadParameter(f"'{value}': a share such as 0.03, or 3%.")
    return found
