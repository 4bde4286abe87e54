"""Operator profiles: the CSV, the table on stdout, the protocol buffer."""

from __future__ import annotations

import csv
import io
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from benchhub.tools.benchmark_model.op_csv import REGULAR, read_op_table
from benchhub.tools.benchmark_model.op_proto import read_op_proto
from benchhub.tools.benchmark_model.op_rows import ProfileError, Row, op_time

OLD = "benchmark_model/tensorflow-2.14.1"
NEW = "benchmark_model/litert-2026-08"


@pytest.fixture
def old(recorded: Path) -> Path:
    return recorded / OLD


@pytest.fixture
def new(recorded: Path) -> Path:
    return recorded / NEW


def test_nodes_of_the_graph(old: Path) -> None:
    profile = read_op_table((old / "op_prof_csv.csv").read_text(), "csv")

    first, last = profile.ops[0], profile.ops[-1]
    assert (first.order, first.op, first.kernel, first.node) == (0, "CONV_2D", "CONV_2D", 0)
    assert first.name.startswith("mobilenetv2_0.35_96_1/Conv1_relu_1/Relu6;")
    assert "[" not in first.name
    assert (last.op, last.node, last.delegate) == ("SOFTMAX", 64, None)
    assert [op.node for op in profile.ops] == list(range(65))
    assert profile.n == 451
    # The program's own sum, from `Timings (microseconds):`.
    assert profile.total_us == pytest.approx(2148.99, rel=1e-5)
    assert {op.min_us for op in profile.ops} == {None}
    assert (profile.resolution_us, profile.source) == (1.0, "csv")


def test_operators_inside_xnnpack(old: Path) -> None:
    profile = read_op_table((old / "op_prof_csv_xnn.csv").read_text(), "csv")

    third = profile.ops[2]
    assert (third.op, third.kernel) == ("Convolution", "Convolution (NHWC, F32) GEMM")
    assert (third.node, third.name, third.delegate) == (None, "", "xnnpack")
    assert third.mean_us == pytest.approx(11.0711)
    assert {op.delegate for op in profile.ops} == {"xnnpack"}
    assert profile.total_us == pytest.approx(225.538, rel=1e-5)


def test_a_graph_that_the_delegate_runs_in_part(old: Path) -> None:
    profile = read_op_table((old / "op_prof_int8_xnn_explicit.csv").read_text(), "csv")

    own = [(op.op, op.node, op.name) for op in profile.ops if op.delegate is None]
    assert own == [
        ("FULLY_CONNECTED", 64, "mobilenetv2_0.35_96_1/predictions_1/MatMul2"),
        ("SOFTMAX", 65, "StatefulPartitionedCall_1:01"),
    ]
    assert sum(op.calls for op in profile.ops) == 67
    assert profile.total_us == pytest.approx(253.436, rel=1e-5)


def test_bodies_of_loops_are_not_counted_twice(old: Path) -> None:
    profile = read_op_table((old / "op_prof_csv_lstm.csv").read_text(), "csv")

    assert [op.subgraph for op in profile.ops] == [0] * 5 + [1] * 4 + [2] * 20
    assert profile.total_us == pytest.approx(29.0548, rel=1e-5)
    loop = profile.ops[4]
    assert (loop.op, loop.node) == ("WHILE", 3)
    # Commas in the names of its outputs came as TABs.
    assert loop.name.startswith("functional_1/lstm_1/while, functional_1/lstm_1/while1, ")
    allocate = profile.ops[8]
    assert (allocate.op, allocate.node, allocate.name) == ("AllocateTensors", None, "")
    # avg_ms is per call: two calls of 0.000300215 ms.
    condition = profile.ops[7]
    assert (condition.op, condition.calls) == ("LESS", 2.0)
    assert condition.mean_us == pytest.approx(0.60043)
    body = sum(op.mean_us for op in profile.ops if op.subgraph == 1)
    assert body == pytest.approx(2.52327, rel=1e-5)


