"""The diagnosis of outputs: each row of the table, and what holds for all of them."""

from __future__ import annotations

import re
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchhub.records import Severity
from benchhub.tools.diagnosis import EVIDENCE_CHARS, MOST_FOLLOWING_LINES, bare, diagnose
from benchhub.tools.diagnosis_row import Row
from benchhub.tools.diagnosis_table import ROWS

# Lines as the programs print them: for each row those of every pattern.
EXAMPLES = """
flags.unconsumed
  WARN: Unconsumed cmdline flags: --use_hexagon=true
flags.duplicate
  WARNING: Duplicate flags: num_threads
flags.bad
  ERROR: Failed to parse flag 'num_runs' against argv '--num_runs=abc'
  ERROR: Output modebogus is not supported. Supported values are: 'stdout', 'csv' and 'proto'.
  ERROR: num_threads should be >= 0 or just -1 to let TFLite runtime set the value.
flags.graph
  ERROR: Please specify the name of your TF Lite input file with --graph
model.path
  ERROR: Could not open '/nonexistent.tflite'.
  ERROR: Failed to load model /nonexistent.tflite
  ERROR: Failed to initialize model loader with path x.tflite
model.corrupt
  ERROR: The model is not a valid Flatbuffer buffer
  ERROR: Mmap of '3' at offset '0' failed with error '22'.
  ERROR: Model provided has model identifier '\ufffd=', should be 'TFL3'
op.flex
  ERROR: Select TensorFlow op(s), included in the given model, is(are) not supported by this \
interpreter.
  ERROR: Node number 3 (FlexErf) failed to prepare.
op.custom
  ERROR: Encountered unresolved custom op: edgetpu-custom-op.
op.version
  ERROR: Didn't find op for builtin opcode 'FULLY_CONNECTED' version '12'.
op.invoke
  ERROR: Node number 3 (GATHER) failed to invoke.
  ERROR: Node number 6 (RESHAPE) failed to prepare.
sig.ambiguous
  ERROR: Signature not specified or incorrect. Pass one of the following to the flag \
"--signature_to_run_for"
shape
  ERROR: Input tensor #0 should have 4 dimensions!
  ERROR: The number of items in --input_layer_shape (1,8, with 1 items) must match the number of \
items in --input_layer
  FATAL: Inputs mismatch: Model inputs #:2 expected: 1
  FATAL: Incorrect size string specified: 1,a,b,3
values
  FATAL: Cannot find the corresponding input_layer name(other) in --input_layer as ids
  ERROR: Wrong low and high value of the input value range specified: ids,99,0
  ERROR: Wrong input value range item specified: serving_default_ids
  FATAL: Failed to read the input_layer_value_file:/nonexistent.bin
  ERROR: a:0:in.bin contains more than one delimiter.
  FATAL: The size of in_f32.bin is 110592 bytes. It should be 49152 bytes.
delegate.full
  INFO: Explicitly applied XNNPACK delegate, and the model graph will be completely executed by \
the delegate.
delegate.partial
  INFO: Explicitly applied GPU delegate, and the model graph will be partially executed by the \
delegate w/ 2 delegate kernels.
delegate.none
  INFO: Though EXTERNAL delegate is explicitly applied, the model graph will not be executed by \
the delegate.
delegate.strict
  ERROR: Disallowed CPU fallback detected.
  ERROR: [benchmark_litert_model.cc:110] Requesting full delegation and CPU acceleration are \
incompatible.
delegate.apply
  ERROR: Failed to apply EXTERNAL delegate.
delegate.default
  ERROR: Failed to apply the default TensorFlow Lite delegate indexed at 0.
delegate.restored
  ERROR: Restored original execution plan after delegate application failure.
  ERROR: Restored previous execution plan after delegate application failure.
delegate.replace
  VERBOSE: Replacing 64 out of 66 node(s) with delegate (TfLiteXNNPackDelegate) node, yielding 3 \
partitions for the whole graph.
  VERBOSE: Replacing 64 out of 66 node(s) with delegate (TfLiteXNNPackDelegate) node, yielding 3 \
partitions for subgraph 0 (main).
delegate.simple
  INFO: QnnDelegate delegate: 30 nodes delegated out of 32 nodes with 2 partitions.
  INFO: CoreML delegate: 3 nodes delegated out of 5 nodes, with 1 partitions.
external.created
  INFO: EXTERNAL delegate created.
xnnpack.implicit
  INFO: Created TensorFlow Lite XNNPACK delegate for CPU.
static.dynamic
  ERROR: Attempting to use a delegate that only supports static-sized tensors with a graph that \
has dynamic-sized tensors
gpu.unsupported_ops
  ERROR: Following operations are not supported by GPU delegate:
  ERROR: No operations will run on the GPU, and all 66 operations will run on the CPU.
gpu.platform
  WARN: GPU acceleration is unsupported on this platform.
  WARN: The GPU delegate compile options are only supported on Android or iOS platforms or when \
the tool was built with -DCL_DELEGATE_NO_GL.
gpu.opencl
  ERROR: Can not open OpenCL library on this device - undefined symbol: clGetCommandBuffer
  ERROR: OpenCL library not loaded - dlopen failed: library "libOpenCL-pixel.so" not found
  INFO: Falling back to OpenGL
gpu.init
  ERROR: TfLiteGpuDelegate Init: Only identical batch dimension is supported
gpu.serialized
  INFO: Initialized OpenCL-based API from serialized data.
litert.gpu_lib
  WARNING: [gpu_registry.cc:153] GPU accelerator could not be loaded and registered.
  WARNING: GPU accelerator could not be dynamically loaded and registered: no library
litert.gpu_ok
  INFO: [gpu_registry.cc:40] Statically linked GPU accelerator registered.
  INFO: Dynamically loaded GPU accelerator(libLiteRtClGlAccelerator.so) registered.
litert.npu
  WARNING: [npu_registry.cc:33] NPU accelerator could not be loaded and registered: \
kLiteRtStatusErrorInvalidArgument.
  INFO: Dispatch library directory is not set.
litert.dispatch_ver
  ERROR: [dispatch_delegate.cc:120] Incompatible dispatch API
qnn.skel
  ERROR: Failed to load skel, error: 4000
  ERROR: Unable to load Skel Library
  ERROR: QnnDevice_create failed with error 14001
  ERROR: apps_std_fopen_with_env failed with 0x2 for libQnnHtpV73Skel.so
qnn.version
  ERROR: Unsupported context binary version
  ERROR: QNN API version mismatch
hexagon.create
  WARN: Could not create Hexagon delegate: platform may not support delegate or required \
libraries are missing
hexagon.version
  ERROR: Failed to fetch Hexagon NN version.
  ERROR: Incompatible versions between interface library and libhexagon_skel 1 vs 2
  WARNING: Hexagon Delegate is not supported.
hexagon.skelpath
  remote handle open domain failed 0x80000406 for libhexagon_nn_skel_v66.so
nnapi.platform
  WARN: NNAPI acceleration is unsupported on this platform.
nnapi.list
  INFO: NNAPI accelerators available: [nnapi-reference]
nnapi.err
  ERROR: NN API returned error (ANEURALNETWORKS_OP_FAILED) at line 12 while computing.
nnapi.needs_flag
  WARN: `--use_nnapi=true` must be set for the provided NNAPI accelerator (x) to be used.
coreml.platform
  WARN: CoreML acceleration is unsupported on this platform.
isa
  This binary was compiled with dotprod enabled, but this feature is not available on this \
processor (go/sigill-fail-fast).
  Illegal instruction (core dumped)
  sh: line 1: 4711 Illegal instruction
glibc
  ./bm: /lib/libc.so.6: version `GLIBC_2.38' not found (required by ./bm)
abi
  "./bm": not executable: 64-bit ELF file
  bash: ./bm: cannot execute binary file: Exec format error
  sh: 1: ./bm: Exec format error
  ./bm: 1: Syntax error: "(" unexpected
  ./bm: line 1: \x7fELF\x02\x01: not found
perm
  sh: ./bm: can't execute: Permission denied
  bash: ./bm: Permission denied
busy
  sh: ./bm: Text file busy
link
  CANNOT LINK EXECUTABLE "./bm": library "libfoo.so" not found
  ./bm: error while loading shared libraries: libfoo.so.1: cannot open shared object file
  dyld[1]: Library not loaded: @rpath/libfoo.dylib
space
  write error: No space left on device
crash
  Segmentation fault (core dumped)
  sh: line 1: 77 Aborted
  Killed
mem.note
  INFO: Peak memory usage not available. (peak_mem_mb <= 0)
bench.fail
  ERROR: Benchmarking failed.
adb.unauth
  error: device unauthorized.
  This adb server's $ADB_VENDOR_KEYS is not set
adb.offline
  error: device offline
  adb: device 'emulator-5554' not found
  error: no devices/emulators found
adb.multi
  error: more than one device/emulator
adb.version
  adb server version (32) doesn't match this client (41); killing...
gpu.adapters
  ERROR: Failed to initialize WebGPU environment: INTERNAL: No adapters found
help.rc
  ERROR: usage: /data/local/tmp/benchmark_model <flags>
"""


