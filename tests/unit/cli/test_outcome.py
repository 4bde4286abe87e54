"""What ab, gate and compare write for CI, and with which exit code they end."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchhub.analysis.judgement import judge
from benchhub.analysis.verdicts import Comparison
from benchhub.cli.outcome import Outputs, answer
from benchhub.errors import StoreError
from benchhub.records import Failure

from ..comparisons import comparison_run, noisy, slower, unchanged

QUIET = Outputs(junit=None, markdown=None, github=False, inconclusive="4", as_json=False)
REGRESSED = judge(comparison_run(slower(), unchanged("float32")))
PASSED = judge(comparison_run(unchanged()))
UNDECIDED = judge(comparison_run(noisy()))
LOST = replace(PASSED, lost=(("pi4", Failure("refused", "no route", "", 3)),))


def written() -> str:
    return "reports/x.html"


@pytest.fixture(autouse=True)
def no_github(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("comparison", "word", "code"),
    [
        (PASSED, "4", 0),
        (REGRESSED, "4", 1),
        (REGRESSED, "pass", 1),
        (LOST, "pass", 3),
        (UNDECIDED, "4", 4),
        (UNDECIDED, "pass", 0),
        (UNDECIDED, "fail", 1),
        (replace(PASSED, cases=()), "pass", 5),
    ],
)
def test_the_exit_code(comparison: Comparison, word: str, code: int) -> None:
    assert answer(comparison, replace(QUIET, inconclusive=word), written) == code


def test_files_are_written_into_folders_that_are_made(tmp_path: Path) -> None:
    junit, markdown = tmp_path / "a" / "b" / "j.xml", tmp_path / "c" / "m.md"
    assert answer(REGRESSED, replace(QUIET, junit=junit, markdown=markdown), written) == 1
    assert ET.parse(junit).getroot().tag == "testsuites"  # noqa: S314 - our own
    assert markdown.read_text(encoding="utf-8").startswith("<!-- benchhub: digits on host -->")


def test_json_is_all_of_standard_output(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    outputs = replace(QUIET, github=None, as_json=True)
    assert answer(REGRESSED, outputs, written) == 1
    said = capsys.readouterr()
    facts = json.loads(said.out)
    assert (facts["exit_code"], facts["report"]) == (1, "reports/x.html")
    assert said.err.startswith("::error title=REGRESSED digits/int8/xnnpack/t1 on host::")


def test_github_is_told_where_it_runs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The summary is appended: other programs of the step have written there."""
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    answer(REGRESSED, replace(QUIET, github=None), written)
    assert summary.read_text().startswith("before\n<!-- benchhub")
    assert "::error" in capsys.readouterr().err
    answer(REGRESSED, replace(QUIET, github=False), written)
    assert summary.read_text().count("<!-- benchhub") == 1
    assert "::" not in capsys.readouterr().err


def test_annotations_can_be_had_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    answer(UNDECIDED, replace(QUIET, github=True), written)
    assert "::warning title=INCONCLUSIVE" in capsys.readouterr().err


@pytest.mark.parametrize(("comparison", "code"), [(REGRESSED, 1), (PASSED, 3), (UNDECIDED, 3)])
def test_a_file_that_cannot_be_written_hides_no_regression(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, comparison: Comparison, code: int
) -> None:
    (tmp_path / "taken").write_text("")
    markdown = tmp_path / "m.md"
    outputs = replace(QUIET, junit=tmp_path / "taken" / "j.xml", markdown=markdown)
    assert answer(comparison, outputs, written) == code
    assert "j.xml: cannot be written" in capsys.readouterr().err
    assert markdown.exists()


def test_a_report_that_cannot_be_written_takes_no_verdict_with_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def full() -> str:
        raise StoreError("reports/x.html: cannot be written: No space left on device.")

    for comparison, code in ((REGRESSED, 1), (PASSED, 3)):
        assert answer(comparison, QUIET, full) == code
        said = capsys.readouterr()
        assert said.err == "reports/x.html: cannot be written: No space left on device.\n"
        assert said.out.splitlines()[0]