@pytest.mark.parametrize(
    ("name", "rows", "total_us"),
    [
        ("op_prof_noxnn", 65, 2526.42),
        ("op_prof_default", 65, 365.449),
        ("op_prof_lstm", 29, 28.8857),
        ("csv_unwritable", 65, 223.485),
    ],
)
def test_tables_on_stdout(name: str, rows: int, total_us: float, old: Path) -> None:
    profile = read_op_table((old / f"{name}.stdout").read_text(), "stdout table")

    assert len(profile.ops) == rows
    # The table rounds each row to a microsecond.
    assert profile.total_us == pytest.approx(total_us, abs=rows / 2)


def test_newer_titles_with_names_of_subgraphs(new: Path) -> None:
    profile = read_op_table((new / "prof_while.stdout").read_text(), "stdout table")

    assert [op.subgraph for op in profile.ops] == [0, 1, 1, 2, 2, 2, 2, 2]
    assert profile.ops[0].name == "while, PartitionedCall:0"
    assert profile.ops[1].calls == 6
    assert profile.total_us == pytest.approx(356)


def test_the_proto_tells_the_spread(new: Path) -> None:
    profile = read_op_proto((new / "prof_mode_proto_file.prof.pb").read_bytes())

    first = profile.ops[0]
    # sum 8307, count 645; the file's own avg is cut to 12.
    assert first.mean_us == pytest.approx(8307 / 645)
    assert (first.min_us, first.max_us, first.std_us, first.calls) == (12.0, 44.0, 1.0, 1.0)
    assert (first.op, first.kernel) == ("Convolution", "Convolution (NHWC, F32) IGEMM")
    assert (profile.n, len(profile.ops), profile.source) == (645, 66, "proto")
    assert profile.total_us == pytest.approx(235.096, abs=0.001)
    assert [op.order for op in profile.ops] == list(range(66))


def test_the_proto_is_read_without_loading_litert(new: Path) -> None:
    """A fresh process: what is imported in this one is another test's doing."""
    code = (
        "import sys, json\n"
        "from pathlib import Path\n"
        "from benchhub.tools.benchmark_model.op_proto import read_op_proto\n"
        "before = 'google.protobuf' in sys.modules\n"
        "n = read_op_proto(Path(sys.argv[1]).read_bytes()).n\n"
        "names = [m for m in ('ai_edge_litert', 'numpy', 'pandas') if m in sys.modules]\n"
        "maps = Path('/proc/self/maps').read_text()\n"
        "print(json.dumps([n, before, names, 'libLiteRt' in maps]))"
    )
    file = new / "prof_mode_proto_file.prof.pb"
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True
    )

    assert json.loads(done.stdout) == [645, False, [], False]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no part about the runs"),
        (f"{REGULAR}\n", "incomplete"),
        ("Profiling Info for Benchmark Initialization:\n", "no part about the runs"),
    ],
)
def test_what_is_no_profile_is_said(text: str, words: str) -> None:
    with pytest.raises(ProfileError, match=words):
        read_op_table(text, "csv")


def test_a_cut_profile_is_not_taken_for_a_whole_one(old: Path) -> None:
    text = (old / "op_prof_csv.csv").read_text()
    start = text.index("Run Order", text.index(REGULAR))
    ends = range(start + 200, text.rindex(" nodes observed"), 997)

    for end in ends:
        with pytest.raises(ProfileError):
            read_op_table(text[:end], "csv")
    assert len(read_op_table(text, "csv").ops) == 65


def test_a_row_that_is_lost_is_noticed(old: Path) -> None:
    lines = (old / "op_prof_csv.csv").read_text().splitlines()
    at = next(i for i, line in enumerate(lines) if line == REGULAR) + 10
    text = "\n".join(lines[:at] + lines[at + 1 :])

    with pytest.raises(ProfileError, match="incomplete"):
        read_op_table(text, "csv")


@pytest.mark.parametrize("data", [b"", b"\xff" * 50, b"\x1a\x02\x0a\x00", b"model"])
def test_what_is_no_proto_is_said(data: bytes) -> None:
    with pytest.raises(ProfileError):
        read_op_proto(data)


