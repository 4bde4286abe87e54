"""What known lines of the measuring programs mean.

Lines were read in the sources of TensorFlow Lite and LiteRT, in their issue trackers and in
recorded runs; `source` says where. Some causes print no line at all, so they have no row:
LiteRT's fall back from one accelerator to the next, and NNAPI's deprecation in Android 15.
"""

from __future__ import annotations

from benchhub.records import Severity
from benchhub.tools.diagnosis_delegates import DELEGATE_ROWS
from benchhub.tools.diagnosis_links import LINK_ROWS
from benchhub.tools.diagnosis_row import Pattern, Row

__all__ = ["ROWS", "Pattern", "Row"]

FATAL, SILENT, NOISE = Severity.FATAL, Severity.SILENT, Severity.NOISE

FLAG_ROWS = (
    Row(
        "flags.unconsumed",
        SILENT,
        "benchmark_model.cc, ParseFlags",
        "The program ignored a flag: unknown to it, given twice, bare, or with a blank.",
        "Use a program of another family, version or platform that knows the flag.",
        (Pattern("Unconsumed cmdline flags: "),),
    ),
    Row(
        "flags.duplicate",
        NOISE,
        "command_line_flags.cc",
        "Two parts of a debug build registered the same flag.",
        "",
        (Pattern("Duplicate flags: "),),
    ),
    Row(
        "flags.bad",
        FATAL,
        "command_line_flags.cc",
        "The program could not read the value of a flag.",
        "Correct the value.",
        (
            Pattern("Failed to parse flag '"),
            Pattern("Output mode", r"^Output mode.{0,100} is not supported\. Supported values"),
            Pattern("num_threads should be >= 0"),
        ),
    ),
    Row(
        "flags.graph",
        FATAL,
        "benchmark_tflite_model.cc",
        "The program was given no model.",
        "Give it as --graph=FILE.",
        (Pattern("Please specify the name of your TF Lite input file with --graph"),),
    ),
)

MODEL_ROWS = (
    Row(
        "model.path",
        FATAL,
        "benchmark_tflite_model.cc",
        "The model could not be loaded.",
        "Check that the file is at this path on the device, and complete.",
        (
            Pattern("Could not open '", r"^Could not open '"),
            Pattern("Failed to load model "),
            Pattern("Failed to initialize model loader with path "),
        ),
    ),
    Row(
        "model.corrupt",
        FATAL,
        "measured",
        "The model file is empty, damaged or no .tflite file.",
        "Make it again, or compare its sha256 with that of the original.",
        (
            Pattern("The model is not a valid Flatbuffer buffer"),
            Pattern("Mmap of '", r"^Mmap of '.{1,60} failed with error '"),
            Pattern("Model provided has model identifier '"),
        ),
    ),
    Row(
        "op.flex",
        FATAL,
        "flex/README",
        "The model has operators of TensorFlow that this program was built without.",
        "Use the program whose name ends in _plus_flex, or convert without Select TF ops.",
        (
            Pattern("Select TensorFlow op(s), included in the given model, is(are) not supported"),
            Pattern(" (Flex", r"Node number \d+ \(Flex\w+\) failed to prepare"),
        ),
    ),
    Row(
        "op.custom",
        FATAL,
        "subgraph.cc",
        "The model has a custom operator that this program does not know.",
        "edgetpu-custom-op is a model for the Edge TPU; others need a program built with them.",
        (Pattern("Encountered unresolved custom op: "),),
    ),
    Row(
        "op.version",
        FATAL,
        "op_resolver.cc; measured",
        "The model needs a newer version of an operator than this program has.",
        "Use a newer program, or convert the model with an older converter.",
        (Pattern("Didn't find op for builtin opcode '"),),
    ),
    Row(
        "op.invoke",
        FATAL,
        "measured",
        "An operator refused its input shape or its input values.",
        "Give the model's inputs a shape and a range in the suite.",
        (Pattern("Node number ", r"^Node number \d+ \(\w+\) failed to (?:prepare|invoke)\."),),
    ),
    Row(
        "sig.ambiguous",
        FATAL,
        "benchmark_tflite_model.cc; measured",
        "The model has several signatures, or not the one that was asked for.",
        "Choose one of them in the suite with `signature:`.",
        (Pattern('Pass one of the following to the flag "--signature_to_run_for"'),),
        follow=r"^#> Signature key: ",
    ),
    Row(
        "shape",
        FATAL,
        "benchmark_tflite_model.cc; measured",
        "The shapes that were given do not fit the model's inputs.",
        "Correct `inputs:` in the suite: all inputs of the model, each with its shape.",
        (
            Pattern("Input tensor #", r"^Input tensor #\d+ should have \d+ dimensions!"),
            Pattern("must match the number of items in"),
            Pattern("Inputs mismatch: Model inputs #:"),
            Pattern("Incorrect size string specified: "),
        ),
    ),
    Row(
        "values",
        FATAL,
        "benchmark_tflite_model.cc; measured",
        "The input values that were asked for cannot be made.",
        "Correct the range or the file of the input.",
        (
            Pattern("Cannot find the corresponding input_layer name("),
            Pattern("Wrong low and high value of the input value range specified: "),
            Pattern("Wrong input value range item specified: "),
            Pattern("Failed to read the input_layer_value_file:"),
            Pattern(" contains more than one delimiter."),
            Pattern(" bytes. It should be ", r"^The size of .{1,500} is \d+ bytes\. It should be "),
        ),
    ),
)

