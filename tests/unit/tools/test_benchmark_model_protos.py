"""The small readers of protocol buffers, held against the real protobuf library."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from hypothesis import given
from hypothesis import strategies as st

from benchhub.records import Partition
from benchhub.tools.benchmark_model.result_proto import (
    latency_of,
    memory_of,
    read_result,
    warmup_of,
)
from benchhub.tools.benchmark_model.runtime_info import Nodes, read_runtime_info
from benchhub.tools.benchmark_model.wire import Budget, WireError, fields

NEW = "benchmark_model/litert-2026-08"

INT32, INT64, FLOAT, MESSAGE = 5, 3, 2, 11
LATENCY = [
    "avg_ms",
    "min_ms",
    "max_ms",
    "stddev_ms",
    "median_ms",
    "p5_ms",
    "p95_ms",
    "init_ms",
    "first_inference_ms",
    "average_warm_up_ms",
]


def benchmark_result() -> Any:
    """The class of the message, made from its definition."""
    file = descriptor_pb2.FileDescriptorProto(
        name="benchmark_result.proto", package="tflite.tools.benchmark", syntax="proto2"
    )

    def add(name: str, parts: list[tuple[str, int, str]]) -> None:
        message = file.message_type.add(name=name)
        for number, (field, kind, of) in enumerate(parts, 1):
            message.field.add(name=field, number=number, label=1, type=kind, type_name=of or None)

    package = ".tflite.tools.benchmark"
    add("LatencyMetrics", [(name, FLOAT, "") for name in LATENCY])
    add(
        "MemoryMetrics",
        [
            ("init_footprint_kb", INT64, ""),
            ("overall_footprint_kb", INT64, ""),
            ("peak_mem_mb", FLOAT, ""),
        ],
    )
    add(
        "MiscMetrics",
        [
            ("model_size_mb", FLOAT, ""),
            ("num_runs", INT32, ""),
            ("num_warmup_runs", INT32, ""),
            ("model_throughput_in_mb_per_sec", FLOAT, ""),
        ],
    )
    add(
        "BenchmarkResult",
        [
            ("name", 9, ""),
            ("latency_metrics", MESSAGE, f"{package}.LatencyMetrics"),
            ("memory_metrics", MESSAGE, f"{package}.MemoryMetrics"),
            ("misc_metrics", MESSAGE, f"{package}.MiscMetrics"),
        ],
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(
        pool.FindMessageTypeByName("tflite.tools.benchmark.BenchmarkResult")
    )


RESULT = benchmark_result()
milliseconds = st.floats(0, 1e6, width=32)


@given(
    st.lists(milliseconds, min_size=10, max_size=10),
    st.integers(1, 2**31 - 1),
    st.integers(0, 2**31 - 1),
    st.integers(0, 2**40),
    st.text(max_size=20),
)
def test_result_files_are_read_as_protobuf_reads_them(
    times: list[float], runs: int, warmups: int, kib: int, name: str
) -> None:
    message = RESULT(name=name)
    for field, value in zip(LATENCY, times, strict=True):
        setattr(message.latency_metrics, field, value)
    message.misc_metrics.num_runs, message.misc_metrics.num_warmup_runs = runs, warmups
    message.memory_metrics.init_footprint_kb = kib
    result = read_result(message.SerializeToString())

    latency, warmup, memory = latency_of(result), warmup_of(result), memory_of(result)
    assert latency is not None
    assert latency.n == runs
    told = [latency.mean_us, latency.min_us, latency.max_us]
    assert told == pytest.approx([value * 1000 for value in times[:3]])
    assert latency.std_us == (None if runs == 1 else pytest.approx(times[3] * 1000))
    told = [latency.median_us or 0, latency.p5_us or 0, latency.p95_us or 0]
    assert told == pytest.approx([value * 1000 for value in times[4:7]])
    assert (warmup is None) == (warmups == 0)
    assert (memory is None) == (kib == 0)
    if memory is not None:
        assert (memory.init_bytes, memory.overall_bytes) == (kib * 1024, None)


def test_a_recorded_result_file(recorded: Path) -> None:
    data = (recorded / NEW / "result_file.pb").read_bytes()
    message = RESULT.FromString(data)
    result = read_result(data)

    assert result.n == message.misc_metrics.num_runs == 760
    # 0.261321 ms: the text says 261.321.
    assert result.times_us["mean"] == pytest.approx(message.latency_metrics.avg_ms * 1000)
    assert result.init_bytes == 8628 * 1024
    assert result.peak_bytes is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no latency"),
        (b"\x12\x05\x0d", "cut"),
        (b"\x12\x05\x0d\x00\x00\xc0\x7f", "a number was expected"),  # nan
        (b"\x12\x05\x0d\x00\x00\x80\xbf", "impossible"),  # -1 ms
        (b"\x10\x01", "a message was expected"),
        (b"\x13", "wire type 3"),
        (b"\x02\x00", "number 0"),
        (b"\xff" * 11, "too long"),
        (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "cut"),
        (b"\x08\x00" * 600_000, "1048576 bytes"),
    ],
)
def test_damaged_result_files_are_refused(data: bytes, words: str) -> None:
    with pytest.raises(WireError, match=words):
        read_result(data)


def test_a_file_of_tiny_fields_ends_in_time() -> None:
    with pytest.raises(WireError, match="fields"):
        list(fields(b"\x08\x00" * 2000, Budget(1000)))


def test_the_runtime_description_is_read_as_the_official_class_reads_it(recorded: Path) -> None:
    """In a process of its own: importing the official class loads LiteRT."""
    code = (
        "import json, sys\n"
        "from pathlib import Path\n"
        "from ai_edge_litert.model_runtime_info_pb2 import ModelRuntimeDetails\n"
        "for path in sys.argv[1:]:\n"
        "    nodes = ModelRuntimeDetails.FromString(Path(path).read_bytes()).subgraphs[0].nodes\n"
        "    own = [n for n in nodes if n.HasField('delegate_node_details')]\n"
        "    print(json.dumps([len(nodes) - len(own),\n"
        "        sum(n.HasField('delegated_to_node_id') for n in nodes), len(own)]))\n"
    )
    files = [recorded / NEW / f"{name}.pb" for name in ("runtime_info", "runtime_info_noxnn")]
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, files)], capture_output=True, text=True, check=True
    )
    official = [json.loads(line) for line in done.stdout.splitlines()]

    ours = [read_runtime_info(file.read_bytes()) for file in files]
    assert [[nodes.total, nodes.delegated, nodes.partitions] for nodes in ours] == official
    whole = Partition("xnnpack", tuple(range(65)))
    assert ours == [
        Nodes(65, 65, 1, ("xnnpack",), (whole,), frozenset({"TfLiteXNNPackDelegate"})),
        Nodes(65, 0, 0, ()),
    ]


def test_a_cut_runtime_description_is_refused(recorded: Path) -> None:
    data = (recorded / NEW / "runtime_info.pb").read_bytes()

    for end in range(0, len(data), 211):
        with pytest.raises(WireError):
            read_runtime_info(data[:end])
