"""The command line. Flags that benchmark_model has carry its names and meanings."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass

from .timing import Budget

# What the CPU does, as the runtime's option calls it: XNNPACK takes what it can, also of what
# another delegate leaves, or the built-in kernels do without a delegate.
KERNEL_MODES = {
    "xnnpack": "delegate",
    "none": "builtin",
    "gpu": "delegate",
    "npu": "delegate",
    "external": "delegate",
}


@dataclass(frozen=True, slots=True)
class Options:
    """What to measure and how.

    Attributes:
        graph: Path of the model.
        threads: Number of CPU threads.
        delegate: One of `KERNEL_MODES`.
        fp16: Whether XNNPACK computes in half precision.
        weight_cache: File that XNNPACK keeps packed weights in; None keeps none.
        gpu_precision: `fp16` or `fp32`; empty leaves it to the accelerator.
        gpu_wait: Whether a run returns when the GPU is done; else when its work is queued.
        npu_vendor: Whose dispatch library and compiler plugin.
        npu_libraries: Folder with both; empty takes those of the wheel.
        npu_options: The vendor's, names and values.
        external_path: Library of an external delegate.
        external_options: What it is told, keys and values.
        signature: Signature to run; None takes the first.
        shapes: Shape by input name, for inputs to be resized.
        ranges: Smallest and largest value by input name.
        input_files: NAME=FILE, raw little-endian values of an input instead of random data. Either
            may hold a `=`: `inputs.files_by_name` splits them.
        output_file: File for the values of all outputs, one behind the other in the order of the
            signature; None writes none.
        warmup: Untimed inferences before.
        timed: Timed inferences.
        profiling: Whether to measure operators.
        seed: Seed of the random input data.
        output: File for the result; None prints it.
    """

    graph: str
    threads: int
    delegate: str
    fp16: bool
    weight_cache: str | None
    gpu_precision: str
    gpu_wait: bool
    npu_vendor: str
    npu_libraries: str
    npu_options: tuple[tuple[str, str], ...]
    external_path: str
    external_options: tuple[tuple[str, str], ...]
    signature: str | None
    shapes: dict[str, tuple[int, ...]]
    ranges: dict[str, tuple[float, float]]
    input_files: tuple[str, ...]
    output_file: str | None
    warmup: Budget
    timed: Budget
    profiling: bool
    seed: int
    output: str | None


def parse(argv: Sequence[str]) -> Options | None:
    """Return the options of `measure`, or None for `identify`.

    Raises:
        SystemExit: The command line is wrong; usage was printed.
    """
    given = _parser().parse_args(argv)
    if given.command == "identify":
        return None
    return Options(
        graph=given.graph,
        threads=given.num_threads,
        delegate=given.delegate,
        fp16=given.xnnpack_force_fp16 == "true",
        weight_cache=given.xnnpack_weight_cache_file_path,
        gpu_precision=given.gpu_precision,
        gpu_wait=given.gpu_wait == "true",
        npu_vendor=given.npu_vendor,
        npu_libraries=given.npu_libraries,
        npu_options=tuple(given.npu_option),
        external_path=given.external_delegate_path,
        external_options=tuple(given.external_delegate_option),
        signature=given.signature_to_run_for,
        shapes=dict(given.input_shape),
        ranges=dict(given.input_range),
        input_files=tuple(given.input_file),
        output_file=given.output_file,
        warmup=Budget(given.warmup_runs, given.warmup_min_secs, given.max_secs),
        timed=Budget(given.num_runs, given.min_secs, given.max_secs, given.run_delay),
        profiling=given.enable_op_profiling == "true",
        seed=given.seed,
        output=given.output,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="benchhub.tools.litert.child", description=__doc__, allow_abbrev=False
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("identify", help="say which wheel would measure, as JSON")
    measure = commands.add_parser("measure", help="measure a model", allow_abbrev=False)
    add = measure.add_argument
    add("--graph", required=True, metavar="FILE")
    add("--delegate", choices=sorted(KERNEL_MODES), default="xnnpack")
    _add_delegates(measure)
    add("--num_threads", type=_natural, default=1)
    add("--num_runs", type=_natural, default=50)
    add("--min_secs", type=_seconds, default=1.0)
    add("--max_secs", type=_seconds, default=150.0)
    add("--warmup_runs", type=int, default=1)
    add("--warmup_min_secs", type=_seconds, default=0.5)
    add("--run_delay", type=_seconds, default=0.0)
    add("--signature_to_run_for", metavar="KEY")
    add("--enable_op_profiling", choices=("false", "true"), default="false")
    add("--input_shape", type=_shape, action="append", default=[], metavar="NAME=1,224,224,3")
    add("--input_range", type=_range, action="append", default=[], metavar="NAME=0,99")
    add("--input_file", action="append", default=[], metavar="NAME=FILE")
    add("--output_file", metavar="FILE", help="where to write the values of the outputs")
    add("--seed", type=int, default=0, help="of the random input data")
    add("--output", metavar="FILE", help="where to write the result; printed without it")
    return parser


def _add_delegates(measure: argparse.ArgumentParser) -> None:
    add = measure.add_argument
    add("--xnnpack_force_fp16", choices=("false", "true"), default="false")
    add("--xnnpack_weight_cache_file_path", metavar="FILE")
    add("--gpu_precision", choices=("fp16", "fp32"), default="")
    add("--gpu_wait", choices=("false", "true"), default="true", help="until the GPU is done")
    add("--npu_vendor", default="intel_openvino", metavar="NAME")
    add("--npu_libraries", default="", metavar="FOLDER")
    add("--npu_option", type=_option, action="append", default=[], metavar="NAME=VALUE")
    add("--external_delegate_path", default="", metavar="FILE")
    add("--external_delegate_option", type=_option, action="append", default=[], metavar="KEY=V")


def _option(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise argparse.ArgumentTypeError(f"{text} is not NAME=VALUE")
    return name, value


def _natural(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds")
    return number


def _named(text: str) -> tuple[str, list[str]]:
    """Split at the last `=`: a name may hold any character, a list of numbers has none."""
    name, sign, values = text.rpartition("=")
    if not sign or not name:
        raise argparse.ArgumentTypeError(f"{text} is not NAME=VALUES")
    return name, values.split(",")


def _shape(text: str) -> tuple[str, tuple[int, ...]]:
    name, values = _named(text)
    shape = tuple(int(value) for value in values)
    if any(not 0 < size < 1 << 31 for size in shape):
        raise argparse.ArgumentTypeError(f"{text}: each dimension is a whole number from 1")
    return name, shape


def _range(text: str) -> tuple[str, tuple[float, float]]:
    name, values = _named(text)
    numbers = [float(value) for value in values]
    if len(numbers) != 2 or not -math.inf < numbers[0] <= numbers[1] < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not NAME=LOW,HIGH")
    return name, (numbers[0], numbers[1])
