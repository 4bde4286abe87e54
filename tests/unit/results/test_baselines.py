from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchhub.errors import FormatTooNewError, StoreError, UsageError
from benchhub.results.baselines import (
    baselines_path,
    read_baselines,
    remove_baseline,
    set_baseline,
)
from benchhub.results.store import RunFolder, find_run

from ..reports.invented import small_run

IDS = ("01JC9ZTA", "01JD3Q8K")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    runs = tmp_path / ".benchhub" / "runs"
    for run_id in IDS:
        (runs / run_id).mkdir(parents=True)
        RunFolder(runs / run_id).write_plan(replace(small_run().plan, run_id=run_id))
    return runs


def test_there_and_back(runs: Path) -> None:
    assert read_baselines(runs) == {}
    assert set_baseline(runs, "nightly", IDS[0]) is None
    assert set_baseline(runs, "a", IDS[0]) is None
    assert set_baseline(runs, "nightly", IDS[1]) == IDS[0]
    assert list(read_baselines(runs).items()) == [("a", IDS[0]), ("nightly", IDS[1])]
    assert json.loads(baselines_path(runs).read_text())["format"] == 1
    assert remove_baseline(runs, "a") == IDS[0]
    assert read_baselines(runs) == {"nightly": IDS[1]}
    assert not list(runs.parent.glob(".*.part"))


def test_a_name_finds_its_run(runs: Path) -> None:
    set_baseline(runs, "nightly", IDS[0])
    assert find_run(runs, "nightly").run_id == IDS[0]
    assert find_run(runs, "latest").run_id == IDS[1]
    assert find_run(runs, "01jc").run_id == IDS[0]


def test_a_name_that_is_not_there_tells_which_are(runs: Path) -> None:
    with pytest.raises(UsageError) as raised:
        find_run(runs, "weekly")
    assert str(raised.value) == "there is no run 'weekly'. benchhub runs lists them."
    set_baseline(runs, "nightly", IDS[0])
    set_baseline(runs, "v1.2", IDS[1])
    with pytest.raises(UsageError) as raised:
        find_run(runs, "weekly")
    assert str(raised.value).endswith("The baselines are: nightly, v1.2.")
    with pytest.raises(UsageError, match=r"no baseline 'weekly'. There are: nightly, v1.2."):
        remove_baseline(runs, "weekly")


def test_a_run_that_is_gone_is_told(runs: Path) -> None:
    set_baseline(runs, "nightly", "01GONE00")
    with pytest.raises(UsageError) as raised:
        find_run(runs, "nightly")
    assert raised.value.message == (
        "baseline 'nightly' is run '01GONE00', which is not there any more."
    )


@pytest.mark.parametrize(
    "name",
    [
        "latest",
        "Latest",
        "01JD3Q8K",
        "0",
        "",
        "-x",
        "../x",
        "a/b",
        "a b",
        "ä",
        "a\n",
        "a" * 41,
        "1.2",
    ],
)
def test_what_cannot_be_a_name(runs: Path, name: str) -> None:
    with pytest.raises(UsageError):
        set_baseline(runs, name, IDS[0])
    assert not baselines_path(runs).exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"format": 1, "names": 3}',
        '{"format": 1, "names": {"latest": "01JD3Q8K"}}',
        '{"format": 1, "names": {"01JD": "01JD3Q8K"}}',
        '{"format": 1, "names": {"a\\u001b[31m": "01JD3Q8K"}}',
    ],
)
def test_a_damaged_file_is_told_and_ids_work_on(runs: Path, text: str) -> None:
    baselines_path(runs).write_text(text)
    with pytest.raises(StoreError) as raised:
        find_run(runs, "nightly")
    assert "baselines.json" in raised.value.message
    assert "\x1b" not in raised.value.message
    assert raised.value.advice == (
        "Remove baselines.json and name the runs again: benchhub baseline set NAME RUN"
    )
    with pytest.raises(StoreError):
        set_baseline(runs, "nightly", IDS[0])
    assert find_run(runs, "latest").run_id == IDS[1]
    assert find_run(runs, IDS[0]).run_id == IDS[0]


def test_a_run_elsewhere_is_no_run(runs: Path) -> None:
    baselines_path(runs).write_text('{"format": 1, "names": {"x": "../../secret"}}')
    with pytest.raises(UsageError, match="not there any more"):
        find_run(runs, "x")


def test_a_newer_file_is_not_read(runs: Path) -> None:
    baselines_path(runs).write_text('{"format": 99, "names": {}}')
    with pytest.raises(FormatTooNewError, match="newer than this benchhub"):
        read_baselines(runs)
