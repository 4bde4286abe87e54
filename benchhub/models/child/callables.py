"""The user's own functions: `module:function` of a module beside the suite."""

from __future__ import annotations

import difflib
import importlib
import sys
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from benchhub.models.child.job import Job, JobError
from benchhub.models.child.telling import first_line

# What a user's code may raise; `sys.exit()` in it ends the job, not only the process.
_RAISED = (Exception, SystemExit)


def load_callable(where: str, job: Job) -> Callable[..., Any]:
    """Return a function of the user's.

    Modules of the request's `folder` come before installed ones; the files that they read count as
    what the job depends on.

    Args:
        where: `module:function`.
        job: Its request has the `folder`.

    Raises:
        JobError: There is no such module or function, or the module cannot be imported.
    """
    module_name, _, name = where.partition(":")
    folder = str(job.request["folder"])
    job.watch()
    if sys.path[0] != folder:
        sys.path.insert(0, folder)
        importlib.invalidate_caches()
    module = _module(where, module_name, job)
    found = getattr(module, name, None)
    if found is None:
        own = [key for key, value in vars(module).items() if callable(value)]
        raise JobError(
            "model",
            f"{where}: {_short(getattr(module, '__file__', None) or module_name, folder)} has no "
            f"function '{name}'{_did_you_mean(name, own)}",
            "Correct the name in the suite, or write the function.",
        )
    if not callable(found):
        raise JobError(
            "model", f"{where}: '{name}' is of type {type(found).__name__}, not a function.", ""
        )
    function: Callable[..., Any] = found
    return function


def call(where: str, job: Job, /, *args: Any, **kwargs: Any) -> Any:
    """Call a function of the user's and return what it returns.

    Args:
        where: `module:function`.
        job: As in `load_callable`.
        args: For the function.
        kwargs: Likewise.

    Raises:
        JobError: It cannot be loaded, or it raised something.
    """
    function = load_callable(where, job)
    try:
        return function(*args, **kwargs)
    except JobError:
        raise
    except _RAISED as error:
        raise raised(where, job, error) from error


def raised(where: str, job: Job, error: BaseException) -> JobError:
    """Return what to tell of an exception of the user's code: its place in their file and its text.

    Args:
        where: `module:function`.
        job: Its request has the `folder`.
        error: What was raised.
    """
    place = _place(error, str(job.request["folder"]))
    message = f"{where}: {place + ': ' if place else ''}{_text(error)}."
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = error.name.partition(".")[0]
        return JobError(
            "tool", message, f"Install {package} into the environment that benchhub runs in."
        )
    return JobError("model", message, "Correct it there; the log of the job has the whole trace.")


def _module(where: str, name: str, job: Job) -> ModuleType:
    folder = str(job.request["folder"])
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name and not name.startswith(f"{error.name}."):
            raise raised(where, job, error) from error  # something that the module needs
        beside = [path.stem for path in Path(folder).glob("*.py")]
        raise JobError(
            "model",
            f"{where}: there is no module '{error.name}' in {folder}"
            f"{_did_you_mean(str(error.name), beside)}",
            "A module lies beside the suite file, or is installed.",
        ) from error
    except JobError:
        raise
    except _RAISED as error:
        raise raised(where, job, error) from error


def _place(error: BaseException, folder: str) -> str:
    """Return file:line of the innermost frame in the user's folder; empty if there is none."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_short(error.filename, folder)}:{error.lineno}"
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if Path(frame.filename).is_relative_to(folder) and "site-packages" not in frame.filename:
            return f"{_short(frame.filename, folder)}:{frame.lineno}"
    return ""


def _text(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"it ended the process (SystemExit {error.code})"
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg}"
    name = type(error).__name__
    return f"{name}: {first_line(error).rstrip('.')}" if str(error).strip() else name


def _short(filename: str, folder: str) -> str:
    path = Path(filename)
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else filename


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else "."
