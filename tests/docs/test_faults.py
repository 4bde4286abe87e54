"""docs/faults.md against the marks of the tests."""

from __future__ import annotations

import subprocess
import sys

from .pages import ROOT


def test_the_table_of_faults_is_that_of_the_tests() -> None:
    # In a process of its own: these tests may not be all that is collected in this one.
    words = [sys.executable, "-m", "tests.fault_docs", "--check"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_at_least_sixty() -> None:
    text = (ROOT / "docs" / "faults.md").read_text()
    assert text.count("✓") >= 60
