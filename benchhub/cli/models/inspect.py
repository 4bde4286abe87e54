"""benchhub models inspect: what a .tflite file says of itself."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchhub.cli.frame import guarded, json_option, verbose_option

if TYPE_CHECKING:
    from benchhub.models.tflite.inspection import Inspection

_NARROWEST = 60


@click.command("inspect")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--ops", is_flag=True, help="List each operator.")
@click.option("--signature", metavar="NAME", help="Of the graph to look at; else the first.")
@json_option
@verbose_option
@guarded
def command(file: Path, *, ops: bool, signature: str | None, as_json: bool, verbose: bool) -> int:
    """Say what FILE, a .tflite file, says of itself.

    Signatures, inputs and outputs, operators with their work, constants, metadata, size. Nothing is
    run, so that a file of unknown origin may be looked at.
    """
    del verbose
    from benchhub.models.tflite.inspection import inspect

    found = inspect(file, signature)
    if as_json:
        click.echo(json.dumps(_facts(file, found), indent=1))
        return 0
    from benchhub.models.tflite.text import printable
    from benchhub.reports.inspection import render_inspection

    width = max(shutil.get_terminal_size().columns, _NARROWEST)
    click.echo(render_inspection(printable(file.name), found, width, ops=ops))
    return 0


def _facts(file: Path, found: Inspection) -> dict[str, object]:
    """Return the same facts as data; the nodes are those with their outputs, listed once."""
    data = asdict(found)
    figures = data.pop("facts")
    figures.pop("nodes")
    data["nodes"] = [
        {**node.pop("cost"), "output_shape": node["output"], "output_dtype": node["output_dtype"]}
        for node in data["nodes"]
    ]
    data["graphs"] = [{"name": name, "nodes": count} for name, count in found.graphs]
    data["archived"] = [
        {"name": one.name, "size": one.size, "packed": one.packed} for one in found.archived
    ]
    return {"file": str(file), **figures, **data}
