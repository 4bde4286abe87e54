"""benchhub lab: devices on many machines."""

from __future__ import annotations

import click

from benchhub.cli.lazy import LazyGroup

COMMANDS = {
    "certs": "Make the TLS files of a lab.",
    "scheduler": "Run the scheduler, one for the lab.",
    "host": "Lend the devices of this machine to the lab.",
    "status": "Show hosts, devices, who has them, and what waits.",
}


class LabGroup(LazyGroup):
    """The commands of a lab."""

    package = "benchhub.cli.lab"
    texts = COMMANDS


@click.group("lab", cls=LabGroup, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Measure on devices that hang on many machines.

    First steps: benchhub lab certs, then benchhub lab scheduler, on each machine with devices
    benchhub lab host --scheduler tls://lab.local:8786 --devices pi4, and from anywhere
    benchhub run suites/quickstart.yaml --lab tls://lab.local:8786 --devices pi4
    """
