"""What every command shares: how errors end it, where output goes, where the workspace is."""

from __future__ import annotations

import functools
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec

import click

from benchhub.errors import EXIT_INTERRUPTED, BenchhubError
from benchhub.workspace import Workspace, find_workspace

P = ParamSpec("P")


def guarded(function: Callable[P, int]) -> Callable[P, None]:
    """Turn what a command raises into one clear line and an exit code; its result is the code."""

    @functools.wraps(function)
    def command(*args: P.args, **kwargs: P.kwargs) -> None:
        verbose = bool(kwargs.get("verbose"))
        # A cancelled CI job sends SIGTERM: the run folder has to be left as after Ctrl-C.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            code = function(*args, **kwargs)
        except BenchhubError as error:
            say(str(error))
            if verbose:
                say_causes(error)
            code = error.exit_code
        except KeyboardInterrupt:
            code = EXIT_INTERRUPTED
        except BrokenPipeError:
            # The reader of a pipe went away, which is its right; what is left goes nowhere, so that
            # the end of the program does not try again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 0
        except Exception:
            say("This is a bug in benchhub; please report it with the run folder and this trace:")
            raise
        sys.exit(code)

    return command


def say(text: str) -> None:
    """Print to standard error; standard output is for answers."""
    click.echo(text, err=True)


def say_causes(error: BaseException) -> None:
    """Print the chain of causes and where each was raised."""
    cause = error.__cause__
    while cause is not None:
        say(f"  because of {type(cause).__name__}: {cause}")
        cause = cause.__cause__
    say("".join(traceback.format_tb(error.__traceback__)[-1:]).rstrip())


def terminal_width() -> int | None:
    """Return the columns of the terminal that the answer goes to; None if it goes elsewhere."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def here() -> Workspace:
    """Return the workspace of the current folder. Raises UsageError."""
    return find_workspace(Path.cwd())


verbose_option = click.option("--verbose", is_flag=True, help="Say also what caused an error.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print the same facts as JSON.")
