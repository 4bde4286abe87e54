"""When the timed loop stops, what inputs are fed, and where memory figures come from."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import pytest

from benchhub.tools.litert.child import memory, timing
from benchhub.tools.litert.child.failure import MeasureError
from benchhub.tools.litert.child.inputs import check_names, check_rank
from benchhub.tools.litert.child.options import parse
from benchhub.tools.litert.child.timing import Budget, RunFailedError, time_inferences
from benchhub.tools.litert.child.values import BLOCK, DEFAULT_RANGES, Values


def instant() -> None:
    return None


def pause() -> int:
    time.sleep(0.01)
    return 0


def test_exactly_that_many_without_a_least_time() -> None:
    timed = time_inferences(instant, Budget(17, 0.0, 10.0))
    assert (len(timed.samples_ns), timed.stopped_by) == (17, "done")


def test_both_floors_must_be_met() -> None:
    begin = time.monotonic()
    timed = time_inferences(instant, Budget(3, 0.05, 10.0))
    assert time.monotonic() - begin >= 0.05
    assert len(timed.samples_ns) > 3
    few = time_inferences(pause, Budget(5, 0.001, 10.0))
    assert len(few.samples_ns) == 5


def test_the_longest_time_stops_whatever_was_asked_for() -> None:
    timed = time_inferences(pause, Budget(1000, 0.0, 0.035))
    assert timed.stopped_by == "max_secs"
    assert 1 <= len(timed.samples_ns) <= 4


def test_there_is_always_one_inference() -> None:
    assert len(time_inferences(pause, Budget(5, 0.0, 0.0)).samples_ns) == 1


def test_no_warm_up_is_no_inference() -> None:
    assert len(time_inferences(pause, Budget(0, 0.0, 10.0)).samples_ns) == 0


def test_the_pause_between_inferences_is_not_timed() -> None:
    begin = time.monotonic()
    timed = time_inferences(instant, Budget(4, 0.0, 10.0, delay_s=0.02))
    assert time.monotonic() - begin >= 0.06
    assert max(timed.samples_ns) < 20_000_000


def test_samples_are_nanoseconds() -> None:
    samples = time_inferences(pause, Budget(3, 0.0, 10.0)).samples_ns
    assert min(samples) >= 10_000_000


def test_the_samples_that_are_kept_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "MAX_SAMPLES", 50)
    timed = time_inferences(instant, Budget(100, 0.0, 10.0))
    assert (len(timed.samples_ns), timed.stopped_by) == (50, "max_samples")


def test_a_failed_inference_ends_the_loop() -> None:
    answers = iter([0, 0, 3])
    with pytest.raises(RunFailedError) as caught:
        time_inferences(lambda: next(answers), Budget(10, 0.0, 10.0))
    assert (caught.value.status, caught.value.done) == (3, 2)


@pytest.mark.parametrize(
    ("kind", "letter"), [("float32", "f"), ("int8", "b"), ("uint8", "B"), ("int32", "i")]
)
def test_values_fill_their_default_range(kind: str, letter: str) -> None:
    values = struct.unpack(f"<20000{letter}", Values("x", kind, letter, None).block(20000, 0))
    low, high = DEFAULT_RANGES[kind]
    assert low <= min(values) < low + 0.05 * (high - low) + 1
    assert high >= max(values) > high - 0.05 * (high - low) - 1


def test_values_stay_in_the_range_of_the_suite_and_repeat() -> None:
    ids = Values("ids", "int32", "i", (3.0, 7.0))
    values = struct.unpack("<5000i", ids.block(5000, 0))
    assert set(values) == {3, 4, 5, 6, 7}
    assert ids.block(5000, 0) == ids.block(5000, 0)
    assert ids.block(5000, 1) != ids.block(5000, 0)
    assert Values("other", "int32", "i", (3.0, 7.0)).block(5000, 0) != ids.block(5000, 0)
    assert len(ids.block(10**9, 0)) == 4 * BLOCK


@pytest.mark.parametrize(
    ("kind", "letter", "limits"),
    [("int8", "b", (0.0, 128.0)), ("uint8", "B", (-1.0, 5.0)), ("int32", "i", (0.0, 0.5))],
)
def test_a_range_that_does_not_fit_the_type(
    kind: str, letter: str, limits: tuple[float, float]
) -> None:
    with pytest.raises(MeasureError, match=f"input 'x' is {kind}: the range"):
        Values("x", kind, letter, limits)


def test_inputs_that_are_not_there_are_named() -> None:
    with pytest.raises(MeasureError, match="no input 'idx'") as caught:
        check_names({"idx": 1}, ["ids", "mask"])
    assert caught.value.advice == "Its inputs: ids, mask."
    with pytest.raises(MeasureError, match=r"2 dimensions \(1x16\), not 3 \(1x2x3\)"):
        check_rank("ids", (1, 16), (1, 2, 3))


def test_memory_comes_from_proc() -> None:
    before = memory.resident()
    block = bytearray(b"x" * (32 << 20))
    after = memory.resident()
    assert before.now is not None
    assert after.now is not None
    assert after.now - before.now > 24 << 20
    assert after.peak >= after.now
    assert len(block) == 32 << 20


def test_without_proc_only_the_peak_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "STATUS", Path("/nonexistent/status"))
    seen = memory.resident()
    assert seen.now is None
    assert seen.peak > 1 << 20
    assert seen.source == "getrusage, peak only"
    figures = memory.growth(seen, seen, seen)
    assert figures["init_bytes"] is None
    assert figures["overall_bytes"] is None


def test_an_input_name_may_hold_any_character() -> None:
    options = parse(
        ["measure", "--graph=m", "--input_shape=a=b:0=1,16", "--input_range=a=b:0=-1,2.5"]
    )
    assert options is not None
    assert options.shapes == {"a=b:0": (1, 16)}
    assert options.ranges == {"a=b:0": (-1.0, 2.5)}


@pytest.mark.parametrize(
    "flag",
    [
        "--num_runs=0",
        "--num_threads=0",
        "--min_secs=nan",
        "--max_secs=inf",
        "--input_shape=1,2",
        "--input_shape=x=1,0",
        "--input_range=x=2,1",
        "--input_range=x=1",
        "--delegate=nnapi",
        "--gpu_precision=int8",
        "--npu_option=device",
        "--unknown=1",
    ],
)
def test_a_wrong_flag_ends_with_usage(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse(["measure", "--graph=m", flag])
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err
