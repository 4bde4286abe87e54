from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchhub.errors import NoCasesError, StoreError, UsageError
from benchhub.records import Invocation, Plan, RunEnd, RunState, Side, SideSpec
from benchhub.results.codec import FORMAT
from benchhub.results.past import past_of, read_past, up_to
from benchhub.results.store import RunFolder
from benchhub.workspace import Workspace

from ...past_runs import past_id, put_run
from .small_runs import STEPS, begun, measured

NIGHTS = 6


def slower_at_night(night: int) -> float:
    return 1 + night / 100


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with the runs of some nights, each 1 % slower than the one before."""
    workspace = Workspace(tmp_path)
    first = begun(workspace.runs)
    for step in STEPS:
        measured(first, step)
    first.write_end(RunEnd(FORMAT, first.run_id, RunState.FINISHED, "then", 1.0, 2, 2))
    for night in range(NIGHTS):
        put_night(first, night)
    for path in sorted(first.path.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    first.path.rmdir()
    return workspace


def put_night(source: RunFolder, night: int) -> RunFolder:
    def scale(_: Invocation) -> float:
        return slower_at_night(night)

    return put_run(source, night, scale)


def change(workspace: Workspace, night: int, **values: object) -> None:
    """Change the plan of a run."""
    folder = RunFolder(workspace.runs / past_id(night))
    folder.write_plan(replace(folder.read_plan(), **values))  # type: ignore[arg-type]


def nights(workspace: Workspace, suite: str | None = None, last: int = 100) -> list[str]:
    return [run.plan.run_id for run in read_past(workspace, suite, last).runs]


def test_oldest_first_with_the_figures_of_each(workspace: Workspace) -> None:
    past = read_past(workspace, None, 100)
    assert past.suite == "s"
    assert past.notes == ()
    assert [run.plan.run_id for run in past.runs] == [past_id(n) for n in range(NIGHTS)]
    for night, run in enumerate(past.runs):
        values = [one.value_us for one in run.processes]
        assert values == pytest.approx([100 * slower_at_night(night)] * 2)
        assert [one.statistic for one in run.processes] == ["median"] * 2
        assert [record.name for record in run.devices] == ["host"]


def test_only_the_newest(workspace: Workspace) -> None:
    assert nights(workspace, last=2) == [past_id(NIGHTS - 2), past_id(NIGHTS - 1)]


def test_as_things_were_when_a_run_ended(workspace: Workspace) -> None:
    read = read_past(workspace, "s", 2, until=past_id(3))
    assert [run.plan.run_id for run in read.runs] == [past_id(2), past_id(3)]
    whole = read_past(workspace, "s", 100)
    assert up_to(whole, past_id(3), 2) == read
    assert up_to(whole, "01A00ZZZ", 2) is None
    assert up_to(read, past_id(1), 2) is None


def test_runs_that_were_read_whole_are_the_same_past(workspace: Workspace) -> None:
    runs = [RunFolder(workspace.runs / past_id(night)).read() for night in range(NIGHTS)]
    assert past_of(runs[::-1]) == read_past(workspace, "s", 100)
    renamed = replace(runs[0], plan=replace(runs[0].plan, suite="t"))
    assert past_of([runs[1], renamed]).suite == "t and s"


def test_an_index_that_is_damaged_inside_is_told(workspace: Workspace) -> None:
    nights(workspace)
    content = bytearray(workspace.index.read_bytes())
    content[4096:] = b"x" * (len(content) - 4096)  # its first page stays
    workspace.index.write_bytes(content)
    with pytest.raises(StoreError, match="the index is damaged") as caught:
        nights(workspace)
    assert "benchhub index rebuild" in str(caught.value)


def test_by_name_and_by_file(workspace: Workspace) -> None:
    assert len(nights(workspace, "s")) == len(nights(workspace, "suites/s.yaml")) == NIGHTS
    with pytest.raises(UsageError, match=r"no run of suite 'other'\. There are of s\.") as caught:
        read_past(workspace, "other", 9)
    assert caught.value.exit_code == 2


def test_imported_runs_and_comparisons_are_left_out_and_told(workspace: Workspace) -> None:
    change(workspace, 1, imported=("log.txt",))
    sides = {side: SideSpec("x", "suites/s.yaml", "", None) for side in Side}
    for night in (2, 3):
        change(workspace, night, sides=sides)
    past = read_past(workspace, "s", 100)
    assert [run.plan.run_id for run in past.runs] == [past_id(n) for n in (0, 4, 5)]
    assert past.notes == (
        "Left out: 1 imported run: it is not known what was measured, and when.",
        "Left out: 2 comparison runs: two sides, not how things were that day.",
    )


def test_a_run_without_a_measurement_is_left_out(workspace: Workspace) -> None:
    empty = begun(workspace.runs)
    assert empty.run_id not in nights(workspace)
    assert read_past(workspace, "s", 9).notes == ("Left out: 1 empty run: nothing was measured.",)


def test_no_run_that_counts(workspace: Workspace) -> None:
    for night in range(NIGHTS):
        change(workspace, night, imported=("log.txt",))
    with pytest.raises(NoCasesError, match="none of its 6 runs counts") as caught:
        read_past(workspace, "s", 9)
    assert caught.value.exit_code == 5


def test_no_runs_at_all(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there are no runs yet"):
        read_past(Workspace(tmp_path), None, 9)


def test_a_damaged_run_is_told_and_the_others_are_read(workspace: Workspace) -> None:
    (workspace.runs / past_id(2) / "devices" / "host.json").write_text("{")
    (workspace.runs / past_id(3) / "plan.json").write_text("{")
    past = read_past(workspace, "s", 9)
    assert [run.plan.run_id for run in past.runs] == [past_id(n) for n in (0, 1, 4, 5)]
    assert len(past.notes) == 2
    assert all("damaged" in note for note in past.notes)


def test_other_suites_are_named(workspace: Workspace) -> None:
    def other(plan: Plan) -> Plan:
        return replace(plan, suite="t")

    source = RunFolder(workspace.runs / past_id(0))
    put_run(source, 50, lambda _: 1.0, plan=other)
    past = read_past(workspace, None, 9)
    assert (past.suite, len(past.runs)) == ("t", 1)
    assert past.notes == ("There are runs of other suites: s.",)
    assert read_past(workspace, "t", 9).notes == ()


def test_what_is_no_number_has_no_value(workspace: Workspace) -> None:
    path = next((workspace.runs / past_id(4)).rglob("invocation.json"))
    text = path.read_text()
    path.write_text(text.replace('"median_us": 104.0', '"median_us": NaN'))
    assert path.read_text() != text
    values = [one.value_us for one in read_past(workspace, "s", 9).runs[4].processes]
    assert values == [None, pytest.approx(104.0)]
    statistics = [one.statistic for one in read_past(workspace, "s", 9).runs[4].processes]
    assert statistics == ["median", "median"]
