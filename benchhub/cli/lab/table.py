"""A lab as lines of text and as data. Pure."""

from __future__ import annotations

import textwrap
from dataclasses import asdict
from typing import Any

from benchhub.cli.columns import GAP, aligned, cut
from benchhub.lab.members import LentDevice, Member, Survey
from benchhub.reports.numbers import MISSING

HEAD = ("device", "host", "transport", "tasks", "labels", "lease")
RIGHT = frozenset({3})
NARROW = 40


def table(survey: Survey, width: int) -> list[str]:
    """Return the lines: devices with who has them, then hosts, then the dashboard.

    Args:
        survey: The lab.
        width: Columns of the terminal.
    """
    width = max(width, NARROW)
    rows = [_row(device, member) for member in survey.members for device in member.devices]
    lines = []
    if rows:
        lines += [cut(line, width) for line in aligned([HEAD, *rows], RIGHT)]
        lines.append("")
        waiting = [
            f"{device.name}: {run} waits"
            for member in survey.members
            for device in member.devices
            for run in device.waiting
        ]
        lines += [*waiting, *([""] if waiting else [])]
    lines += [
        f"{name}: {count} task{'s wait' if count != 1 else ' waits'}, and no host lends it"
        for name, count in sorted(survey.lost.items())
    ]
    for member in survey.members:
        lines += textwrap.wrap(_host(member), width, subsequent_indent=GAP, break_on_hyphens=False)
    lines.append(f"dashboard {survey.dashboard or 'none'}")
    return lines


def as_data(survey: Survey) -> dict[str, Any]:
    """Return the same facts as plain data."""
    return {
        "hosts": [{**asdict(member), "answers": member.answers} for member in survey.members],
        "lost": survey.lost,
        "dashboard": survey.dashboard or None,
    }


def _row(device: LentDevice, member: Member) -> tuple[str, ...]:
    lease = device.holder or "free"
    return (
        device.name,
        member.name,
        device.transport,
        f"{device.running + device.queued}" if device.running + device.queued else MISSING,
        " ".join(f"@{label}" for label in device.labels) or MISSING,
        lease if member.answers else "its host does not answer",
    )


def _host(member: Member) -> str:
    state = "answers" if member.answers else f"has not answered for {member.silent_s:.0f} s"
    devices = f"{len(member.devices)} device{'s' * (len(member.devices) != 1)}"
    version = f", benchhub {member.version}" if member.version else ""
    return f"host {member.name} at {member.address} {state}, {devices}{version}"
