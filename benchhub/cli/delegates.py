"""benchhub delegates: which delegates are possible on a device, and why others are not."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import click

from benchhub.cli import completions
from benchhub.cli.frame import guarded, here, json_option, say, verbose_option
from benchhub.records import CPU_DELEGATES

if TYPE_CHECKING:
    from benchhub.execution.delegates import Possibilities, Possibility

_NARROW, _WIDE = 60, 120
_REST = (
    "What an accelerator leaves to the CPU may run by XNNPACK there; the placement of each "
    "measurement tells."
)


@click.command("delegates")
@click.option(
    "--device",
    default="host",
    show_default=True,
    help="The device.",
    shell_complete=completions.device,
)
@json_option
@verbose_option
@guarded
def command(device: str, *, as_json: bool, verbose: bool) -> int:
    """Show which delegates could be measured on a device, and with which tool.

    Possible says that program and device offer it. Whether the graph really runs there is told by
    each measurement: its placement.
    """
    del verbose
    # Asking loads the transports.
    from benchhub.devices.inventory import find_devices
    from benchhub.execution.delegates import possibilities

    workspace = here()
    (chosen,) = find_devices(workspace, (device,))
    found = possibilities(chosen, workspace)
    if as_json:
        data = {
            "device": device,
            "platform": found.facts.platform,
            "tools": [asdict(identity) for identity in found.tools],
            "missing": found.missing,
            "delegates": [{**asdict(row), "flags": dict(row.flags)} for row in found.rows],
        }
        click.echo(json.dumps(data, indent=1, ensure_ascii=False))
        return 0
    width = min(max(shutil.get_terminal_size().columns, _NARROW), _WIDE)
    for line in lines(device, found, width):
        click.echo(line)
    for name, why in found.missing.items():
        say(f"{name}: {why}")
    return 0


def lines(device: str, found: Possibilities, width: int) -> Iterator[str]:
    """Yield the table: what is possible first, then what is not, and why."""
    tools = ", ".join(identity.name for identity in found.tools) or "no tool"
    yield f"{device} · {found.facts.platform or 'platform not told'} · {tools}"
    rows = _merged(found.rows)
    possible = [row for row in rows if not row.refused]
    refused = [row for row in rows if row.refused]
    name = max((len(row.delegate) for row in rows), default=0)
    tool = max((len(row.tool) for row in rows), default=0)
    for title, part in (("possible", possible), ("not possible here, because", refused)):
        if part:
            yield ""
            yield title
        for row in part:
            head = f"  {row.delegate:<{name}}  {row.tool:<{tool}}  "
            for text in _told(row):
                yield from textwrap.wrap(
                    text,
                    width,
                    initial_indent=head,
                    subsequent_indent=" " * len(head),
                    break_long_words=False,
                    break_on_hyphens=False,
                )
                head = " " * len(head)
    if any(row.delegate not in CPU_DELEGATES for row in possible):
        yield ""
        yield from textwrap.wrap(_REST, width)


def _merged(rows: Sequence[Possibility]) -> list[Possibility]:
    """Make one row of the kinds of a delegate that a tool refuses for the same reason."""
    kinds: dict[tuple[str, str, str], list[Possibility]] = {}
    for row in rows:
        kinds.setdefault((row.delegate.partition(" ")[0], row.tool, row.refused), []).append(row)
    return [
        replace(same[0], delegate=word) if len(same) > 1 and refused else row
        for (word, _, refused), same in kinds.items()
        for row in (same[:1] if refused else same)
    ]


def _told(row: Possibility) -> tuple[str, ...]:
    if row.refused:
        shown = row.refused
        for head in (row.delegate, row.delegate.partition(" ")[0]):
            shown = shown.removeprefix(f"{head}: ")
        return (shown,)
    flags = " ".join(f"--{flag}={value}" for flag, value in row.flags)
    return (flags or "by its own interface", *row.notes)
