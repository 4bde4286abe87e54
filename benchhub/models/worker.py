"""Gives jobs to child processes; see `benchhub.models.child`. A crash there is an answer here."""

from __future__ import annotations

import json
import re
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchhub.devices.host import HostTransport
from benchhub.errors import (
    BenchhubError,
    CommandTimeoutError,
    MeasurementError,
    ModelError,
    StoreError,
    ToolError,
)
from benchhub.models.child.job import PROGRESS, REQUEST, RESULT

# What a job leaves besides its documents.
OUT = "out"
# Time between two looks at what a job says that it does.
POLL_S = 0.3

_KINDS: Mapping[str, type[BenchhubError]] = {
    "model": ModelError,
    "data": ModelError,
    "convert": ModelError,
    "tool": ToolError,
    "disk": StoreError,
}
_SHOWN_LINES = 3
# Lines of TensorFlow's log, which it prints when it starts: `I0000 00:00:17...`.
_START_UP = re.compile(r"[IWE]\d{4} |\d{4}-\d\d-\d\d |WARNING: All log messages before")
# What TensorFlow and Keras print about themselves would hide why a process died.
_ENVIRONMENT = {"PYTHONWARNINGS": "ignore", "TF_CPP_MIN_LOG_LEVEL": "2"}
# What is known of crashes by task.
_KNOWN_CRASHES = {
    "convert": "Known to crash: LSTM of Keras 3 and GRU of any Keras, in int8 and int16x8. Build "
    "the layer with unroll=True; int8 of an LSTM works with tf_keras as well."
}

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Done:
    """What a job answered.

    Attributes:
        values: Its own answer.
        depends: Digests of the user's files that it read, by absolute path.
        out: Folder with what it made.
        seconds: Wall time.
    """

    values: Mapping[str, Any]
    depends: Mapping[str, str]
    out: Path
    seconds: float


class Worker:
    """Does jobs one after the other, each in a process of its own.

    Args:
        root: Folder that the processes run in: the workspace.
        tell: Is told what is being done.
    """

    def __init__(self, root: Path, tell: Tell) -> None:
        self._root = root
        self._tell = tell

    def do(
        self, task: str, request: Mapping[str, Any], folder: Path, what: str, timeout_s: float
    ) -> Done:
        """Do one job.

        Args:
            task: A module of `benchhub.models.child`.
            request: What it is asked; JSON.
            folder: Where it works; made empty before.
            what: What is made, for people, e.g. `digits/int8`.
            timeout_s: It is ended after that time.

        Raises:
            BenchhubError: It could not be done: an answer of the job, a crash, a time-out.
        """
        try:
            shutil.rmtree(folder, ignore_errors=True)
            (folder / OUT).mkdir(parents=True)
            (folder / REQUEST).write_text(json.dumps({**request, "task": task}), encoding="utf-8")
        except OSError as error:
            raise StoreError(f"{folder}: cannot be written: {error.strerror}.") from error
        host = HostTransport("host", self._root)
        # -P: a file of the workspace must not take the place of an installed module.
        argv = [sys.executable, "-P", "-m", "benchhub.models.child", str(folder)]
        over = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(folder, what, over), daemon=True)
        self._tell(what)
        watcher.start()
        try:
            ended = host.run(argv, timeout_s=timeout_s, env=_ENVIRONMENT)
        except CommandTimeoutError as error:
            raise MeasurementError(
                f"{task} of {what} did not end within {timeout_s:g} s; it was ended."
            ) from error
        finally:
            over.set()
            watcher.join()
            host.close()
        with suppress(OSError):  # on a full disk the answer counts more
            (folder / "log.txt").write_text(ended.stdout + ended.stderr, encoding="utf-8")
        try:
            result = json.loads((folder / RESULT).read_bytes())
        except FileNotFoundError:
            raise _crash(task, ended.returncode, ended.stderr) from None
        if "error" in result:
            told = result["error"]
            raise _KINDS[told["kind"]](told["message"], told["advice"])
        return Done(result["done"], result["depends"], folder / OUT, ended.seconds)

    def _watch(self, folder: Path, what: str, over: threading.Event) -> None:
        said = ""
        while not over.wait(POLL_S):
            try:
                doing = (folder / PROGRESS).read_text(encoding="utf-8")
            except OSError:
                continue
            if doing not in ("", said):
                said = doing
                self._tell(f"{what}: {doing}")


def _crash(task: str, returncode: int, stderr: str) -> BenchhubError:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    lines = [line for line in lines if not _START_UP.match(line)]
    last = " | ".join(lines[-_SHOWN_LINES:])
    if returncode < 0:
        how = f"crashed with {signal.Signals(-returncode).name}"
    else:
        how = f"ended with {returncode}"
    known = f" Its last lines: {last}" if last else ""
    advice = _KNOWN_CRASHES.get(task, "") if returncode < 0 else ""
    return ModelError(f"{task}: the process {how}.{known}", advice)
