"""A run folder that was cut short or damaged can be gone on with, and what was whole stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchhub.errors import FormatTooNewError, StoreError
from benchhub.results.codec import FORMAT
from benchhub.results.mending import Mended, mend
from benchhub.results.store import RunFolder

from .small_runs import DEVICE, STEPS, begun, ended, invocation, listing, measured


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A finished run."""
    folder = begun(tmp_path)
    for step, value in zip(STEPS, (100.0, 110.0), strict=True):
        measured(folder, step, value)
    ended(folder)
    return folder


def test_a_whole_run_is_left_alone(folder: RunFolder) -> None:
    before = listing(folder)
    assert mend(folder) == []
    assert listing(folder) == before


def test_what_was_being_written_is_removed(folder: RunFolder) -> None:
    before = listing(folder)
    (folder.path / ".run.json.01234567.part").write_text("{")
    (folder.path / "devices" / ".host.json.01234567.part").write_text("{")
    (folder.path / "models" / "net").mkdir(parents=True)
    (folder.path / "models" / "net" / ".int8.json.01234567.part").write_text("{")
    (folder.begin_step(STEPS[0]) / "profile.csv").write_text("half")
    assert mend(folder) == []
    assert listing(folder) == before


@pytest.mark.fault("run folder: a record is damaged", place="controller")
@pytest.mark.parametrize("content", [b"", b'{\n"number": 1,\n"dev', b"\0" * 4096, b'{"format": 1}'])
def test_a_damaged_step_is_put_aside_and_not_done(folder: RunFolder, content: bytes) -> None:
    path = folder.step_folder(STEPS[0]) / "invocation.json"
    path.write_bytes(content)
    (told,) = mend(folder)
    assert told.device == "host"
    assert told.text.startswith(f"{path}: ")
    assert told.text.endswith("It is put aside, the step measured again.")
    assert folder.done() == {("host", 2)}
    assert [one.number for one in folder.read().invocations] == [2]
    (aside,) = (folder.path / "attempts" / "host").iterdir()
    assert (aside / "invocation.json").read_bytes() == content
    assert (aside / "stdout.txt").read_bytes() == b"said \xff"
    measured(folder, STEPS[0], 105.0)
    assert folder.read().invocations[0] == invocation(STEPS[0], 105.0)
    assert mend(folder) == []


@pytest.mark.fault("run folder: the end and a device are damaged", place="controller")
def test_other_documents_are_put_aside(folder: RunFolder) -> None:
    (folder.path / "run.json").write_text("")
    (folder.path / "devices" / "host.json").write_text('{"name": "ho')
    (folder.path / "models" / "net").mkdir(parents=True)
    (folder.path / "models" / "net" / "int8.json").write_text("[]")
    told = mend(folder)
    assert [one.device for one in told] == ["", "host", ""]
    assert all(one.text.endswith("It is put aside and written again.") for one in told)
    run = folder.read()
    assert run.end is None
    assert run.devices == ()
    assert len(run.invocations) == 2
    assert (folder.path / "run.json.damaged").read_text() == ""
    folder.write_device(DEVICE)
    ended(folder)
    assert folder.read().devices == (DEVICE,)
    assert mend(folder) == []


def test_a_damaged_plan_is_not_touched(folder: RunFolder) -> None:
    (folder.path / "plan.json").write_text("{")
    assert mend(folder) == []
    assert (folder.path / "plan.json").read_text() == "{"


def test_a_newer_document_is_no_damaged_one(folder: RunFolder) -> None:
    path = folder.path / "run.json"
    path.write_text(json.dumps({"format": FORMAT + 1}))
    with pytest.raises(FormatTooNewError):
        mend(folder)
    assert path.exists()


def test_what_cannot_be_read_is_not_taken_for_damaged(folder: RunFolder) -> None:
    path = folder.step_folder(STEPS[0]) / "invocation.json"
    path.unlink()
    path.mkdir()
    with pytest.raises(StoreError, match=r"invocation\.json: cannot be read"):
        mend(folder)
    assert path.is_dir()


def test_a_line_names_the_device(folder: RunFolder) -> None:
    (folder.path / "devices" / "host.json").write_text("")
    assert mend(folder) == [
        Mended(
            "host",
            f"{folder.path}/devices/host.json: damaged: Expecting value: line 1 column 1 (char 0)."
            " It is put aside and written again.",
        )
    ]
