"""Starts controllers that die where they are told to; a program, see controllers.py.

It has Python and benchhub loaded and forks for each controller, which saves a second each. It reads
one order a line from standard input, and answers with the pid and then with how that one ended.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

# What a run loads in its course.
LOADED = (
    "benchhub.analysis.summary",
    "benchhub.cli",
    "benchhub.cli.running",
    "benchhub.devices.adb.file",
    "benchhub.devices.ssh.connection",
    "benchhub.reports.html",
    "benchhub.results.index",
    "benchhub.tools.benchmark_model",
)


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise SystemExit  # never reached


def counted(turn: int) -> Callable[[], bool]:
    left = [turn]

    def now() -> bool:
        left[0] -= 1
        return left[0] == 0

    return now


def arm(death: dict[str, Any]) -> None:
    """Arrange it; a place that does not exist is an error, so that a test cannot pass by that."""
    {"call": _at_call, "half": _at_half, "replace": _at_replace, "sql": _at_sql}[death["kind"]](
        death["what"], counted(death["turn"]), after=death["after"]
    )


def _at_call(what: str, now: Callable[[], bool], *, after: bool) -> None:
    """`module:name.of.function`, as that module knows it."""
    module, _, names = what.partition(":")
    owner: Any = importlib.import_module(module)
    *outer, name = names.split(".")
    for each in outer:
        owner = getattr(owner, each)
    function = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        fatal = now()
        if fatal and not after:
            die()
        result = function(*args, **kwargs)
        if fatal:
            die()
        return result

    setattr(owner, name, wrapped)


def _at_half(what: str, now: Callable[[], bool], *, after: bool) -> None:
    """A document is being written, and only half of it is on the disk."""
    del after
    fsync = os.fsync

    def half(file: Any) -> None:
        number = file if isinstance(file, int) else file.fileno()
        path = Path(f"/proc/self/fd/{number}").readlink()
        part = path.name.startswith(f".{what}.") and path.suffix == ".part"
        if (part or path.name == what) and now():
            os.truncate(path, path.stat().st_size // 2)
            die()
        fsync(file)

    os.fsync = half


def _at_replace(what: str, now: Callable[[], bool], *, after: bool) -> None:
    """A file whose name ends like that gets its name."""
    replace = os.replace

    def replaced(source: Any, target: Any, **options: Any) -> None:
        fatal = str(target).endswith(what) and now()
        if fatal and not after:
            die()
        replace(source, target, **options)
        if fatal:
            die()

    os.replace = replaced


def _at_sql(what: str, now: Callable[[], bool], *, after: bool) -> None:
    """A statement begins like that."""
    from sqlalchemy import event  # noqa: PLC0415 - only here
    from sqlalchemy.engine import Engine  # noqa: PLC0415

    def executed(*args: Any) -> None:
        if args[2].lstrip().upper().startswith(what) and now():
            die()

    event.listen(Engine, f"{'after' if after else 'before'}_cursor_execute", executed)


def control(order: dict[str, Any]) -> NoReturn:
    """Be a controller."""
    code = 1
    try:
        os.chdir(order["cwd"])
        os.environ.update(order["env"])
        tempfile.tempdir = None
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        for number, path in ((0, os.devnull), (1, order["out"]), (2, order["err"])):
            opened = os.open(path, flags if number else os.O_RDONLY)
            os.dup2(opened, number)
            os.close(opened)
        if order["death"]:
            arm(order["death"])
        from benchhub.cli import main  # noqa: PLC0415 - loaded before

        main(order["words"])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter would
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def serve() -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    for name in LOADED:
        importlib.import_module(name)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            answers.close()
            control(json.loads(line))
        answers.write(f"{pid}\n")
        _, status = os.waitpid(pid, 0)
        answers.write(f"{os.waitstatus_to_exitcode(status)}\n")


if __name__ == "__main__":
    serve()
