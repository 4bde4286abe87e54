"""One controller a run, however it ends."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchhub.errors import StoreError
from benchhub.results.run_lock import LOCK, sole_controller
from benchhub.results.store import RunFolder

from .small_runs import begun, ended

HOLDER = """
import sys
from pathlib import Path
from benchhub.results.run_lock import sole_controller
from benchhub.results.store import RunFolder
with sole_controller(RunFolder(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(folder: RunFolder) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the run."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


@pytest.mark.fault("two controllers: on one run", place="controller")
def test_a_second_controller_is_told_who_has_the_run(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    with holder(folder) as other:
        with pytest.raises(StoreError) as told, sole_controller(folder):
            pytest.fail("two controllers have the run")
        who = f"process {other.pid} on {os.uname().nodename}"
        assert re.fullmatch(
            rf"run {folder.run_id} is in the hands of {who}, "
            r"since \d{4}-\S+\. Wait for its end, or end it; what it has measured is kept\.",
            str(told.value),
        )
        assert folder.read().plan.run_id == folder.run_id, "reading needs no lock"
        other.kill()
        other.wait()
        with sole_controller(folder):
            pass


def test_it_is_given_back_after_an_error_and_says_nobody(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    with sole_controller(folder):
        assert f'"pid": {os.getpid()}' in (folder.path / LOCK).read_text()
    with pytest.raises(KeyboardInterrupt), sole_controller(folder):
        raise KeyboardInterrupt
    assert (folder.path / LOCK).read_text() == ""
    with sole_controller(folder):
        ended(folder)


def test_a_process_that_the_controller_started_does_not_keep_the_lock(tmp_path: Path) -> None:
    """Tools outlive a controller that is killed."""
    folder = begun(tmp_path)
    with sole_controller(folder):
        tool = subprocess.Popen(["sleep", "1000"])
    try:
        with sole_controller(folder):
            pass
    finally:
        tool.kill()
        tool.wait()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', "\xff" * 9000])
def test_nobody_knows_who_without_a_name(tmp_path: Path, content: str) -> None:
    folder = begun(tmp_path)
    with sole_controller(folder):
        (folder.path / LOCK).write_text(content)
        with pytest.raises(StoreError, match="another process"), sole_controller(folder):
            pytest.fail("two controllers have the run")


def test_a_run_that_cannot_be_locked_is_told(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    (folder.path / LOCK).mkdir()
    with pytest.raises(StoreError, match=rf"{LOCK}: cannot be written"), sole_controller(folder):
        pytest.fail("there is no lock")
