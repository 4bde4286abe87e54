"""benchhub models make: make the variants of a suite without measuring them."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchhub.cli import completions
from benchhub.cli.frame import guarded, here, json_option, say, verbose_option
from benchhub.errors import UsageError

if TYPE_CHECKING:
    from benchhub.models.files import Found
    from benchhub.records import ModelVariant

_HEAD = ("variant", "MB", "made by", "file")


@click.command("make")
@click.argument(
    "suite",
    type=click.Path(path_type=Path, dir_okay=False),
    shell_complete=completions.suites,
)
@click.option("--variants", default="*", help="Only those that match, e.g. 'digits/*int8*'.")
@click.option("-q", "--quiet", is_flag=True, help="Print only the answer.")
@json_option
@verbose_option
@guarded
def command(suite: Path, variants: str, *, quiet: bool, as_json: bool, verbose: bool) -> int:
    """Make or download the variants of SUITE that are not there yet.

    What is made is kept: a later `benchhub run` of the suite finds it.
    """
    del verbose
    from benchhub.cli.making import MakingDisplay
    from benchhub.models.files import declared_variants, find_variants
    from benchhub.suites.suite import read_suite

    workspace = here()
    read = read_suite(suite, workspace.relative(suite))
    pairs = list(declared_variants(read))
    wanted = [pair for pair in pairs if fnmatchcase("/".join(pair), variants)]
    if not wanted:
        raise UsageError(
            f"{suite}: no variant matches '{variants}'.",
            f"There are: {', '.join(map('/'.join, pairs))}.",
        )
    folder = suite.absolute().parent
    with MakingDisplay(quiet=quiet) as display:
        found = find_variants(read, folder, workspace, wanted, display.tell, making=True)
    for failure in found.failures.values():
        say(f"{failure.message} {failure.advice}".rstrip())
    if as_json:
        click.echo(json.dumps(_facts(found), indent=1, ensure_ascii=False))
    else:
        click.echo("\n".join(_lines(found)))
    return max((failure.exit_code for failure in found.failures.values()), default=0)


def _there(found: Found) -> list[ModelVariant]:
    return [one for pair, one in found.variants.items() if pair not in found.failures]


def _lines(found: Found) -> list[str]:
    from benchhub.reports.numbers import megabytes
    from benchhub.reports.tables import columns

    there = _there(found)
    rows = [
        (
            f"{one.model}/{one.variant}",
            megabytes(one.size_bytes),
            (one.origin.tool if one.origin else "") or "as it is",
            one.path,
        )
        for one in there
    ]
    lines = columns(_HEAD, rows, frozenset({0, 2, 3})) if rows else []
    notes = [
        f"{one.model}/{one.variant}: {note}"
        for one in there
        for note in (one.origin.notes if one.origin else ())
    ]
    return [*lines, *notes]


def _facts(found: Found) -> dict[str, object]:
    return {
        "variants": [
            {
                "model": one.model,
                "variant": one.variant,
                "path": one.path,
                "sha256": one.sha256,
                "size_bytes": one.size_bytes,
                "recipe": one.origin.recipe if one.origin else None,
                "tool": one.origin.tool if one.origin else None,
                "notes": one.origin.notes if one.origin else [],
                "sparsity": one.origin.sparsity if one.origin else None,
                "clusters": one.origin.clusters if one.origin else None,
            }
            for one in _there(found)
        ],
        "failures": [
            {"variant": "/".join(pair), "message": failure.message, "advice": failure.advice}
            for pair, failure in found.failures.items()
        ],
    }
