"""benchhub export: formats by name, to a file or to standard output."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from benchhub.cli import main
from benchhub.errors import UsageError
from benchhub.exports import exporter
from benchhub.exports.exporter import Export
from benchhub.records import Run

from ..comparisons import comparison_run, slower
from ..exports.altered import night
from ..reports.invented import RUN_ID, invented_run, small_run


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
    assert result.stderr.startswith("there is no format 'excel'. Installed: bencher, ")
    assert "Did you mean 'csv'?" in ask("cvs").stderr


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


def test_the_list_of_formats() -> None:
    listed = ask("--list")
    facts = json.loads(ask("--list", "--json").stdout)
    assert [line.split()[0] for line in listed.stdout.splitlines()] == [
        one["format"] for one in facts
    ]
    assert all(len(line) <= 80 for line in listed.stdout.splitlines())
    assert {one["format"] for one in facts if one["several_runs"]} >= {"csv", "parquet", "otava"}
    assert ask("--json").exit_code == ask("--list", "csv").exit_code == ask().exit_code == 2


def test_several_runs_oldest_first(keep: Callable[[Run], Path]) -> None:
    for number in (2, 1):
        keep(night(small_run(), number, 1.0))
    both = ask("csv", "latest", "01B00001", "01b00002")
    assert both.exit_code == 0
    ids = [line.split(",")[0] for line in both.stdout.splitlines()[1:]]
    assert list(dict.fromkeys(ids)) == ["01B00001", "01B00002"]
    assert ask("csv", "--suite", "example").stdout == both.stdout
    assert len(ask("otava", "--suite", "example").stdout.splitlines()) == 3
    refused = ask("bencher", "01B00001", "01B00002")
    assert refused.exit_code == 2
    assert "this format holds one run, 2 were named." in refused.stderr
    assert "There are of: example." in ask("csv", "--suite", "other").stderr
    assert ask("csv", "latest", "--suite", "example").exit_code == 2


def test_a_damaged_run_is_left_out_of_a_suite_and_named(keep: Callable[[Run], Path]) -> None:
    for number in (1, 2):
        folder = keep(night(small_run(), number, 1.0))
    plans = sorted((folder / ".benchhub" / "runs").glob("*/plan.json"))
    plans[0].write_text("{")
    done = ask("csv", "--suite", "example")
    assert done.exit_code == 0, done.stderr
    assert f"left out: {plans[0]}: damaged" in done.stderr
    assert plans[1].parent.name in done.stdout


def test_bytes_are_written_as_they_are(keep: Callable[[Run], Path]) -> None:
    folder = keep(invented_run())
    assert ask("parquet", "-o", "run.parquet").exit_code == 0
    written = (folder / "run.parquet").read_bytes()
    assert written[:4] == written[-4:] == b"PAR1"
    assert ask("parquet", "-o", "-").stdout_bytes == written


def test_several_documents_go_into_a_folder(keep: Callable[[Run], Path]) -> None:
    folder = keep(small_run())
    assert ask("model-explorer", "-o", "new/nodes/").exit_code == 0
    written = {path.name: path.read_text() for path in (folder / "new" / "nodes").iterdir()}
    assert len(written) > 1
    one = ask("model-explorer", "-o", "first.json")
    assert f"one of {len(written)} documents; -o FOLDER/ writes all." in one.stderr
    assert (folder / "first.json").read_text() in written.values()
    assert ask("model-explorer").stdout == (folder / "first.json").read_text()
    # Of other formats a file needs no ending, and a folder is no file.
    assert ask("csv", "-o", "table").exit_code == 0
    assert (folder / "table").is_file()
    assert ask("csv", "-o", "new").exit_code != 0


def test_a_file_is_replaced_whole_and_a_link_stays(keep: Callable[[Run], Path]) -> None:
    folder = keep(invented_run())
    (folder / "real.csv").write_text("old\n")
    (folder / "link.csv").symlink_to("real.csv")
    assert ask("csv", "-o", "link.csv").exit_code == 0
    assert (folder / "link.csv").is_symlink()
    assert (folder / "real.csv").read_text() == ask("csv").stdout
    os.mkfifo(folder / "pipe")
    reader = os.open(folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert ask("openmetrics", "-o", "pipe").exit_code == 0
        assert os.read(reader, 1 << 20).endswith(b"# EOF\n")
    finally:
        os.close(reader)
    assert not list(folder.glob(".*.part"))


def test_a_package_that_is_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("broken", f"{__name__}:nothing", exporter.GROUP)
    monkeypatch.setattr(exporter, "entry_points", lambda **_: [point])
    with pytest.raises(UsageError, match=r"format 'broken' cannot be loaded from .*nothing"):
        exporter.find_exporter("broken")
