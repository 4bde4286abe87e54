"""benchhub models: making variants, and looking into .tflite files."""

from __future__ import annotations

import click

from benchhub.cli.lazy import LazyGroup

COMMANDS = {
    "make": "Make the variants of a suite without measuring them.",
    "inspect": "Say what a .tflite file says of itself.",
}


class ModelsGroup(LazyGroup):
    """The commands about model files."""

    package = "benchhub.cli.models"
    texts = COMMANDS


@click.group("models", cls=ModelsGroup, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Make the variants of a suite, and look into .tflite files."""