def examples() -> list[tuple[str, str]]:
    """Return pairs of row and line: the rows are flush left, their lines are indented."""
    pairs: list[tuple[str, str]] = []
    name = ""
    for line in EXAMPLES.strip().split("\n"):
        if line.startswith("  "):
            pairs.append((name, line[2:]))
        else:
            name = line
    return pairs


LINES = examples()


def ids(stdout: str, stderr: str = "") -> list[str]:
    return [finding.id for finding in diagnose(stdout, stderr)]


def test_the_examples_have_every_row() -> None:
    assert {name for name, _ in LINES} == {row.id for row in ROWS}
    assert max(Counter(row.id for row in ROWS).values()) == 1


@pytest.mark.parametrize(
    ("name", "line"), LINES, ids=[f"{n}-{i}" for i, (n, _) in enumerate(LINES)]
)
def test_each_line_is_known(name: str, line: str) -> None:
    for stdout, stderr in ((line, ""), ("", f"INFO: before\n{line}\nINFO: after\n")):
        found = {finding.id: finding for finding in diagnose(stdout, stderr)}
        assert name in found
        assert found[name].evidence == bare(line)[:EVIDENCE_CHARS]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_each_pattern_has_an_example(row: Row) -> None:
    for pattern in row.patterns:
        assert any(
            pattern.words in line and re.search(pattern.regex, bare(line)) for _, line in LINES
        ), pattern


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_each_row_is_told_well(row: Row) -> None:
    assert row.meaning.endswith(".")
    assert "\n" not in row.meaning + row.advice
    assert row.source
    if row.severity in {Severity.FATAL, Severity.SILENT}:
        assert row.advice.endswith(".")


