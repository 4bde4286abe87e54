"""A workspace of its own for each test, and the command line as a user calls it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import subprocess
import sys
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
            # The lease of this machine is in its folder for temporary files.
            env={**os.environ, "TMPDIR": str(self.root.parent), **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def call(self, *words: str, **env: str) -> Ended:
        process = self.start(*words, **env)
        out, err = process.communicate(timeout=TIMEOUT_S)
        assert "Traceback" not in err, err
        return Ended(process.returncode, out, err)

    def ask(self, *words: str, **env: str) -> Ended:
        """Call a command in this process, which is faster; for those that measure nothing."""
        with contextlib.chdir(self.root):
            result = CliRunner().invoke(main, words, env=env, catch_exceptions=False)
        return Ended(result.exit_code, result.stdout, result.stderr)

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
    assert shop.ask("init").code == 0
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
