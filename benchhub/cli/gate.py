"""benchhub gate: did this change make a model slower? The same as ab, under the name CI calls."""

from __future__ import annotations

import click

from benchhub.cli.ab import command as ab

_HELP = ab.help or ""
command = click.Command(
    "gate",
    params=ab.params,
    callback=ab.callback,
    help=_HELP.replace("benchhub ab ", "benchhub gate "),
)
