"""What measuring programs print, read as the tools read it: whatever it is becomes a reading.

A reading is stored, so it also has to be one that a document can hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from benchhub.records import (
    Case,
    CommandResult,
    Configuration,
    InputSpec,
    Measure,
    ModelVariant,
    Purpose,
    Reading,
)
from benchhub.results.codec import encode
from benchhub.tools.benchmark_litert_model import BenchmarkLitertModelTool
from benchhub.tools.benchmark_litert_model.evidence import read_evidence
from benchhub.tools.benchmark_litert_model.op_table import TITLE, read_op_table
from benchhub.tools.benchmark_litert_model.result_block import latency_of, read_block
from benchhub.tools.benchmark_litert_model.wheel_json import read_wheel_json
from benchhub.tools.benchmark_model import BenchmarkModelTool
from benchhub.tools.benchmark_model.delegate_lines import read_delegate_lines
from benchhub.tools.benchmark_model.op_rows import ProfileError
from benchhub.tools.benchmark_model.stdout import memory_of, read_output
from benchhub.tools.diagnosis import diagnose, locate
from benchhub.tools.litert.document import MalformedError
from benchhub.tools.litert.gpu_lines import no_gpu, read_gpu_lines
from benchhub.tools.litert.npu_lines import read_npu_lines
from benchhub.tools.litert.reading import read_result
from benchhub.tools.litert.tensors import tensors_of
from benchhub.tools.program.flags import family_of, parse_flags, version_text
from benchhub.tools.program.litert_flags import litert_version_text, vendor_flags
from benchhub.tools.tool import Artifacts, Measurer
from tests.fuzz.packing import pack, unpack
from tests.fuzz.seeds import RECORDED, files, streams
from tests.fuzz.target import Form, Target

MEASURE = Measure(1, 1, 50, 0.0, 150.0, 1, 0.5, 0.0, 0.0, 60.0)
_PURPOSES = tuple(Purpose)
_DELEGATES = ("xnnpack", "gpu", "none", "npu", "nnapi", "external")
_TFLITE_FILES = {
    "result.pb": "litert-2026-08/result_file.pb",
    "op_profile.pb": "litert-2026-08/prof_mode_proto_file.prof.pb",
    "op_profile.csv": "litert-2026-08/prof_mode_csv_file.prof.csv",
    "runtime_info.pb": "litert-2026-08/runtime_info.pb",
}
_WORDS = (
    "count=", "curr=", "(all same)", "avg=", "nan", "Running benchmark for at least ", "Init: ",
    "Inference timings in us: ", "Memory footprint delta from the start of the tool (MB): init=",
    "Overall peak memory footprint (MB) via periodic monitoring: ", "ERROR: ", "INFO: ",
    "Explicitly applied GPU delegate, and the model graph will be ", "completely executed",
    "Replacing 1 out of 2 node(s) with delegate (X) node, yielding 3 partitions for subgraph 0",
    " operations are not supported by GPU delegate:", " operations will run on the GPU, and the",
    "Hexagon delegate: 1 nodes delegated out of 2 nodes with 1 partitions.", "Run Order",
    "NNAPI accelerators available: [", "Operator-wise Profiling Info for Regular Benchmark Runs:",
    " nodes observed", "Timings (microseconds): count=", "Delegate/",
    "Subgraph (index: 1) profile:",
    "Delegate internal:", "========== BENCHMARK RESULTS ==========", "[Builtin]:3",
    "Tensor # 1 is named a but flags call it b",
)  # fmt: skip


def _case(tool: str, delegate: str) -> Case:
    variant = ModelVariant("m", "v", "m", "0" * 64, 1, inputs=(InputSpec("x", (1, 2), 0, 9),))
    return Case(variant, Configuration(delegate, delegate, 1), tool)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _chosen(parts: Mapping[str, bytes]) -> tuple[Purpose, str, int]:
    """Return purpose, delegate and exit code: those that the first part names by its length."""
    number = len(parts.get("how", b""))
    codes = (0, 0, 0, 1, -11, 139, 255)
    return (
        _PURPOSES[number % len(_PURPOSES)],
        _DELEGATES[number // len(_PURPOSES) % len(_DELEGATES)],
        codes[number // 24 % len(codes)],
    )


def _parse(tool: Measurer, data: bytes) -> None:
    parts = unpack(data)
    purpose, delegate, code = _chosen(parts)
    result = CommandResult(
        (tool.name,), code, _text(parts.pop("stdout", b"")), _text(parts.pop("stderr", b"")), 1.0
    )
    _stored(tool.parse(_case(tool.name, delegate), MEASURE, purpose, Artifacts(result, parts)))


def _stored(reading: Reading) -> None:
    encode(reading)


def _stdout(data: bytes) -> None:
    memory_of(read_output(_text(data), ""))


def _lines(data: bytes) -> None:
    read_delegate_lines(_text(data), "")


def _litert_lines(data: bytes) -> None:
    text = _text(data)
    read_evidence("", text)
    read_gpu_lines(text)
    read_npu_lines(text)
    no_gpu(text)


def _diagnosis(data: bytes) -> None:
    text = _text(data)
    diagnose(text, "")
    locate(text)


def _block(data: bytes) -> None:
    block = read_block(_text(data))
    if block:
        latency_of(block)


def _op_table(data: bytes) -> None:
    with suppress(ProfileError):
        read_op_table(_text(data), 1, len(data) % 100, "gpu", 5)


def _wheel_json(data: bytes) -> None:
    _stored(read_wheel_json(data, "npu"))


def _child_json(data: bytes) -> None:
    purpose, delegate, _ = _chosen({"how": data[-7:].strip()})
    case = _case("litert", delegate)
    _stored(read_result(case, MEASURE, purpose, CommandResult((), 0, "", "", 1.0), data))


def _tensors(data: bytes) -> None:
    with suppress(MalformedError):
        tensors_of(data, str(RECORDED / "models" / "two_in.tflite"), None)


def _flags(data: bytes) -> None:
    text = _text(data)
    flags = parse_flags(text)
    family_of(flags, text)
    version_text(flags)
    litert_version_text((*flags, *vendor_flags(text)), listed=True)


def _tflite_seeds() -> list[bytes]:
    found = streams("benchmark_model/*")()
    recorded = {
        name: (RECORDED / "benchmark_model" / path).read_bytes()
        for name, path in _TFLITE_FILES.items()
    }
    with_files = [
        seed + b"\n" + pack({name: data}) for seed in found[::9] for name, data in recorded.items()
    ]
    return [*found, *with_files]


def _litert_seeds() -> list[bytes]:
    found = streams("benchmark_litert_model")()
    folder = RECORDED / "benchmark_litert_model"
    recorded = {name: (folder / name).read_bytes() for name in ("result.pb", "runtime_info.pb")}
    return [*found, *(seed + b"\n" + pack(recorded) for seed in found)]


def _table_seeds() -> list[bytes]:
    """Return the recorded table with fewer rows in each section."""
    recorded = (RECORDED / "benchmark_litert_model" / "prof.stderr").read_bytes()
    _, title, table = recorded.partition(TITLE.encode())
    lines = table.split(b"\n")
    rows = [line for line in lines if b"]:" in line]
    few = [line for line in lines if line not in rows[3:]]
    return [title + table, title + b"\n".join(few)]


_TFLITE, _LITERT = BenchmarkModelTool({"path": "bm"}), BenchmarkLitertModelTool({"path": "bm"})
_CHILD = files("tests/fuzz/corpus/child_json/*")
TARGETS = (
    Target(
        "tflite_stdout",
        _stdout,
        files("tests/recorded/benchmark_model/*/*.stdout"),
        Form.LINES,
        _WORDS,
    ),
    Target(
        "delegate_lines",
        _lines,
        files("tests/recorded/benchmark_model/*/*.std*"),
        Form.LINES,
        _WORDS,
    ),
    Target(
        "tflite_tool", lambda data: _parse(_TFLITE, data), _tflite_seeds, Form.LINES, _WORDS, 0.2
    ),
    Target(
        "litert_tool", lambda data: _parse(_LITERT, data), _litert_seeds, Form.LINES, _WORDS, 0.2
    ),
    Target(
        "litert_lines",
        _litert_lines,
        files("tests/recorded/benchmark_litert_model/*.std*"),
        Form.LINES,
        (
            "RegisterAccelerator: ptr=0x1, name=",
            "Selected adapter: ",
            "backend=BackendType::",
            "No adapters found",
            "operations will run on the GPU, and the remaining ",
            "Precision::F16",
            "Warning: Couldn't load Vulkan: ",
            "Loading shared library: ",
            "DispatchDelegate",
        ),
    ),
    Target("diagnosis", _diagnosis, files("tests/recorded/*/*/*.stderr"), Form.LINES, _WORDS, 0.15),
    Target(
        "litert_block",
        _block,
        files("tests/recorded/benchmark_litert_model/*.std*"),
        Form.LINES,
        (
            "========== BENCHMARK RESULTS ==========",
            "Inference (avg):",
            " ms (",
            " runs)",
            "Warmup (first):",
            "Model initialization:",
            "Init footprint:",
            " MB",
            "Peak memory:",
        ),
    ),
    Target(
        "litert_op_table",
        _op_table,
        _table_seeds,
        Form.LINES,
        (
            " Run Order =",
            "[node type]",
            "[start]",
            "[avg ms]",
            "[%]",
            "[times called]",
            "[Name]",
            "[Builtin]:1",
            "[Delegate]:2",
            "Delegate/Add (ND)",
            "Delegate Statistics",
            "count=",
        ),
        most_bytes=1 << 14,
    ),
    Target(
        "wheel_json",
        _wheel_json,
        files("tests/fuzz/corpus/wheel_json/*"),
        Form.JSON,
        (
            "latency",
            "accelerators",
            "num_runs",
            "avg_ms",
            "min_ms",
            "max_ms",
            "median_ms",
            "init_ms",
            "NPU",
        ),
    ),
    Target(
        "child_json",
        _child_json,
        _CHILD,
        Form.JSON,
        (
            "format",
            "error",
            "kind",
            "message",
            "advice",
            "timed",
            "samples_ns",
            "stopped_by",
            "inputs",
            "outputs",
            "shape",
            "ops",
            "placement",
            "wheel",
            "verified",
            "signature",
        ),
        weight=0.5,
    ),
    Target("tensors", _tensors, _CHILD, Form.JSON, ("inputs", "outputs", "shape", "scale"), 0.5),
    Target(
        "usage",
        _flags,
        files(
            "tests/recorded/benchmark_model/*/help.std*",
            "tests/recorded/benchmark_litert_model/help.*",
        ),
        Form.LINES,
        ("--num_runs=", "--graph=", "--use_npu=", "Try --helpfull", "--qualcomm_x (y.)"),
        most_bytes=1 << 14,
    ),
)
