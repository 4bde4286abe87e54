"""Files that measuring programs write: protocol buffers and the profile that is called CSV."""

from __future__ import annotations

from contextlib import suppress

from benchhub.tools.benchmark_model.op_csv import read_op_table
from benchhub.tools.benchmark_model.op_proto import read_op_proto
from benchhub.tools.benchmark_model.op_rows import ProfileError
from benchhub.tools.benchmark_model.result_proto import read_result
from benchhub.tools.benchmark_model.runtime_info import read_runtime_info
from benchhub.tools.benchmark_model.wire import WireError
from benchhub.tools.official.image import read_head
from tests.fuzz.seeds import files
from tests.fuzz.target import Form, Target


def _csv(data: bytes) -> None:
    with suppress(ProfileError):
        read_op_table(data.decode("utf-8", "replace"), "csv")


def _op_proto(data: bytes) -> None:
    with suppress(ProfileError):
        read_op_proto(data)


def _result(data: bytes) -> None:
    with suppress(WireError):
        read_result(data)


def _runtime_info(data: bytes) -> None:
    with suppress(WireError):
        read_runtime_info(data)


def _image(data: bytes) -> None:
    read_head(data[:64])


def _programs() -> list[bytes]:
    return [
        b"\x7fELF\2\1\1" + bytes(9) + b"\2\0\xb7\0" + bytes(44),
        b"\x7fELF\1\2\1" + bytes(57),
        b"\xcf\xfa\xed\xfe\x0c\0\0\1" + bytes(56),
        b"\xca\xfe\xba\xbe\0\0\0\1" + bytes(56),
    ]


_CSV_WORDS = (
    "Operator-wise Profiling Info for Regular Benchmark Runs:", " Run Order ", "node type, first, ",
    "avg_ms, %, cdf%, mem KB, times called, name", " nodes observed", "Primary graph profile:",
    "Delegate internal:", "Timings (microseconds): count=", "Subgraph (index: 1) profile:", "=====",
)  # fmt: skip
TARGETS = (
    Target(
        "op_csv",
        _csv,
        files(
            "tests/recorded/benchmark_model/*/*.csv",
            "tests/recorded/benchmark_model/*/op_prof*.stdout",
        ),
        Form.LINES,
        _CSV_WORDS,
        most_bytes=1 << 14,
    ),
    Target(
        "op_proto", _op_proto, files("tests/recorded/**/*prof*.pb"), Form.PROTO, most_bytes=1 << 14
    ),
    Target("result_proto", _result, files("tests/recorded/**/result*.pb"), Form.PROTO),
    Target(
        "runtime_info",
        _runtime_info,
        files("tests/recorded/**/runtime_info*.pb"),
        Form.PROTO,
        weight=0.6,
        most_bytes=1 << 15,
    ),
    Target("program_image", _image, _programs, Form.FLATBUFFER, weight=0.5, most_bytes=64),
)
