"""benchhub export: formats by name, to a file or to standard output."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from benchhub.cli import main
from benchhub.exports import exporter
from benchhub.exports.exporter import Export
from benchhub.records import Run

from ..comparisons import comparison_run, slower
from ..reports.invented import RUN_ID, invented_run


def ask(*words: str) -> Result:
    return CliRunner().invoke(main, ["export", *words], catch_exceptions=False)


def test_a_run_for_pytest_benchmark(keep: Callable[[Run], Path]) -> None:
    folder = keep(invented_run())
    result = ask("pytest-benchmark", RUN_ID, "-o", "out/run.json")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == ""
    document = json.loads((folder / "out" / "run.json").read_text())
    assert document["benchmarks"]
    told = result.stderr.splitlines()
    assert len(told) == len(document["benchhub"]["left_out"]) > 0
    assert all(line.startswith("left out: ") for line in told)
    assert json.loads(ask("pytest-benchmark").stdout) == document


def test_the_verdicts_of_a_comparison(keep: Callable[[Run], Path]) -> None:
    keep(comparison_run(slower()))
    assert ET.fromstring(ask("junit", "latest").stdout).tag == "testsuites"  # noqa: S314 - our own
    assert "| **REGRESSED** |" in ask("markdown").stdout
    assert json.loads(ask("json").stdout)["counts"]["REGRESSED"] == 1


@pytest.mark.parametrize("name", ["junit", "markdown", "json"])
def test_a_run_without_verdicts_is_refused(keep: Callable[[Run], Path], name: str) -> None:
    keep(invented_run())
    result = ask(name)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith(f"run {RUN_ID} compares nothing")
    assert "benchhub compare RUN_A RUN_B" in result.stderr


def test_a_format_that_nobody_writes(keep: Callable[[Run], Path]) -> None:
    keep(invented_run())
    result = ask("excel")
    assert result.exit_code == 2
    assert "there is no format 'excel'. Installed: json, junit, markdown, pytest-benc" in (
        result.stderr
    )


def test_a_file_that_cannot_be_written(keep: Callable[[Run], Path]) -> None:
    folder = keep(invented_run())
    (folder / "taken").write_text("")
    result = ask("pytest-benchmark", "-o", "taken/run.json")
    assert result.exit_code == 3
    assert "cannot be written" in result.stderr


def count(run: Run) -> Export:
    return Export(f"{len(run.invocations)}\n", ("counts only",))


def test_another_package_adds_a_format(
    keep: Callable[[Run], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    point = EntryPoint("count", f"{__name__}:count", exporter.GROUP)
    monkeypatch.setattr(EntryPoint, "load", lambda _: count)
    monkeypatch.setattr(exporter, "entry_points", lambda **_: [point])
    keep(invented_run())
    result = ask("count")
    assert result.stdout == f"{len(invented_run().invocations)}\n"
    assert result.stderr == "counts only\n"