def test_a_cut_proto_is_not_taken_for_a_whole_one(new: Path) -> None:
    data = (new / "prof_mode_proto_file.prof.pb").read_bytes()

    for end in range(1, len(data), 97):
        with pytest.raises(ProfileError):
            read_op_proto(data[:end])


def test_names_in_a_proto_that_are_no_utf_8(new: Path) -> None:
    data = (new / "prof_mode_proto_file.prof.pb").read_bytes()
    profile = read_op_proto(data.replace(b"Softmax", b"S\xffftmax"))
    assert any("S\N{REPLACEMENT CHARACTER}ftmax" in op.kernel for op in profile.ops)
    assert len(profile.ops) == len(read_op_proto(data).ops)


def test_the_node_of_an_opaque_delegate() -> None:
    op = op_time(Row("TfLiteGpuDelegateV2", "[out]:66", 0, 5.0, 1.0), 0)

    assert (op.delegate, op.node, op.op) == ("gpu", None, "TfLiteGpuDelegateV2")


def test_columns_are_found_by_their_titles() -> None:
    """Programs before TensorFlow 2.9 had a column [start]."""
    text = (
        f"{REGULAR}\n============================== Run Order ==============================\n"
        "node type, start, first, avg_ms, %, cdf%, mem KB, times called, name\n"
        "CONV_2D, 0, 9, 0.002, 1%, 1%, 0, 3, [a\t b]:7\n\n1 nodes observed\n"
    )
    (op,) = read_op_table(text, "csv").ops

    assert (op.node, op.name, op.calls) == (7, "a, b", 3.0)
    assert op.mean_us == pytest.approx(6.0)


def many_ops(count: int) -> str:
    """A profile of that many operators in the program's format."""
    header = "node type, first, avg_ms, %, cdf%, mem KB, times called, name\n"
    rows = [
        f"Convolution (NHWC, F32) GEMM, 0.01, 0.0{i % 900 + 100}, 0.05%, {i * 100 / count:.4f}%, "
        f"0, 1, Delegate/Convolution (NHWC\t F32) GEMM:{i}\n"
        for i in range(count)
    ]
    order = f"{'=' * 30} Run Order {'=' * 30}\n"
    top = f"{'=' * 30} Top by Computation Time {'=' * 30}\n"
    return (
        f"{REGULAR}\n{order}{header}{''.join(rows)}\n{top}{header}{''.join(rows[:10])}\n"
        f"Number of nodes executed: {count}\n\n"
        f"Timings (microseconds): count=50 first=1 curr=1 min=1 max=1 avg=1 std=1\n"
        f"Memory (bytes): count=0\n{count} nodes observed\n"
    )


def seconds_of(work: object) -> float:
    assert callable(work)
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def test_a_profile_of_2000_operators_is_read_about_as_fast_as_pandas_reads_a_csv() -> None:
    text = many_ops(2000)
    columns = [str(number) for number in range(16)]

    def ours() -> None:
        assert len(read_op_table(text, "csv").ops) == 2000

    def theirs() -> None:
        frame = pd.read_csv(io.StringIO(text), names=columns, quoting=csv.QUOTE_NONE)
        assert len(frame) > 2000

    pairs = [(seconds_of(ours), seconds_of(theirs)) for _ in range(7)]
    ratio = statistics.median(a for a, _ in pairs) / statistics.median(b for _, b in pairs)
    assert ratio <= 10


def test_the_time_to_read_is_linear_in_the_rows() -> None:
    small, large = many_ops(2000), many_ops(20_000)
    pairs = [
        (
            seconds_of(lambda: read_op_table(small, "csv")),
            seconds_of(lambda: read_op_table(large, "csv")),
        )
        for _ in range(5)
    ]
    ratio = statistics.median(b for _, b in pairs) / statistics.median(a for a, _ in pairs)
    # Ten times the rows; quadratic work would be a hundred times the time.
    assert ratio < 30
