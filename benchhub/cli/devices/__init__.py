"""benchhub devices: the inventory, and what can be done with a device but measuring on it."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from benchhub.cli import completions
from benchhub.cli.lazy import LazyGroup

COMMANDS = {
    "list": "Show devices: reachable, platform, temperature, who has them (the default).",
    "doctor": "Find and explain what would go wrong on a device.",
    "add": "Make the file of a device by asking it.",
    "trust": "Accept the host key of a device.",
    "clean": "Remove what benchhub left on devices.",
}


class DevicesGroup(LazyGroup):
    """A group whose first word may also be a device, which is then shown."""

    package = "benchhub.cli.devices"
    texts = COMMANDS

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `list` before anything that is no command."""
        known = (*COMMANDS, *ctx.help_option_names)
        if (args[:1] and args[0] not in known) or (not args and not ctx.resilient_parsing):
            args = ["list", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer the commands and the devices."""
        parameter = click.Argument(["name"])
        return [
            *super().shell_complete(ctx, incomplete),
            *completions.device(ctx, parameter, incomplete),
        ]


@click.group(
    "devices",
    cls=DevicesGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    subcommand_metavar="[NAME | @LABEL ...] | COMMAND ...",
)
def command() -> None:
    """Show, add, examine and trust the devices of this workspace.

    benchhub devices, benchhub devices pi4 @android, benchhub devices doctor pi4
    """
