"""An invocation is in a run folder whole or not at all, once, and nowhere else."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from benchhub.errors import StoreError, UsageError
from benchhub.records import RunState
from benchhub.results.codec import write_document
from benchhub.results.run_ids import ALPHABET, is_run_id, next_id
from benchhub.results.store import RunFolder, create_run_folder, find_run, run_folders

from .small_runs import PLAN, STEPS, begun, ended, invocation, listing, measured


def test_a_step_counts_with_all_its_files_or_not_at_all(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    (folder.begin_step(STEPS[0]) / "profile.csv").write_text("pulled")
    assert folder.done() == set()
    assert not folder.step_folder(STEPS[0]).exists()
    folder.write_invocation(invocation(STEPS[0], 1.0), {"stdout.txt": b"said"})
    there = {path.name for path in folder.step_folder(STEPS[0]).iterdir()}
    assert there == {"profile.csv", "stdout.txt", "invocation.json"}
    ended(folder)
    assert {name.split("/")[0] for name in listing(folder)} == {
        "devices", "invocations", "plan.json", "run.json", "suite.yaml",
    }  # fmt: skip


@pytest.mark.fault("run folder: a result arrives twice", place="controller")
def test_of_two_results_the_first_counts_and_none_is_lost(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    for value in (100.0, 200.0, 300.0):
        measured(folder, STEPS[0], value)
    assert folder.read().invocations == (invocation(STEPS[0], 100.0),)
    assert folder.done() == {("host", 1)}
    aside = sorted((folder.path / "attempts" / "host").iterdir())
    assert [path.name[-2:] for path in aside] == ["-2", "-3"]
    times = [json.loads((path / "invocation.json").read_text()) for path in aside]
    assert [one["reading"]["latency"]["median_us"] for one in times] == [200.0, 300.0]


def test_a_folder_of_an_older_benchhub_that_was_cut_short_is_replaced(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    folder.step_folder(STEPS[0]).mkdir(parents=True)
    (folder.step_folder(STEPS[0]) / "stderr.txt").write_text("cut")
    assert folder.done() == set()
    measured(folder, STEPS[0])
    assert not (folder.step_folder(STEPS[0]) / "stderr.txt").exists()
    assert not (folder.path / "attempts").exists()


@pytest.mark.parametrize(
    "name", ["..", ".", "", "../stdout.txt", "/etc/x", "a/b", "a\0b", "a\nb", "invocation.json"]
)
def test_an_artifact_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    folder = begun(tmp_path)
    before = listing(folder)
    with pytest.raises(StoreError, match="artifact"):
        folder.write_invocation(invocation(STEPS[0], 1.0), {"stdout.txt": b"", name: b"hostile"})
    assert listing(folder) == before
    assert folder.done() == set()


@pytest.mark.parametrize("device", ["..", "../../elsewhere", "/elsewhere", "", "a\n"])
def test_a_device_stays_in_the_run(tmp_path: Path, device: str) -> None:
    folder = begun(tmp_path / "runs")
    step = replace(STEPS[0], device=device)
    with pytest.raises(StoreError, match="cannot be the name of a device"):
        folder.begin_step(step)
    with pytest.raises(StoreError, match="cannot be the name of a device"):
        folder.write_invocation(replace(invocation(step, 1.0), device=device), {})
    write_document(folder.path / "plan.json", replace(PLAN, devices=(device,)))
    with pytest.raises(StoreError, match=r"a device in .*plan\.json"):
        folder.read()
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]


def test_a_record_cannot_show_files_from_elsewhere(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    (tmp_path / "secret.txt").write_text("secret")
    outside = "../../../../secret.txt"
    assert (folder.step_folder(STEPS[0]) / outside).resolve() == tmp_path / "secret.txt"
    one = replace(invocation(STEPS[0], 1.0), artifacts=(outside,))
    folder.write_invocation(one, {})
    with pytest.raises(StoreError, match="cannot be the name of an artifact"):
        folder.logs(one)


def test_a_copy_of_a_step_does_not_count_twice(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    measured(folder, STEPS[0])
    original = folder.step_folder(STEPS[0])
    copy = original.with_name(f"{original.name} (copy)")
    shutil.copytree(original, copy)
    (original.parent / "notes").mkdir()
    (original.parent / "notes" / "invocation.json").write_text("{}")
    assert folder.done() == {("host", 1)}
    with pytest.raises(StoreError, match=r"\(copy\)/invocation\.json: this is invocations/host/0"):
        folder.read()


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("plan.json", r"Remove that folder; if the run was pushed: benchhub runs pull \w{8}"),
        ("devices/host.json", r"put aside by benchhub run --resume \w{8}"),
        ("run.json", r"put aside by benchhub run --resume \w{8}"),
        ("invocation.json", r"Measure it again: benchhub run --resume \w{8}"),
    ],
)
def test_what_is_damaged_is_named_with_what_helps(tmp_path: Path, name: str, remedy: str) -> None:
    folder = begun(tmp_path)
    measured(folder, STEPS[0])
    ended(folder)
    (path,) = (path for path in folder.path.rglob("*.json") if str(path).endswith(name))
    for content in (b"", path.read_bytes()[:-20], b"\0" * 100):
        path.write_bytes(content)
        with pytest.raises(StoreError, match=remedy) as told:
            folder.read()
        assert str(path) in str(told.value)
        assert "\n" not in str(told.value)


def test_a_run_without_its_plan_is_none(tmp_path: Path) -> None:
    run = begun(tmp_path)
    empty = create_run_folder(tmp_path)
    assert run_folders(tmp_path) == [run]
    assert find_run(tmp_path, "latest") == run
    with pytest.raises(StoreError, match=r"plan\.json: cannot be read.* Remove that folder"):
        empty.read()
    with pytest.raises(UsageError, match=f"{empty.run_id} has no plan: nothing was measured"):
        find_run(tmp_path, empty.run_id)


@pytest.mark.fault("clock jump: back, between two runs", place="controller")
def test_a_new_run_is_the_newest_whatever_the_clock_says(tmp_path: Path) -> None:
    (tmp_path / "7ABCDEFZ").mkdir()  # when the clock was ahead
    (tmp_path / "not a run").mkdir()
    (tmp_path / "ZZZZZZZZ").mkdir()
    first, second = create_run_folder(tmp_path), create_run_folder(tmp_path)
    assert (first.run_id, second.run_id) == ("7ABCDEG0", "7ABCDEG1")
    (tmp_path / "7ZZZZZZZ").mkdir()
    with pytest.raises(StoreError, match="no id sorts behind"):
        create_run_folder(tmp_path)


def test_ids_are_told_from_other_words() -> None:
    run_id = next_id(())
    assert run_id
    assert is_run_id(run_id)
    for word in (
        "latest",
        "",
        run_id[:-1],
        f"{run_id}0",
        "8" + run_id[1:],
        run_id.lower(),
        "..%2F",
    ):
        assert not is_run_id(word)
    assert list(ALPHABET) == sorted(ALPHABET)


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """A file stands where a folder has to be, as no permission keeps root from writing."""
    folder = begun(tmp_path)
    (folder.path / "invocations").write_text("")
    with pytest.raises(StoreError, match=r"invocations/host/0001\S+: cannot be written: Not a dir"):
        measured(folder, STEPS[0])
    assert not list((folder.path / "part").rglob("*.txt"))
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file: cannot be written: "):
        create_run_folder(tmp_path / "file")
    gone = RunFolder(tmp_path / "gone")
    with pytest.raises(StoreError, match=r"gone/suite\.yaml: cannot be written"):
        gone.write_plan(PLAN)
    assert not gone.path.exists()
    assert folder.read().state is RunState.UNFINISHED
