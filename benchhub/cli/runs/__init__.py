"""benchhub runs: list the runs, and share them with other machines."""

from __future__ import annotations

from importlib import import_module

import click

from benchhub.cli.lazy import LazyGroup

COMMANDS = {
    "list": "List the runs of this workspace (the default).",
    "push": "Bring runs to a shared place: a folder or a URL.",
    "pull": "Fetch runs from a shared place.",
}


class RunsGroup(LazyGroup):
    """A group that lists the runs where no command is named."""

    package = "benchhub.cli.runs"
    texts = COMMANDS

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `list` before options of its own, and where there is nothing."""
        options = args[:1] and args[0].startswith("-") and args[0] not in ctx.help_option_names
        if options or (not args and not ctx.resilient_parsing):
            args = ["list", *args]
        return super().parse_args(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one command; what moves runs is in one module."""
        if cmd_name in ("push", "pull"):
            module = import_module("benchhub.cli.publishing")
            command: click.Command = getattr(module, cmd_name)
            return command
        return super().get_command(ctx, cmd_name)


@click.group(
    "runs",
    cls=RunsGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    subcommand_metavar="[--all] [--json] | COMMAND ...",
)
def command() -> None:
    """List the runs of this workspace, newest first, and share them.

    benchhub runs, benchhub runs --all, benchhub runs push latest
    """
