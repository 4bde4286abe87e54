"""Runs on a path and on URLs of fsspec: whole or not there, and never another run's files."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from benchhub.errors import StoreError, UsageError
from benchhub.records import RunState
from benchhub.results.run_lock import LOCK, sole_controller
from benchhub.results.shared_manifest import MANIFEST
from benchhub.results.shared_runs import Moved, pull, push
from benchhub.results.shared_store import SharedStore, batches, open_store
from benchhub.results.store import RunFolder

from .small_runs import PLAN, STEPS, begun, ended, listing, measured


def finished(runs: Path) -> RunFolder:
    folder = begun(runs)
    for step in STEPS:
        measured(folder, step)
    ended(folder)
    return folder


def without_lock(folder: RunFolder) -> dict[str, bytes]:
    return {name: content for name, content in listing(folder).items() if name != LOCK}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return tmp_path / "here" / "runs"


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """The runs of another workspace."""
    path = tmp_path / "there" / "runs"
    path.mkdir(parents=True)
    return path


@pytest.fixture(params=["a folder", "file://", "memory://"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> SharedStore:
    address = {
        "a folder": "shared/all runs",
        "file://": f"file://{tmp_path}/shared",
        "memory://": f"memory://{tmp_path.name}",
    }[request.param]
    return open_store(address, tmp_path)


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """The same as a plain folder, to look into."""
    return tmp_path / "shelf"


def tampered(shelf: Path, run_id: str, change: Callable[[dict[str, Any]], object]) -> None:
    path = shelf / run_id / MANIFEST
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


def test_a_run_goes_there_and_comes_back(here: Path, there: Path, store: SharedStore) -> None:
    folder = finished(here)
    assert store.runs() == []
    assert push(folder, store) == Moved(folder.run_id, len(listing(folder)))
    assert store.runs() == [folder.run_id]
    assert push(folder, store) == Moved(folder.run_id, 0)
    assert pull(folder.run_id, store, there) == Moved(folder.run_id, len(listing(folder)))
    copy = RunFolder(there / folder.run_id)
    assert copy.read() == folder.read()
    assert without_lock(copy) == listing(folder)
    assert pull(folder.run_id, store, there) == Moved(folder.run_id, 0)
    assert [path.name for path in there.iterdir()] == [folder.run_id]


def test_what_is_only_of_this_machine_stays(here: Path, shelf: Path) -> None:
    folder = finished(here)
    before = listing(folder)
    (folder.begin_step(STEPS[0]) / "half.csv").write_text("half")
    (folder.path / "run.json.damaged").write_text("{")
    (folder.path / ".run.json.0123.part").write_text("{")
    (folder.path / "invocations" / "host" / "link").symlink_to(here)
    with sole_controller(folder):
        push(folder, open_store(str(shelf), here))
    assert listing(RunFolder(shelf / folder.run_id)).keys() == {*before, MANIFEST}


def test_a_run_that_goes_on_is_brought_up_to_date(
    here: Path, there: Path, store: SharedStore
) -> None:
    folder = begun(here)
    measured(folder, STEPS[0])
    ended(folder, RunState.INTERRUPTED)
    push(folder, store)
    pull(folder.run_id, store, there)
    copy = RunFolder(there / folder.run_id)
    assert copy.read().state is RunState.INTERRUPTED
    measured(folder, STEPS[1])
    ended(folder)
    assert push(folder, store).files == 3, "two files of the step, and the end"
    assert pull(folder.run_id, store, there).files == 3
    assert without_lock(copy) == listing(folder)
    assert [path.name for path in there.iterdir()] == [folder.run_id]


def test_the_other_side_may_have_more(here: Path, there: Path, store: SharedStore) -> None:
    folder = begun(here)
    measured(folder, STEPS[0])
    push(folder, store)
    pull(folder.run_id, store, there)
    copy = RunFolder(there / folder.run_id)
    measured(copy, STEPS[1])
    assert "has more steps here: benchhub runs push" in pull(folder.run_id, store, there).note
    push(copy, store)
    before = listing(folder)
    told = push(folder, store)
    assert told.note == (
        f"run {folder.run_id} has more steps at {store.url}: benchhub runs pull {folder.run_id}"
    )
    assert listing(folder) == before
    pull(folder.run_id, store, here)
    assert folder.read() == copy.read()


@pytest.mark.parametrize("cut", ["no manifest", "half a manifest"])
@pytest.mark.fault("run folder: its push is cut short", place="controller")
def test_a_push_that_was_cut_short_counts_for_nothing_and_is_repeated(
    here: Path, there: Path, shelf: Path, cut: str
) -> None:
    folder, store = finished(here), open_store(str(shelf), here)
    push(folder, store)
    manifest = shelf / folder.run_id / MANIFEST
    if cut == "no manifest":
        manifest.unlink()
    else:
        manifest.write_bytes(manifest.read_bytes()[:-20])
    (first, second) = sorted((shelf / folder.run_id).rglob("stdout.txt"))
    first.unlink()
    second.write_bytes(b"said \xfe")
    with pytest.raises(StoreError, match=r"is not whole at .*: benchhub runs push \w{8}"):
        pull(folder.run_id, store, there)
    assert list(there.iterdir()) == []
    assert push(folder, store).files == 2
    assert pull(folder.run_id, store, there).files == len(listing(folder))


def test_what_is_lost_on_either_side_is_brought_again(here: Path, there: Path, shelf: Path) -> None:
    folder, store = finished(here), open_store(str(shelf), here)
    push(folder, store)
    next((shelf / folder.run_id).rglob("stdout.txt")).unlink()
    assert push(folder, store).files == 1
    pull(folder.run_id, store, there)
    copy = RunFolder(there / folder.run_id)
    (copy.step_folder(STEPS[0]) / "stdout.txt").unlink()
    assert pull(folder.run_id, store, there).files == 1
    assert without_lock(copy) == listing(folder)


@pytest.mark.parametrize("content", [b"said \xfe", b"said", b"said \xff and more"])
def test_a_file_that_is_not_what_was_pushed_is_refused(
    here: Path, there: Path, shelf: Path, content: bytes
) -> None:
    folder, store = finished(here), open_store(str(shelf), here)
    push(folder, store)
    file = next((shelf / folder.run_id).rglob("stdout.txt"))
    good = file.read_bytes()
    file.write_bytes(content)
    if len(content) <= len(good):
        with pytest.raises(StoreError, match=r"stdout\.txt is not what was pushed"):
            pull(folder.run_id, store, there)
        assert not (there / folder.run_id).exists()
        file.write_bytes(good)
    pull(folder.run_id, store, there)  # no more is read of a file than it should have
    assert without_lock(RunFolder(there / folder.run_id)) == listing(folder)


@pytest.mark.parametrize(
    "name",
    [
        "../../../escaped", "/escaped", "invocations/host/../../../escaped", "plan.json/x",
        "x.json", "devices/../../escaped.json", LOCK, "invocations/host/step/a\nb",
        "models/..//x.json", "",
    ],
)  # fmt: skip
def test_a_hostile_name_leads_nowhere(here: Path, there: Path, shelf: Path, name: str) -> None:
    folder, store = finished(here), open_store(str(shelf), here)
    push(folder, store)
    (shelf / "escaped").write_text("hostile")
    file = {"size": 7, "sha256": sha256(b"hostile").hexdigest()}
    tampered(shelf, folder.run_id, lambda manifest: manifest["files"].update({name: file}))
    with pytest.raises(StoreError, match=r"which no run has|cannot be the name of a file"):
        pull(folder.run_id, store, there)
    with pytest.raises(StoreError, match=r"which no run has|cannot be the name of a file"):
        push(folder, store)
    assert list(there.rglob("*")) == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda one: one.update(run_id="01JC0000"), "is not that of run"),
        (lambda one: one["files"].pop("plan.json"), "is not that of run"),
        (lambda one: one["files"]["plan.json"].update(size=-1), "which no run has"),
        (lambda one: one["files"]["plan.json"].update(sha256="../x"), "which no run has"),
        (lambda one: one.update(format=99), "newer than this benchhub"),
        (lambda one: one.update(files=[]), "is not whole"),
    ],
)
def test_a_manifest_is_not_believed(
    here: Path, there: Path, shelf: Path, change: Callable[[dict[str, Any]], object], why: str
) -> None:
    folder, store = finished(here), open_store(str(shelf), here)
    push(folder, store)
    tampered(shelf, folder.run_id, change)
    with pytest.raises(StoreError, match=why):
        pull(folder.run_id, store, there)
    assert list(there.iterdir()) == []


def test_a_run_under_another_id_is_refused(here: Path, there: Path, shelf: Path) -> None:
    folder, store = finished(here), open_store(str(shelf), here)
    push(folder, store)
    shutil.copytree(shelf / folder.run_id, shelf / "01AAAAAA")
    tampered(shelf, "01AAAAAA", lambda manifest: manifest.update(run_id="01AAAAAA"))
    with pytest.raises(StoreError, match=f"run 01AAAAAA is run '{folder.run_id}' by its plan"):
        pull("01AAAAAA", store, there)
    assert list(there.iterdir()) == []


def test_another_run_of_the_same_id_is_left_alone(here: Path, there: Path, shelf: Path) -> None:
    """Two controllers that began within a second."""
    folder, store = finished(here), open_store(str(shelf), here)
    push(folder, store)
    other = RunFolder(there / folder.run_id)
    other.path.mkdir()
    other.write_plan(replace(PLAN, run_id=folder.run_id, seed=99))
    before = listing(other), listing(RunFolder(shelf / folder.run_id))
    with pytest.raises(StoreError, match=r"is another one at .*: plan\.json differs"):
        push(other, store)
    with pytest.raises(StoreError, match=r"is another one here: plan\.json differs"):
        pull(folder.run_id, store, there)
    (other.path / LOCK).unlink()
    assert (listing(other), listing(RunFolder(shelf / folder.run_id))) == before


def test_a_finished_run_does_not_change(here: Path, there: Path, shelf: Path) -> None:
    folder, store = finished(here), open_store(str(shelf), here)
    push(folder, store)
    pull(folder.run_id, store, there)
    end = folder.read_end()
    assert end
    folder.write_end(replace(end, ended="much later"))
    with pytest.raises(StoreError, match=r"is another one at .*: run\.json differs"):
        push(folder, store)


def test_a_run_that_both_sides_went_on_with_is_refused(
    here: Path, there: Path, shelf: Path
) -> None:
    folder, store = begun(here), open_store(str(shelf), here)
    push(folder, store)
    pull(folder.run_id, store, there)
    copy = RunFolder(there / folder.run_id)
    measured(folder, STEPS[0])
    measured(copy, STEPS[1])
    push(folder, store)
    for move in (lambda: push(copy, store), lambda: pull(folder.run_id, store, there)):
        with pytest.raises(StoreError, match="was gone on with on both sides"):
            move()
    assert copy.done() == {("host", 2)}


def test_a_run_that_is_worked_on_is_not_changed(here: Path, there: Path, shelf: Path) -> None:
    folder, store = finished(here), open_store(str(shelf), here)
    push(folder, store)
    pull(folder.run_id, store, there)
    with (
        sole_controller(RunFolder(there / folder.run_id)),
        pytest.raises(StoreError, match="in the hands of process"),
    ):
        pull(folder.run_id, store, there)


def test_a_damaged_run_is_not_pushed(here: Path, shelf: Path) -> None:
    folder, store = finished(here), open_store(str(shelf), here)
    (folder.step_folder(STEPS[0]) / "invocation.json").write_text("")
    with pytest.raises(StoreError, match=r"invocation\.json"):
        push(folder, store)
    assert not shelf.exists()


def test_a_damaged_run_there_is_not_taken(here: Path, there: Path, shelf: Path) -> None:
    """Its digests are right: it was pushed by something else."""
    folder, store = finished(here), open_store(str(shelf), here)
    push(folder, store)
    (shelf / folder.run_id / "plan.json").write_bytes(b"{}")
    good = {"size": 2, "sha256": sha256(b"{}").hexdigest()}
    tampered(shelf, folder.run_id, lambda one: one["files"].update({"plan.json": good}))
    with pytest.raises(StoreError, match="is damaged: .*not a valid Plan"):
        pull(folder.run_id, store, there)
    assert list(there.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "module", "package"),
    [
        ("s3://bucket/runs", "s3fs", "s3fs"),
        ("gs://bucket/runs", "gcsfs", "gcsfs"),
        ("abfs://box/runs", "adlfs", "adlfs"),
    ],
)
def test_a_package_that_is_missing_is_named(
    tmp_path: Path, url: str, module: str, package: str
) -> None:
    if importlib.util.find_spec(module):
        assert open_store(url, tmp_path).url == url
        return
    with pytest.raises(UsageError, match=f"is not installed. pip install {package}$"):
        open_store(url, tmp_path)


def test_addresses(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no address of a shared place"):
        open_store("carrier-pigeon://loft/runs", tmp_path)
    assert open_store("shared", tmp_path).root == f"{tmp_path}/shared"
    assert open_store("~/shared", tmp_path).root == str(Path.home() / "shared")
    shown = open_store("memory://someone:secret@host/runs", tmp_path).url
    assert shown == "memory://someone:***@host/runs"


def test_a_place_that_refuses_is_told(here: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = open_store(str(tmp_path / "file"), tmp_path)
    with pytest.raises(StoreError, match=f"{tmp_path}/file"):
        push(finished(here), store)


def test_files_go_in_portions() -> None:
    sizes = {str(number): 1 << 20 for number in range(100)} | {"large": 1 << 30, "small": 1}
    portions = list(batches(sizes))
    assert [name for portion in portions for name in portion] == list(sizes)
    assert max(map(len, portions)) <= 64
    assert ["large"] in portions
    assert list(batches({})) == []
