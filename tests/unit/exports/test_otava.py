"""The table for Apache Otava, held against what its CSV importer wants, and read by it.

Otava pins an older numpy, so that it lives in an environment of its own: with its program on the
PATH it is run as well.
"""

from __future__ import annotations

import csv
import io
import json
import random
import shutil
import subprocess
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchhub.errors import UsageError
from benchhub.exports.otava import CSV_FILE, TEST, configuration, export
from benchhub.records import Run

from ..comparisons import comparison_run, slower
from ..reports.invented import invented_run, small_run
from .altered import named, night


def nights(count: int, step_at: int) -> list[Run]:
    scatter = random.Random(7)  # noqa: S311 - no secret
    return [
        night(small_run(), number, scatter.gauss(1.0, 0.01) * (1.0 if number < step_at else 1.2))
        for number in range(count)
    ]


def rows(*runs: Run) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(str(export(*runs).text))))


def configured(*runs: Run) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(str(configuration(*runs).text))["tests"][TEST]
    return found


def test_a_row_a_run_oldest_first() -> None:
    runs = nights(5, 3)
    table = rows(*reversed(runs))
    assert [row["run_id"] for row in table] == [run.plan.run_id for run in runs]
    times = [datetime.fromisoformat(row["time"]) for row in table]
    assert times == sorted(times)
    assert all(time.tzinfo for time in times)
    assert {row["commit"] for row in table} == {runs[0].plan.git_commit}


def test_every_metric_of_the_configuration_is_a_number_in_every_row() -> None:
    runs = [*nights(3, 2), night(invented_run(), 9, 1.0)]
    test, table = configured(*runs), rows(*runs)
    assert test["type"] == "csv"
    assert test["file"] == CSV_FILE
    assert set(test["attributes"]) < set(table[0])
    assert test["time_column"] in table[0]
    assert len(test["metrics"]) > 3
    for metric in test["metrics"].values():
        assert all(float(row[metric["column"]]) > 0 for row in table)
        assert metric["direction"] == -1
    gaps = {name for name, value in table[0].items() if not value}
    assert gaps
    assert not gaps & set(test["metrics"])
    notes = "\n".join(export(*runs).notes)
    assert all(f"{name} has no figure in 3 of 4 runs" in notes for name in gaps)


def test_comparisons_and_imports_are_left_out() -> None:
    good = night(small_run(), 1, 1.0)
    imported = replace(good, plan=replace(good.plan, run_id="01IMPORT", imported=("a.txt",)))
    made = export(good, comparison_run(slower()), imported)
    assert len(rows(good, comparison_run(slower()), imported)) == 1
    assert any("compares two sides" in note for note in made.notes)
    assert any("01IMPORT was imported" in note for note in made.notes)
    with pytest.raises(UsageError, match="none of these runs"):
        export(comparison_run(slower()))


def test_a_hostile_name_is_one_column() -> None:
    name = 'a,"b": {c}\n- d'
    run = named(name)
    (column,) = configured(run)["metrics"]
    assert column.startswith(name)
    assert float(rows(run)[0][column]) > 0


@pytest.mark.skipif(
    shutil.which("otava") is None,
    reason="pip install apache-otava in an environment of its own, and put it on the PATH",
)
def test_otava_finds_the_step(tmp_path: Path) -> None:
    runs = nights(40, 20)
    (tmp_path / CSV_FILE).write_text(str(export(*runs).text))
    (tmp_path / "otava.yaml").write_text(str(configuration(*runs).text))
    done = subprocess.run(
        ["otava", "analyze", TEST, "--config-file", "otava.yaml", "--output", "json",
         "--since", "2026-01-01", "--until", "2027-12-31"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (change,) = json.loads(done.stdout)[TEST]
    assert change["attributes"]["run_id"] == runs[20].plan.run_id
    assert len(change["changes"]) == len(configured(*runs)["metrics"])
    assert all(
        float(one["forward_change_percent"]) == pytest.approx(20, abs=2)
        for one in change["changes"]
    )
