"""LiteRT's operator table, which looks like TFLite's and means other things."""

from __future__ import annotations

import math

import pytest

from benchhub.records import Profile
from benchhub.tools.benchmark_litert_model.op_table import read_op_table
from benchhub.tools.benchmark_model.op_rows import ProfileError
from tests.unit.tools.litert_program import RECORDED, Recording, ids

WARMUPS, RUNS = 254, 512
# `Timings (microseconds): count=66 curr=165055` is the sum of all calls of 766 inferences.
TOTAL_US = 165055


@pytest.fixture
def table() -> str:
    return (RECORDED / "prof.stderr").read_text()


def read(text: str, delegate: str = "xnnpack", nodes: int | None = None) -> Profile:
    return read_op_table(text, WARMUPS, RUNS, delegate, nodes)[0]


def test_it_covers_warm_up_and_runs(table: str) -> None:
    profile = read(table)

    assert profile.n == WARMUPS + RUNS
    assert len(profile.ops) == 66
    assert all(op.calls == 1 for op in profile.ops)
    assert profile.source == "op table"


def test_the_times_add_up_to_the_tail(table: str) -> None:
    profile = read(table)

    # 66 percentages of three digits each.
    assert profile.total_us * (WARMUPS + RUNS) == pytest.approx(TOTAL_US, rel=1e-4)
    assert profile.total_us == pytest.approx(math.fsum(op.mean_us for op in profile.ops))
    assert profile.total_us < 333.395  # the latency of the same process


def test_a_row(table: str) -> None:
    first, second = read(table).ops[:2]

    assert (first.op, first.kernel) == ("Convolution", "Convolution (NHWC, F32) IGEMM")
    assert (first.delegate, first.node, first.name) == ("xnnpack", None, "")
    # The statistics have one such type: 9288 us in 766 calls, 12 to 34.
    assert first.mean_us == pytest.approx(9288 / 766)
    assert (first.min_us, first.max_us, first.std_us) == (12.0, 34.0, None)
    # Several rows share this type, so its spread is not that of the row; 7.085 % of the whole.
    assert second.mean_us == pytest.approx(0.07085 * TOTAL_US / 766, rel=1e-4)
    assert (second.min_us, second.max_us) == (None, None)


def test_the_order_is_that_of_execution(table: str) -> None:
    ops = read(table).ops

    assert [op.order for op in ops] == list(range(66))
    assert ops[-1].op == "Softmax"


def test_through_the_tool() -> None:
    reading = Recording("prof").read()

    assert reading.profile is not None
    assert reading.profile.n == 766
    assert ids(reading) == ("mem.note",)
    assert reading.placement is not None
    assert (reading.placement.applied, reading.placement.source) == ("xnnpack", "operator profile")


HEADER = (
    "=========== Run Order ===========\n"
    "[node type]    [start]    [first]   [avg ms]        [%]     [cdf%]   [mem KB] "
    "[times called]   [Name]\n"
)


def made(*rows: tuple[str, int, int, str], total: int | None = None) -> str:
    """A table as the program would write it: type, total microseconds, calls, name."""
    whole = sum(row[1] for row in rows) if total is None else total
    lines = [
        f"{kind:>60} {0:10.3f} {0:10.3f} {spent / calls / 1000:10.3f} {100 * spent / whole:9.3f}% "
        f"{0:9.3f}% {0:10.3f} {calls:14d}   {name}"
        for kind, spent, calls, name in rows
    ]
    tail = f"\nTimings (microseconds): count={len(rows)} curr={whole}\nMemory (bytes): count=0\n"
    return HEADER + "\n".join(lines) + "\n" + tail + f"{len(rows)} nodes observed\n"


