"""Devices as lines of text and as data. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from benchhub.cli.columns import GAP, aligned, cut
from benchhub.devices.lease import Sight
from benchhub.devices.routes import place_of
from benchhub.devices.survey import Look
from benchhub.records import DeviceFacts, Telemetry
from benchhub.records.temperature import decisive_temperature
from benchhub.reports import devices
from benchhub.reports.numbers import MISSING

HEAD = ("device", "reachable", "platform", "°C", "battery", "lease")
MORE = ("address", "model", "system", "cores")
RIGHT = frozenset({3, 4})
NARROW = 40


def table(looks: Sequence[Look], width: int) -> list[str]:
    """Return the lines: one a device where they fit, else a second one under each.

    Args:
        looks: The devices.
        width: Columns of the terminal.
    """
    if not looks:
        return []
    width = max(width, NARROW)
    rows = [_state(look) for look in looks]
    more = [_nature(look) for look in looks]
    wide = aligned([(*HEAD, *MORE), *((*a, *b) for a, b in zip(rows, more, strict=True))], RIGHT)
    if max(map(len, wide)) <= width:
        return wide
    narrow = aligned([HEAD, *rows], RIGHT)
    lines = [cut(narrow[0], width)]
    for line, details in zip(narrow[1:], more, strict=True):
        lines.append(cut(line, width))
        said = " · ".join(part for part in details if part and part != MISSING)
        lines += textwrap.wrap(
            said, width, initial_indent=GAP, subsequent_indent=2 * GAP, break_on_hyphens=False
        )
    return lines


def as_data(look: Look) -> dict[str, Any]:
    """Return the same facts as plain data."""
    file, facts, sight = look.device.file, look.facts, look.sight
    lease = None if sight is None or sight.lease is None else sight.lease
    return {
        "name": file.name,
        "transport": file.transport,
        "address": place_of(file),
        "labels": list(file.labels),
        "tool": look.device.tool,
        "reachable": look.is_reachable,
        "problem": look.problem.message if look.problem else None,
        "advice": look.problem.advice if look.problem else None,
        "platform": facts.platform if facts else None,
        "facts": asdict(facts) if facts else None,
        "telemetry": asdict(look.telemetry) if look.telemetry else None,
        "lease": {
            "state": None if sight is None else _lease_state(sight),
            "stale": sight.stale() if sight else None,
            "holder": asdict(lease) if lease else None,
        },
        "seconds": round(look.seconds, 3),
    }


def _state(look: Look) -> tuple[str, ...]:
    facts, telemetry = look.facts, look.telemetry
    return (
        look.device.name,
        _reachable(look),
        (facts.platform or facts.arch if facts else None) or MISSING,
        _temperature(telemetry),
        _battery(telemetry),
        lease_text(look.sight),
    )


def _nature(look: Look) -> tuple[str, ...]:
    file, facts = look.device.file, look.facts
    address = f"{file.transport} {place_of(file)}".rstrip()
    if facts is None:
        reason = look.problem.message if look.problem else ""
        return (address, reason.removeprefix(f"{file.name}: "), MISSING, MISSING)
    name = devices.name_of(facts) or MISSING
    return (address, name, devices.system(facts) or MISSING, cores(facts))


def _reachable(look: Look) -> str:
    if look.is_reachable:
        return "yes" if look.problem is None else "in part"
    return "no"


def cores(facts: DeviceFacts) -> str:
    """Return the CPUs by kind, `4 x 1.80 + 1 x 3.19 GHz`, else their number."""
    count = f"{facts.cores} core{'s' * (facts.cores != 1)}" if facts.cores else MISSING
    return devices.clusters(facts) or count


def _temperature(telemetry: Telemetry | None) -> str:
    zone = decisive_temperature(telemetry.temperature_c) if telemetry else None
    return f"{zone[1]:.1f}" if zone else MISSING


def _battery(telemetry: Telemetry | None) -> str:
    if telemetry is None or telemetry.battery_present is False:
        return MISSING
    if telemetry.battery_percent is None:
        return MISSING
    return f"{telemetry.battery_percent:.0f} %" + (", charging" if telemetry.charging else "")


def _lease_state(sight: Sight) -> str:
    if not sight.text:
        return "free"
    return "stale" if sight.stale() else "held"


def lease_text(sight: Sight | None) -> str:
    """Say who has a device: `free`, `ana on lab1, run X since 14:03`, `stale: ...`."""
    if sight is None:
        return MISSING
    if not sight.text:
        return "free"
    if (why := sight.stale()) is not None:
        return f"stale: {why}"
    lease = sight.lease
    if lease is None:
        return "held by another version of benchhub"
    run = f", run {lease.run_id}" if lease.run_id else ""
    return f"{lease.owner} on {lease.host}{run} since {_moment(lease.since)}"


def _moment(since: str) -> str:
    try:
        moment = datetime.fromisoformat(since).astimezone()
    except ValueError:
        return since
    today = moment.date() == datetime.now().astimezone().date()
    return f"{moment:%H:%M}" if today else f"{moment:%Y-%m-%d %H:%M}"
