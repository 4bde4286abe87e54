"""The command line. Flags that benchmark_model has carry its names and meanings."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass

from .timing import Budget

# `xnnpack` as the runtime's option calls it, and the kernels that do without a delegate.
KERNEL_MODES = {"xnnpack": "delegate", "none": "builtin"}


@dataclass(frozen=True, slots=True)
class Options:
    """What to measure and how.

    Attributes:
        graph: Path of the model.
        threads: Number of CPU threads.
        delegate: `xnnpack` or `none`.
        signature: Signature to run; None takes the first.
        shapes: Shape by input name, for inputs to be resized.
        ranges: Smallest and largest value by input name.
        warmup: Untimed inferences before.
        timed: Timed inferences.
        profiling: Whether to measure operators.
        seed: Seed of the random input data.
        output: File for the result; None prints it.
    """

    graph: str
    threads: int
    delegate: str
    signature: str | None
    shapes: dict[str, tuple[int, ...]]
    ranges: dict[str, tuple[float, float]]
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
        signature=given.signature_to_run_for,
        shapes=dict(given.input_shape),
        ranges=dict(given.input_range),
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
    add("--seed", type=int, default=0, help="of the random input data")
    add("--output", metavar="FILE", help="where to write the result; printed without it")
    return parser


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
