from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchhub.errors import FormatTooNewError, StoreError, UsageError
from benchhub.records import (
    OpTime,
    Placement,
    Profile,
    RunEnd,
    RunState,
    Status,
)
from benchhub.results import invocations_frame, ops_frame
from benchhub.results.codec import FORMAT, write_document
from benchhub.results.store import find_run, run_folders

from ..reports.lab import COLD_CASE, HOT_CASE, lab_run
from .small_runs import DEVICE, PLAN, STEPS, begun, invocation, measured

OP = OpTime(0, "ADD", "ADD", "a", 0, 0, None, 1.0, None, None, None, 1.0)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    measured(folder, STEPS[0])
    end = RunEnd(FORMAT, folder.run_id, RunState.FINISHED, "later", 1.0, 1, 2)
    folder.write_end(end)
    run = folder.read()
    assert run.plan == replace(PLAN, run_id=folder.run_id)
    assert run.devices == (DEVICE,)
    assert run.invocations == (invocation(STEPS[0], 100.0),)
    assert run.end == end
    assert folder.logs(run.invocations[0]) == {"stdout.txt": "said \ufffd"}
    assert (folder.path / "suite.yaml").read_text() == PLAN.suite_text


def test_a_killed_run_is_unfinished_and_knows_what_is_done(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    measured(folder, STEPS[0])
    half = folder.begin_step(STEPS[1])
    (half / "stdout.txt").write_text("cut")
    assert folder.done() == {("host", 1)}
    assert folder.read().state is RunState.UNFINISHED
    assert list(folder.begin_step(STEPS[1]).iterdir()) == []


def test_ids_sort_by_time_and_do_not_collide(tmp_path: Path) -> None:
    ids = [begun(tmp_path).run_id for _ in range(5)]
    assert ids == sorted(set(ids))
    assert all(len(run_id) == 8 for run_id in ids)
    assert [folder.run_id for folder in run_folders(tmp_path)] == ids


def test_find_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no runs yet"):
        find_run(tmp_path, "latest")
    first, last = begun(tmp_path).run_id, begun(tmp_path).run_id
    assert find_run(tmp_path, "latest").run_id == last
    assert find_run(tmp_path, first.lower()).run_id == first
    with pytest.raises(UsageError, match="ambiguous"):
        find_run(tmp_path, first[:4])
    with pytest.raises(UsageError, match="there is no run 'zz'"):
        find_run(tmp_path, "zz")


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    plan = folder.path / "plan.json"
    plan.write_text(json.dumps(json.loads(plan.read_text()) | {"format": FORMAT + 1}))
    with pytest.raises(FormatTooNewError, match="Update benchhub"):
        folder.read()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"format": 1}',
        b"\xff\xfe",
        b"null",
        b'{"suite": "\\ud800"}',
        b'{"suite": "\xed\xa0\x80"}',
        b"[" * 90_000,
    ],
)
def test_a_damaged_document_says_which(tmp_path: Path, content: bytes) -> None:
    folder = begun(tmp_path)
    (folder.path / "plan.json").write_bytes(content)
    with pytest.raises(StoreError, match=r"plan\.json"):
        folder.read()


def test_keys_of_later_versions_are_ignored(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    plan = folder.path / "plan.json"
    plan.write_text(json.dumps(json.loads(plan.read_text()) | {"later": 1}))
    assert folder.read_plan().suite == "s"


def test_frames(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    for step, value in zip(STEPS, (100.0, 110.0), strict=True):
        measured(folder, step, value)
    run = folder.read()
    frame = invocations_frame([run])
    assert list(frame.value_us) == [100.0, 110.0]
    assert set(frame.case_id) == {"net/int8/xnnpack/t2"}
    assert frame.init_bytes.isna().all()
    assert frame.load_1m_before.iloc[0] == 0.5
    assert list(frame.temperature_before_c) == [40.0, 40.0]
    assert frame.temperature_after_c.isna().all()
    assert frame.temperature_during_max_c.isna().all()
    assert ops_frame([run]).empty
    assert "op_delegate" in ops_frame([run]).columns


def test_a_fallback_is_not_called_by_the_delegates_name_in_a_frame(tmp_path: Path) -> None:
    """A table that is grouped by what ran never counts a fallback for the delegate."""
    folder = begun(tmp_path)
    for step, value in zip(STEPS, (100.0, 110.0), strict=True):
        measured(folder, step, value)
    run = folder.read()
    first, second = run.invocations
    worked = Placement("xnnpack", "xnnpack", 65, 66, 2, "test")
    fallen = Placement("xnnpack", "none", 0, 66, 0, "test")
    profile = Profile((OP,), 1, 1.0, 1.0, "test")
    ran = replace(first, reading=replace(first.reading, placement=worked))
    reading = replace(second.reading, placement=fallen, profile=profile)
    fell = replace(second, status=Status.FALLBACK, reading=reading)
    run = replace(run, invocations=(ran, fell))

    frame = invocations_frame([run])
    assert "delegate" not in frame.columns
    assert list(frame.requested) == ["xnnpack", "xnnpack"]
    assert list(frame.ran_on) == ["xnnpack", "none"]
    assert list(frame[frame.ran_on == "xnnpack"].value_us) == [100.0]
    assert list(frame.nodes_delegated) == [65, 0]
    assert list(ops_frame([run]).ran_on) == ["none"]
    csv = frame.to_csv(index=False).splitlines()
    assert "FALLBACK" in csv[2]
    assert ",xnnpack,none," in csv[2]


def test_a_frame_tells_what_was_seen_during_the_measurement() -> None:
    run = lab_run()
    frame = invocations_frame([run])
    warm = frame[(frame.device == "pi4") & (frame.case_id == HOT_CASE)]
    assert set(warm.status) == {"INVALID"}
    assert set(warm.samples_during) == {2}
    assert (warm.temperature_during_max_c > warm.temperature_before_c).all()
    assert set(warm.cpu_khz_during_min) == {1_080_000}
    assert set(warm.cpu_khz_during_max) == {1_800_000}
    assert set(frame.affinity) == {"", "big"}
    cold = frame[frame.case_id == COLD_CASE]
    cold = cold[cold.device == "pi4"]
    assert set(cold.samples_during) == {0}
    assert cold.temperature_during_max_c.isna().all()


@pytest.mark.parametrize("device", ["x" * 300, "..", "/", "a\0b", ""])
def test_a_device_of_the_plan_that_cannot_be_a_folder(tmp_path: Path, device: str) -> None:
    folder = begun(tmp_path)
    write_document(folder.path / "plan.json", replace(folder.read_plan(), devices=(device,)))
    with pytest.raises(StoreError, match="cannot be the name of a device"):
        folder.read()


def test_an_invocation_of_a_case_that_is_not_planned(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    stranger = replace(STEPS[0], case_id="net/int8/none/t1")
    folder.begin_step(stranger)
    folder.write_invocation(replace(invocation(STEPS[0], 1.0), case_id=stranger.case_id), {})
    with pytest.raises(StoreError, match="'net/int8/none/t1' is no case of the plan"):
        folder.read()