PROGRAM_ROWS = (
    Row(
        "isa",
        FATAL,
        "LiteRT#5675",
        "The program uses instructions that this processor does not have.",
        "LiteRT's linux_arm64 programs need dotprod (no Raspberry Pi 4): use the TFLite family.",
        (
            Pattern("but this feature is not available on this processor"),
            Pattern("Illegal instruction", r"(?:^|[:\d] +)Illegal instruction(?: *\(|$)"),
        ),
    ),
    Row(
        "glibc",
        FATAL,
        "Tensorflow-bin#22",
        "The C library of the device is older than the program needs.",
        "Use an older or a statically linked program, or a newer system.",
        (Pattern("version `GLIBC", r"version `GLIBC(?:XX)?_[\d.]+' not found"),),
    ),
    Row(
        "abi",
        FATAL,
        "measured",
        "The program was built for another architecture.",
        "Use the program for the device's architecture (uname -m; on 32-bit systems getconf "
        "LONG_BIT).",
        (
            Pattern("not executable: ", r"not executable: (?:32|64)-bit ELF file"),
            Pattern("Exec format error"),
            Pattern("cannot execute binary file"),
            # A shell that takes a foreign program for a script.
            Pattern("Syntax error: ", r": \d{1,9}: (?:.{1,200}: )?Syntax error: "),
            Pattern("\x7fELF", "\x7fELF.{0,200}not found"),
        ),
    ),
    Row(
        "perm",
        FATAL,
        "larq#665",
        "The program may not be executed there.",
        "Make it executable (chmod +x), in a folder that is not mounted noexec.",
        (
            Pattern("can't execute: Permission denied"),
            Pattern("Permission denied", r": Permission denied$"),
        ),
    ),
    Row(
        "busy",
        FATAL,
        "generic ETXTBSY",
        "The program file is still being written.",
        "Wait for the copy to end, or use another file name.",
        (Pattern("Text file busy"),),
    ),
    Row(
        "link",
        FATAL,
        "MNN#87",
        "A shared library that the program needs is not there.",
        "Put it beside the others and name its folder in LD_LIBRARY_PATH.",
        (
            Pattern("CANNOT LINK EXECUTABLE"),
            Pattern("error while loading shared libraries: "),
            Pattern("Library not loaded: "),
        ),
    ),
    Row(
        "space",
        FATAL,
        "generic ENOSPC",
        "The disk of the device is full.",
        "Remove files there.",
        (Pattern("No space left on device"),),
    ),
    Row(
        "crash",
        FATAL,
        "generic",
        "The program crashed or was killed.",
        "Killed means out of memory in most cases; else keep the output for a bug report.",
        (
            Pattern("Segmentation fault", r"(?:^|[:\d] +)Segmentation fault(?: *\(|$| +\S)"),
            Pattern("Aborted", r"(?:^|[:\d] +)Aborted(?: *\(|$| +\S)"),
            Pattern("Killed", r"(?:^|[:\d] +)Killed(?:$| +\S)"),
        ),
    ),
    Row(
        "mem.note",
        NOISE,
        "benchmark_litert_model.h",
        "The peak of the memory was not watched.",
        "",
        (Pattern("Peak memory usage not available. (peak_mem_mb <= 0)"),),
    ),
    Row(
        "bench.fail",
        FATAL,
        "benchmark_main.cc",
        "The program gave up.",
        "The lines before it say why.",
        (Pattern("Benchmarking failed."),),
    ),
)

ROWS = FLAG_ROWS + MODEL_ROWS + DELEGATE_ROWS + PROGRAM_ROWS + LINK_ROWS
