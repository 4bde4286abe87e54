"""benchhub baseline: names of runs, which every command takes in place of an id."""

from __future__ import annotations

import click

from benchhub.cli.lazy import LazyGroup

COMMANDS = {
    "set": "Give a run a name, or the name another run.",
    "show": "Say which run a name is, and what was measured.",
    "list": "List the names.",
    "remove": "Forget a name; the run stays.",
}


class BaselineGroup(LazyGroup):
    """The commands about names of runs."""

    package = "benchhub.cli.baseline"
    texts = COMMANDS


@click.group(
    "baseline", cls=BaselineGroup, context_settings={"help_option_names": ["-h", "--help"]}
)
def command() -> None:
    """Give runs names, which every command takes in place of an id.

    benchhub baseline set nightly latest, then benchhub compare nightly latest
    """