def test_nodes_and_delegates_are_told_apart() -> None:
    text = made(
        ("CONV_2D/some kernel", 766_000, 766, "[Builtin]:3"),
        ("DispatchDelegate", 76_600, 766, "[Builtin]:65"),
        ("TfLiteXNNPackDelegate", 76_600, 766, "[Builtin]:66"),
        ("GpuThing", 76_600, 766, "[Builtin]:67"),
        ("Delegate/Add (ND)", 7_660, 766, "[Delegate]:0"),
        ("Delegate/conv_3x3", 7_660, 766, "[Delegate]:1"),
    )
    ops = read(text, "gpu", 65).ops

    assert [(op.op, op.delegate, op.node) for op in ops] == [
        ("CONV_2D", None, 3),
        ("DispatchDelegate", "npu", None),
        ("TfLiteXNNPackDelegate", "xnnpack", None),
        ("GpuThing", "gpu", None),
        ("Add", "xnnpack", None),
        ("conv_3x3", "gpu", None),
    ]
    assert ops[0].kernel == "CONV_2D/some kernel"


def test_several_calls_an_inference() -> None:
    """The body of a WHILE: times are those of an inference."""
    text = made(("ADD", 7_660, 766, "[Builtin]:0"), ("MUL", 30_640, 3064, "[Builtin]:1"))
    add, mul = read(text).ops

    assert (add.mean_us, add.calls) == (pytest.approx(10.0, rel=1e-4), 1)
    assert (mul.mean_us, mul.calls) == (pytest.approx(40.0, rel=1e-4), 4)


def test_a_table_of_the_runs_alone() -> None:
    profile, finding = read_op_table(
        made(("ADD", 5_120, RUNS, "[Builtin]:0")), WARMUPS, RUNS, "xnnpack", None
    )

    assert (profile.n, finding) == (RUNS, None)


def test_calls_that_fit_no_inferences_are_told() -> None:
    profile, finding = read_op_table(
        made(("ADD", 5_000, 500, "[Builtin]:0")), WARMUPS, RUNS, "xnnpack", None
    )

    assert profile.n == 500
    assert finding is not None
    assert finding.id == "check.op_calls"


def test_long_inferences_keep_the_printed_mean() -> None:
    """The share of an inference of 10 s has fewer digits than the printed milliseconds."""
    text = made(("ADD", 5_120_333, RUNS, "[Builtin]:0"), ("MUL", 5 * 10**9, RUNS, "[Builtin]:1"))

    assert read(text).ops[0].mean_us == pytest.approx(10_001, abs=0.5)


@pytest.mark.parametrize(
    ("words", "instead", "why"),
    [
        (" Run Order =", " Other =", "there is no table"),
        ("[start]", "[begin]", "other columns"),
        ("66 nodes observed", "67 nodes observed", "incomplete"),
        ("66 nodes observed", "", "incomplete"),
        ("curr=165055", "curr=nan", "incomplete"),
        ("curr=165055", "curr=965055", "contradicts itself"),
        ("            766   [Delegate]:5\n", "              0   [Delegate]:5\n", "never called"),
        ("            766   [Delegate]:5\n", "            7x6   [Delegate]:5\n", "has no time"),
        ("            766   [Delegate]:5\n", "            766   Delegate:5\n", "is damaged"),
    ],
)
def test_damaged_tables_say_what_is_wrong(words: str, instead: str, why: str, table: str) -> None:
    assert words in table
    with pytest.raises(ProfileError, match=why):
        read(table.replace(words, instead))


def test_without_a_table_the_profile_run_fails() -> None:
    recording = Recording("prof")
    recording.stderr = recording.stderr.partition("===== Run Order")[0]
    failure = recording.read().failure

    assert failure is not None
    assert failure.kind == "no_result"
    assert "before 2.1.2" in failure.message


def test_the_table_of_2_1_0_is_tflites() -> None:
    recording = Recording("prof")
    tflite = RECORDED.parent / "benchmark_model" / "tensorflow-2.14.1" / "op_prof_lstm.stdout"
    recording.stderr = recording.stderr.partition("===== Run Order")[0] + tflite.read_text()
    profile = recording.read().profile

    assert profile is not None
    assert profile.source == "TFLite's table"
    assert profile.ops
