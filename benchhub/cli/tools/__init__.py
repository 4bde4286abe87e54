"""benchhub tools: the official programs that measure, fetched and listed."""

from __future__ import annotations

import click

from benchhub.cli.lazy import LazyGroup

COMMANDS = {
    "list": "Show the programs of this workspace, and their flags that matter.",
    "fetch": "Get an official benchmark_model for a device.",
}


class ToolsGroup(LazyGroup):
    """The commands about programs."""

    package = "benchhub.cli.tools"
    texts = COMMANDS


@click.group(
    "tools",
    cls=ToolsGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
)
def command() -> None:
    """Fetch and list the official programs that measure on devices.

    benchhub tools fetch --device pi4, benchhub tools list
    """
