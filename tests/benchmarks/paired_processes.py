"""Pairs of real fresh processes, measured by the product itself; and other comparisons of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchhub.analysis.pairs import pairs_of
from benchhub.devices.inventory import find_devices
from benchhub.execution.comparing import Words, make_comparison
from benchhub.execution.observer import Progress
from benchhub.execution.pairing import sides_of
from benchhub.execution.planning import Choices, nobody
from benchhub.execution.session import begin, carry_out
from benchhub.models.peak_models import FLOAT32, PeakModel, build
from benchhub.records import Invocation, PlannedInvocation, Refusal, Run
from benchhub.results.store import RunFolder
from benchhub.workspace import Workspace, packaged
from tests.heavier_model import behind

from .noise_models import INFERENCES, Times
from .other_rules import OtherRule

HOST = "host"
# Behind which node of MobileNetV2 a further convolution, 7 and 9 % of all multiply-accumulates,
# makes about 5 and 10 % more time. The true ratio is printed.
HEAVIER = {"slower_5": 24, "slower_10": 50}
UNCHANGED = ("float32", "int8", "large_matrix")
NAMES = {
    "float32": "MobileNetV2 float32",
    "int8": "MobileNetV2 int8",
    "large_matrix": "matrix of 8 MB",
    "slower_5": "about +5 %",
    "slower_10": "about +10 %",
}
_LARGE_MATRIX = PeakModel("large_matrix", FLOAT32, "FULLY_CONNECTED", (1, 2048, 1024))
_MEASURE = "{rounds: 1, profile_rounds: 0, warmup_min_secs: 0.2, num_runs: 50, min_secs: %s}"


@dataclass(frozen=True, slots=True)
class Measured:
    """The valid pairs of one model, in the order measured.

    Attributes:
        case: Key of `NAMES`.
        before: Inferences of the baseline in microseconds, spread evenly over each process: pairs x
            `INFERENCES`.
        after: Likewise of the candidate.
        logs: ln(candidate / baseline) of each pair, of the medians of all inferences.
        invalid: Pairs that do not count.
    """

    case: str
    before: Times
    after: Times
    logs: Times
    invalid: int

    @property
    def unchanged(self) -> bool:
        """Whether both sides are the same file."""
        return self.case not in HEAVIER


class Bench:
    """A workspace with a baseline and a candidate of each model.

    Args:
        root: An empty folder.
        cases: Keys of `NAMES`.
        min_secs: Seconds of timed inferences in each process.
    """

    def __init__(self, root: Path, cases: Sequence[str], min_secs: float) -> None:
        self._workspace = Workspace(root)
        self._suite = root / "suites" / "evidence.yaml"
        for folder in ("devices", "suites", "baseline"):
            (root / folder).mkdir()
        shutil.copy(packaged("devices") / "host.yaml", root / "devices")
        lines = ["name: evidence", f"measure: {_MEASURE % min_secs}", "models:"]
        for case in cases:
            before, after = _models(case)
            (root / "baseline" / f"{case}.tflite").write_bytes(before)
            (root / "suites" / f"{case}.tflite").write_bytes(after)
            lines.append(f"  - {{name: {case}, variants: {{v: {case}.tflite}}}}")
        lines.append("configurations: [{delegate: xnnpack, threads: 1}]")
        self._suite.write_text("\n".join(lines) + "\n")

    def compare(self, looks: tuple[int, ...] | None, seed: int, tell: Callable[[str], None]) -> Run:
        """Measure a comparison as `benchhub ab` does.

        Args:
            looks: Numbers of pairs at which is decided; None takes the gate's own.
            seed: Decides the order.
            tell: Is told how far it is.

        Raises:
            SystemExit: This machine is in use by another run.
        """
        gate = {"looks": looks} if looks else {}
        words = Words(self._suite, str(self._workspace.root / "baseline"), None, gate)
        devices = find_devices(self._workspace, (HOST,))
        plan, _ = make_comparison(
            self._workspace, words, devices, Choices(seed=seed), nobody, making=False
        )
        folder: RunFolder = begin(plan, self._workspace)
        end = carry_out(folder, devices, self._workspace, _Watcher(tell))
        for failure in end.lost.values():
            raise SystemExit(f"{failure.message} {failure.advice}".rstrip())
        return folder.read()


def measured(run: Run) -> tuple[Measured, ...]:
    """Return the pairs of each model of a comparison."""
    found = []
    for sides in sides_of(run.plan):
        pairs = pairs_of(sides, run.invocations)
        valid = [pair for pair in pairs if not pair.problem]
        found.append(
            Measured(
                case=sides[0].variant.model,
                before=np.array([_spread(pair.baseline) for pair in valid]),
                after=np.array([_spread(pair.candidate) for pair in valid]),
                logs=np.array([pair.log_ratio for pair in valid], dtype=np.float64),
                invalid=len(pairs) - len(valid),
            )
        )
    return tuple(found)


def resampled_logs(one: Measured, random: np.random.Generator, rows: int) -> Times:
    """Return comparisons of all pairs: in the order measured from a pair drawn at random, wrapping.

    Where nothing changed, which process of a pair is the candidate is drawn as well; else pairs
    are in random order, as only then comparisons differ.
    """
    count = len(one.logs)
    if one.unchanged:
        begin = random.integers(0, count, (rows, 1))
        order = (begin + np.arange(count)) % count
        signed: Times = one.logs[order] * random.choice((-1.0, 1.0), size=(rows, count))
        return signed
    order = random.permuted(np.tile(np.arange(count), (rows, 1)), axis=1)
    drawn: Times = one.logs[order]
    return drawn


def resampled_sides(
    one: Measured, rule: OtherRule, random: np.random.Generator, rows: int
) -> tuple[Times, Times]:
    """Return both sides of comparisons as another rule measures them, in microseconds.

    In turns: that many consecutive pairs. Else a block of consecutive pairs gives the baseline and
    a later one the candidate. Where nothing changed, it is drawn which process of a pair is taken.
    """
    count, size = len(one.logs), rule.processes
    steps = np.arange(size)
    if rule.interleaved:
        early = late = random.integers(0, count - size + 1, rows)
    else:
        early = random.integers(0, count - 2 * size + 1, rows)
        late = random.integers(early + size, count - size + 1)
    first, second = early[:, None] + steps, late[:, None] + steps
    swapped = random.random((2, rows, size, 1)) < 0.5 if one.unchanged else np.zeros((2, 1, 1, 1))
    if rule.interleaved:
        swapped[-1] = swapped[0]
    before = np.where(swapped[0], one.after[first], one.before[first])
    after = np.where(swapped[1], one.before[second], one.after[second])
    return before, after


def enough(one: Measured, rule: OtherRule) -> bool:
    """Whether there are as many pairs as a rule wants."""
    return len(one.logs) >= rule.processes * (1 if rule.interleaved else 2)


def processors() -> str:
    """Return what this machine computes with, in words."""
    model = "unknown CPU"
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return f"{model}, {os.cpu_count()} logical processors"


def _models(case: str) -> tuple[bytes, bytes]:
    if case == "large_matrix":
        content = build(_LARGE_MATRIX)
        return content, content
    name = "int8" if case == "int8" else "float32"
    content = (packaged("suites") / f"models/mobilenet_v2_035_96_{name}.tflite").read_bytes()
    return content, behind(content, HEAVIER[case]) if case in HEAVIER else content


def _spread(invocation: Invocation | None) -> list[float]:
    assert invocation is not None
    assert invocation.reading.latency is not None
    samples = invocation.reading.latency.samples_us
    return [samples[int(place)] for place in np.linspace(0, len(samples) - 1, INFERENCES)]


class _Watcher:
    """Tells how far the measurement is, and what goes wrong."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    def step_started(self, step: PlannedInvocation, progress: Progress) -> None:
        if step.number % 50 == 1:
            self._tell(f"process {progress.done} of at most {progress.total}")

    def step_finished(self, invocation: Invocation, progress: Progress) -> None:
        del progress
        if invocation.reading.failure:
            self._tell(invocation.reading.failure.message)

    def refused(self, refusal: Refusal) -> None:
        self._tell(refusal.failure.message)

    def waiting(self, progress: Progress, why: str) -> None:
        del progress
        self._tell(why)

    def trouble(self, device: str, message: str) -> None:
        self._tell(f"{device}: {message}")

    def device_finished(self, progress: Progress) -> None:
        pass
