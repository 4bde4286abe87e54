"""benchhub init: lay down a workspace."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import click

from benchhub.cli.frame import guarded, json_option, say
from benchhub.errors import UsageError
from benchhub.workspace import PACKAGED, packaged

REPORTS_README = "Reports are written here; `benchhub report RUN` renders one again.\n"
GITIGNORE = ".benchhub/\n"


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@json_option
@guarded
def command(folder: Path, *, as_json: bool) -> int:
    """Lay down a workspace in FOLDER (default: here): devices/, suites/, reports/.

    Files that are there already are kept.
    """
    folder = folder.absolute()
    try:
        made = [path for name in PACKAGED for path in _lay_down(packaged(name), folder / name)]
        for path, text in (
            (folder / "reports" / "README.md", REPORTS_README),
            (folder / ".gitignore", GITIGNORE),
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                path.write_text(text)
                made.append(path)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written: {error.strerror}.") from error
    names = [str(path.relative_to(folder)) for path in made]
    if as_json:
        click.echo(json.dumps({"folder": str(folder), "made": names}, indent=1))
        return 0
    for name in names:
        click.echo(name)
    if not made:
        say(f"{folder} is a workspace already.")
    say("Next: benchhub run suites/quickstart.yaml --devices host")
    return 0


def _lay_down(source: Path, target: Path) -> list[Path]:
    """Copy a tree without touching what exists; return the new files."""
    made = []
    for path in sorted(source.rglob("*")):
        if path.suffix not in (".yaml", ".json", ".tflite", ".py"):
            continue
        copy = target / path.relative_to(source)
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
            made.append(copy)
    return made
