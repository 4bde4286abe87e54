"""benchhub tools list: the programs of this workspace."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from benchhub.cli.frame import guarded, here, json_option, say, verbose_option

if TYPE_CHECKING:
    from benchhub.tools.official.shelf import Probe, Shelved
    from benchhub.workspace import Workspace

_HEAD = ("family", "version", "platform", "MB", "sha256", "lock", "flags for")
_RIGHT = frozenset({"MB"})
_DIGITS_SHOWN = 12
_GAP = 2


@click.command("list")
@json_option
@verbose_option
@guarded
def command(*, as_json: bool, verbose: bool) -> int:
    """Show the programs in .benchhub/tools, and what they have flags for.

    Only programs for this machine are asked. That a flag is there does not say that the device has
    what it needs: benchhub delegates --device NAME does.
    """
    del verbose
    from benchhub.devices.facts import read_facts
    from benchhub.devices.host import HostTransport
    from benchhub.tools.official.shelf import probe, shelved

    workspace = here()
    host = HostTransport("host", workspace.root)
    programs = shelved(workspace)
    platform = read_facts(host).platform if programs else None
    found = [(program, probe(workspace, program, host, platform)) for program in programs]
    if as_json:
        data = {"programs": [_as_data(workspace, *pair) for pair in found]}
        click.echo(json.dumps(data, indent=1, ensure_ascii=False))
        return 0
    if not found:
        say("There are no programs yet: benchhub tools fetch")
        return 0
    for line in lines(found, shutil.get_terminal_size().columns):
        click.echo(line)
    return 0


def lines(found: Sequence[tuple[Shelved, Probe]], width: int) -> list[str]:
    """Lay programs out as a table, their flags below them where the width is short. Pure."""
    from benchhub.reports.numbers import MISSING, megabytes

    rows = [
        (
            str(program.family),
            program.version or MISSING,
            program.platform,
            megabytes(program.size_bytes),
            program.sha256[:_DIGITS_SHOWN],
            program.locked,
        )
        for program, _ in found
    ]
    texts = [", ".join(probe.abilities) or probe.note or MISSING for _, probe in found]
    widths = [max(map(len, column)) for column in zip(_HEAD, *rows, strict=False)]
    table = [_row(row, widths) for row in (_HEAD[:-1], *rows)]
    begin = sum(widths) + _GAP * len(widths)
    if begin + max(map(len, texts)) <= width:
        sides = zip(table, (_HEAD[-1], *texts), strict=True)
        return [f"{line:<{begin}}{text}".rstrip() for line, text in sides]
    result = [table[0].rstrip()]
    for line, text in zip(table[1:], texts, strict=True):
        result += [
            line.rstrip(),
            *textwrap.wrap(text, width, initial_indent="  ", subsequent_indent="  "),
        ]
    return result


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    aligned = (
        cell.rjust(size) if head in _RIGHT else cell.ljust(size)
        for cell, size, head in zip(cells, widths, _HEAD, strict=False)
    )
    return (" " * _GAP).join(aligned)


def _as_data(workspace: Workspace, program: Shelved, probe: Probe) -> dict[str, object]:
    return {
        **asdict(program),
        "path": workspace.relative(program.path),
        "abilities": probe.abilities,
        "flags": probe.flags,
        "note": probe.note,
    }