@pytest.mark.parametrize(
    ("prefix", "line"),
    [
        ("", "x"),
        ("INFO: ", "x"),
        ("WARNING: ", "x"),
        ("FATAL: ", "x"),
        ("I tflite  : ", "x"),
        ("11-20 14:32:01.123  1234  1235 W tflite  : ", "x"),
        ("E/tflite  ( 1234): ", "x"),
        ("I litert  : INFO: [gpu_registry.cc:153] ", "x"),
        ("INFO: [benchmark_litert_model.h:92] ", "x"),
    ],
)
def test_prefixes(prefix: str, line: str) -> None:
    assert bare(prefix + line) == line


def test_a_repeated_line_is_told_once_with_its_number() -> None:
    found = diagnose("", "ERROR: Node number 3 (GATHER) failed to invoke.\n" * 1000)

    (finding,) = found
    assert finding.evidence == "Node number 3 (GATHER) failed to invoke. [1000 times]"


def test_findings_come_in_the_order_of_the_lines() -> None:
    stderr = (
        "ERROR: The model is not a valid Flatbuffer buffer\n"
        "ERROR: Failed to load model x\nERROR: Benchmarking failed.\n"
    )

    assert ids("", stderr) == ["model.corrupt", "model.path", "bench.fail"]


def test_the_list_of_unsupported_operators_is_evidence() -> None:
    text = (
        "ERROR: Following operations are not supported by GPU delegate:\n"
        "ERROR: CAST: Not supported cast case.\n"
        "ERROR: GATHER: Operation is not supported.\n"
        "ERROR: 60 operations will run on the GPU, and the remaining 6 operations will run on the "
        "CPU.\n"
        "INFO: something else\n"
    )
    (finding,) = diagnose(text, "")

    assert finding.evidence.split("; ")[1:] == [
        "CAST: Not supported cast case.",
        "GATHER: Operation is not supported.",
        "60 operations will run on the GPU, and the remaining 6 operations will run on the CPU.",
    ]


def test_a_long_list_is_cut() -> None:
    text = "Following operations are not supported by GPU delegate:\n" + "CAST: no\n" * 500
    (finding,) = diagnose(text, "")

    assert finding.evidence.count("CAST") == MOST_FOLLOWING_LINES


@pytest.mark.parametrize(
    "line",
    [
        "INFO: Graph: [models/Killed.tflite]",
        "INFO: Loaded model Aborted.tflite",
        "INFO: count=1 curr=5",
        "Node number of nodes: 5",
        "INFO: STARTING!",
    ],
)
def test_ordinary_lines_mean_nothing(line: str) -> None:
    assert ids(line) == []


def flood(line: str, size: int) -> str:
    return f"{line}\n" * (size // (len(line) + 1))


@pytest.mark.parametrize(
    "text",
    [
        flood("ERROR: Node number 3 (GATHER) failed to invoke.", 5_000_000),
        # Words without the rest of the line: the expression is tried on every line.
        flood("Node number Killed Aborted Permission denied Replacing Output mode", 5_000_000),
        "Killed " * 700_000,
        "\n" * 5_000_000,
        "Node number " + "9" * 5_000_000,
        "x" * 5_000_000,
    ],
    ids=["failing", "near", "one-line", "empty", "digits", "nothing"],
)
def test_floods_take_linear_time(text: str) -> None:
    """Five megabytes are read at some megabytes a second, whatever is in them."""
    started = time.perf_counter()
    found = diagnose(text, "")
    assert time.perf_counter() - started < 10
    assert all(len(finding.evidence) < 400 for finding in found)


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_is_diagnosed(stdout: str, stderr: str) -> None:
    for finding in diagnose(stdout, stderr):
        assert finding.evidence


def test_the_manual_names_every_row(repository: Path) -> None:
    text = (repository / "docs" / "diagnosis.md").read_text()
    for row in ROWS:
        (line,) = (line for line in text.splitlines() if line.startswith(f"| `{row.id}` |"))
        assert row.meaning.replace("|", "/") in line
