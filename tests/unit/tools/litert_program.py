"""The recorded runs of LiteRT's program, read as the tool would."""

from __future__ import annotations

from pathlib import Path

from benchhub.records import (
    Case,
    CommandResult,
    Configuration,
    Measure,
    ModelVariant,
    Purpose,
    Reading,
)
from benchhub.tools.benchmark_litert_model import reading
from benchhub.tools.tool import Artifacts

RECORDED = Path(__file__).parents[2] / "recorded" / "benchmark_litert_model"
FILES = {"result": "result.pb", "runtime_info": "runtime_info.pb"}


def measure(**changes: float) -> Measure:
    values: dict[str, float] = {"num_runs": 20, "min_secs": 0.2, **changes}
    return Measure(
        rounds=1,
        profile_rounds=1,
        num_runs=int(values["num_runs"]),
        min_secs=values["min_secs"],
        max_secs=150.0,
        warmup_runs=2,
        warmup_min_secs=0.1,
        run_delay_s=0.0,
        cooldown_s=0.0,
        timeout_s=60.0,
    )


def case(delegate: str = "xnnpack") -> Case:
    return Case(
        ModelVariant("m", "v", "m.tflite", "0" * 64, 1),
        Configuration(delegate, delegate, 1),
        "benchmark_litert_model",
    )


class Recording:
    """One recorded run: its command, its end, what it printed and wrote."""

    def __init__(self, name: str) -> None:
        lines = (RECORDED / "runs.tsv").read_text().splitlines()[1:]
        _, returncode, command = next(row for line in lines if (row := line.split("\t"))[0] == name)
        self.argv = tuple(command.split(" "))
        self.returncode = int(returncode)
        self.stdout = self._text(name, "stdout")
        self.stderr = self._text(name, "stderr")
        file = FILES.get(name)
        self.files = {file: (RECORDED / f"{name}.pb").read_bytes()} if file else {}

    @staticmethod
    def _text(name: str, stream: str) -> str:
        path = RECORDED / f"{name}.{stream}"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    @property
    def delegate(self) -> str:
        asked = [name for name in ("gpu", "npu") if f"--use_{name}=true" in self.argv]
        return asked[0] if asked else "xnnpack"

    @property
    def purpose(self) -> Purpose:
        return Purpose.PROFILE if "--use_profiler=true" in self.argv else Purpose.LATENCY

    def read(self, delegate: str | None = None) -> Reading:
        result = CommandResult(self.argv, self.returncode, self.stdout, self.stderr, 1.0)
        return reading.read(
            case(delegate or self.delegate),
            measure(),
            self.purpose,
            Artifacts(result, self.files),
        )


def names() -> list[str]:
    lines = (RECORDED / "runs.tsv").read_text().splitlines()[1:]
    return [line.split("\t")[0] for line in lines]


def ids(found: Reading) -> tuple[str, ...]:
    return tuple(finding.id for finding in found.findings)
