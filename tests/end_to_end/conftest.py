"""A workspace of its own for each test, and the command line as a user calls it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from benchhub.cli import main
from benchhub.records import Invocation, Run, Status
from benchhub.records.trust import status_of
from benchhub.results.store import find_run

PROGRAM = Path(sys.executable).parent / "benchhub"
TIMEOUT_S = 480


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Shop:
    """A workspace and the commands in it."""

    root: Path

    def start(self, *words: str, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(PROGRAM), *words],
            cwd=self.root,
            env={**os.environ, **self.surroundings(env)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def program(self, *words: str, **env: str) -> Ended:
        """Call a command in a process of its own, as a user does."""
        process = self.start(*words, **env)
        out, err = process.communicate(timeout=TIMEOUT_S)
        assert "Traceback" not in err, err
        return Ended(process.returncode, out, err)

    def call(self, *words: str, typed: str = "", **env: str) -> Ended:
        """Call a command in this process, which saves a second: Python and benchhub are loaded.

        `typed` is what it reads from standard input.
        """
        before = signal.getsignal(signal.SIGTERM)
        with contextlib.chdir(self.root), pytest.MonkeyPatch.context() as patch:
            patch.setattr(tempfile, "tempdir", None)  # it is kept from the first use
            env = self.surroundings(env)
            try:
                runner = CliRunner()
                result = runner.invoke(main, words, typed, env, catch_exceptions=False)
            finally:
                signal.signal(signal.SIGTERM, before)
        assert "Traceback" not in result.stderr, result.stderr
        return Ended(result.exit_code, result.stdout, result.stderr)

    def surroundings(self, env: dict[str, str]) -> dict[str, str]:
        """Return variables for a command; this machine's lease is in its folder for such files."""
        return {"TMPDIR": str(self.root.parent), **env}

    def suite(self, text: str, name: str = "mine") -> str:
        path = self.root / "suites" / f"{name}.yaml"
        path.write_text(text)
        return f"suites/{name}.yaml"

    def run(self) -> Run:
        """The latest run."""
        return find_run(self.root / ".benchhub" / "runs", "latest").read()


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path / "a workspace")
    shop.root.mkdir()
    assert shop.call("init").code == 0
    return shop


def apart_from_load(one: Invocation) -> Status:
    """Say how far to trust it, but for a doubt that any profile on a busy machine may raise."""
    found = tuple(each for each in one.reading.findings if each.id != "check.op_times")
    if found == one.reading.findings:
        return one.status
    return status_of(dataclasses.replace(one.reading, findings=found))


QUICK = "measure: {rounds: 1, profile_rounds: 0, num_runs: 3, warmup_runs: 1, timeout: 60}\n"
GOOD_MODEL = """\
name: mine
models:
  - name: good
    variants: {int8: models/mobilenet_v2_035_96_int8.tflite}
"""
ONE_CONFIGURATION = "configurations: [{delegate: xnnpack}]\n"
