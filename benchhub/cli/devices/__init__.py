"""benchhub devices: the inventory, and what can be done with a device but measuring on it."""

from __future__ import annotations

import click

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
        if not args or args[0] not in (*COMMANDS, *ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


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
