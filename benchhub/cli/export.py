"""benchhub export: write a run in the format of another tool."""

from __future__ import annotations

from pathlib import Path

import click

from benchhub.cli.frame import guarded, here, say, verbose_option
from benchhub.errors import StoreError
from benchhub.results.store import find_run


@click.command("export")
@click.argument("name", metavar="FORMAT")
@click.argument("run", default="latest")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write. Default: standard output.",
)
@verbose_option
@guarded
def command(name: str, run: str, out: Path | None, *, verbose: bool) -> int:
    """Write RUN (an id, its beginning, or latest) in the format of another tool.

    FORMAT is pytest-benchmark, or junit, markdown or json for the verdicts of a comparison; other
    packages may add more.
    """
    del verbose
    from benchhub.exports.exporter import find_exporter

    workspace = here()
    write = find_exporter(name)
    made = write(find_run(workspace.runs, run).read())
    for note in made.notes:
        say(note)
    if out is None:
        click.echo(made.text, nl=False)
        return 0
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(made.text, encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{out}: cannot be written: {error.strerror}.") from error
    return 0
