"""What the commands about a lab share: where it is, and the TLS files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from benchhub.errors import UsageError

ENV_LAB = "BENCHHUB_LAB"
ENV_TLS = "BENCHHUB_LAB_TLS"
F = TypeVar("F", bound=Callable[..., object])

tls_option = click.option(
    "--tls",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help=f"TLS files of the lab [${ENV_TLS}; ~/.config/benchhub/lab].",
)


def lab_option(*names: str) -> Callable[[F], F]:
    """Return the option that says where the scheduler of the lab is, under these names."""
    return click.option(
        *names,
        "lab",
        envvar=ENV_LAB,
        metavar="tls://HOST:PORT",
        help=f"Scheduler of the lab [${ENV_LAB}].",
    )


def lab_options(function: F) -> F:
    """Give a command `--lab` and `--tls`; its parameters are `lab` and `tls`, None if not said."""
    return lab_option("--lab")(tls_option(function))


def tls_folder(tls: Path | None) -> Path:
    """Return the folder of the TLS files: the one that is said, of the environment, or the usual.

    The environment is not asked by the option itself: who has it set may measure without a lab.
    """
    from benchhub.lab.security import default_folder

    named = os.environ.get(ENV_TLS)
    return tls or (Path(named) if named else default_folder(os.environ))


def needed(lab: str | None, option: str) -> str:
    """Return the address of the lab. Raises UsageError if nobody said it."""
    if not lab:
        raise UsageError("which lab?", f"{option} tls://HOST:8786, or set {ENV_LAB}")
    return lab
