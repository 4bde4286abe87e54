"""One step that verifies, with the real runtime and the real program on this machine."""

from __future__ import annotations

import math
import stat
import struct
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from benchhub.devices.digest import sha256_of
from benchhub.devices.fake import FakeTransport
from benchhub.devices.host import HostTransport
from benchhub.execution import verification
from benchhub.execution.invocation import Bench
from benchhub.execution.references import Reference, References
from benchhub.execution.verification import verify
from benchhub.records import (
    Case,
    Configuration,
    ExternalOptions,
    Failure,
    InputSpec,
    Invocation,
    Measure,
    ModelVariant,
    PlannedInvocation,
    Purpose,
    Severity,
    Status,
    ToolIdentity,
    Verify,
)
from benchhub.tools.benchmark_litert_model import BenchmarkLitertModelTool
from benchhub.tools.benchmark_model import BenchmarkModelTool
from benchhub.tools.litert import LiteRtTool
from benchhub.tools.tool import Tool
from benchhub.workspace import Workspace

from ...mixed_model import mixed_model, scalar_model

MEASURE = Measure(1, 0, 50, 1.0, 150.0, 1, 0.5, 0.0, 0.0, 60.0)
EXACT = Verify(max_abs=0.0)
CLOSE = Verify(max_abs=1e-5)


@dataclass
class Desk:
    """A folder to work in, with a tool."""

    root: Path
    tool: Tool
    artifacts: dict[str, bytes]
    identity: ToolIdentity | None = None

    def __call__(
        self,
        path: Path,
        *inputs: InputSpec,
        limits: Verify = CLOSE,
        configuration: Configuration | None = None,
    ) -> Invocation:
        host = HostTransport("host", self.root)
        self.identity = self.identity or self.tool.identify(host)
        variant = ModelVariant("m", "v", str(path), sha256_of(path), 1, None, inputs)
        how = configuration or Configuration("none", "none", 1)
        case = Case(variant, how, self.tool.name)
        references = References(limits.seed, Workspace(self.root))
        references.prepare([case], lambda _: None)
        bench = Bench(host, host, self.tool, self.identity, MEASURE, "work")
        step = PlannedInvocation(7, "host", case.id, 1, Purpose.VERIFY)
        folder = self.root / "step"
        folder.mkdir(exist_ok=True)
        invocation, self.artifacts = verify(
            bench, case, step, str(path), folder, references.of(case), limits
        )
        return invocation


@pytest.fixture(params=["litert", "benchmark_model"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    if request.param == "litert":
        return Desk(tmp_path, LiteRtTool({"python": sys.executable}), {})
    program = request.getfixturevalue("benchmark_model")
    return Desk(tmp_path, BenchmarkModelTool({"path": str(program)}), {})


@pytest.fixture
def program(tmp_path: Path, benchmark_model: Path) -> Desk:
    return Desk(tmp_path, BenchmarkModelTool({"path": str(benchmark_model)}), {})


@pytest.mark.parametrize("delegate", ["none", "xnnpack"])
def test_inputs_and_outputs_of_six_types_find_their_places(desk: Desk, delegate: str) -> None:
    path = mixed_model(desk.root / "mixed.tflite")
    how = Configuration(delegate, delegate, 1)
    done = desk(path, limits=Verify(max_abs=1e-6, seed=5), configuration=how)
    assert done.reading.failure is None
    agreement = done.reading.agreement
    assert agreement is not None
    assert (agreement.elements, agreement.outside) == (31, 0)
    assert done.status is Status.OK
    assert done.purpose is Purpose.VERIFY
    assert done.reading.latency is None
    assert len(desk.artifacts["outputs.bin"]) == 3 + 24 + 5 + 16 + 56 + 6
    assert "outputs.bin" in done.artifacts
    (finding,) = [one for one in done.reading.findings if one.id == "verify.agreement"]
    assert finding.severity is Severity.INFO
    assert "seed 5" in finding.evidence
    assert "r is int8, compared in real values, a step is 0.250" in finding.evidence


def test_nothing_but_a_scalar(desk: Desk) -> None:
    done = desk(scalar_model(desk.root / "scalar.tflite"), limits=EXACT)
    if desk.tool.name == "benchmark_model":
        assert done.status is Status.FAILED
        assert done.reading.failure is not None
        assert "cannot feed 's': the only input is a scalar" in done.reading.failure.message
        assert done.reading.failure.advice == "Verify with the tool litert."
        return
    assert done.reading.agreement is not None
    assert (done.status, done.reading.agreement.elements) == (Status.OK, 1)
    assert done.reading.agreement.worst == ""


@pytest.mark.parametrize(
    ("model", "specs"),
    [
        ("two_in", ()),
        ("smallconv_f32", ()),
        ("embed", (InputSpec("ids", (1, 16), 0, 99),)),
        ("lstm", (InputSpec("keras_tensor_312", (1, 5, 8)),)),
    ],
)
def test_recorded_models_agree(
    desk: Desk, recorded: Path, model: str, specs: tuple[InputSpec, ...]
) -> None:
    done = desk(recorded / "models" / f"{model}.tflite", *specs)
    assert (done.status, done.reading.failure) == (Status.OK, None)
    # An input in the place of another one would show: these outputs depend on all of them.
    assert done.reading.agreement is not None
    assert done.reading.agreement.max_abs is not None


@pytest.mark.rig("delegate")
@pytest.mark.parametrize(("off", "status"), [("0", Status.PARTIAL), ("0.25", Status.WRONG)])
def test_a_delegate_that_is_wrong(desk: Desk, recorded: Path, off: str, status: Status) -> None:
    library = Path(__file__).parents[2] / "rigs" / "unpacked" / "delegate" / "libtestdelegate.so"
    options = ExternalOptions(library=str(library), options=(("take", "RESHAPE"), ("wrong", off)))
    how = Configuration("external", "external", 1, options=options)
    done = desk(recorded / "models" / "smallconv_f32.tflite", configuration=how)
    assert done.reading.failure is None
    assert done.status is status
    assert done.reading.agreement is not None
    assert (done.reading.agreement.outside > 0) == (status is Status.WRONG)


def test_rounding_alone_is_outside_of_no_tolerance(program: Desk, recorded: Path) -> None:
    how = Configuration("xnnpack", "xnnpack", 1)
    path = recorded / "models" / "smallconv_f32.tflite"
    done = program(path, limits=EXACT, configuration=how)
    assert done.status is Status.WRONG
    agreement = done.reading.agreement
    assert agreement is not None
    assert agreement.max_abs is not None
    assert 0 < agreement.max_abs < 1e-4
    assert " instead of " in agreement.worst
    assert program(path, limits=CLOSE, configuration=how).status is Status.OK


def fake(desk: Desk, benchmark_model: Path, script: str) -> None:
    """Let another program answer, which knows the real one and where its outputs go."""
    path = desk.root / "benchmark_model"
    path.write_text(
        "#!/bin/sh\n"
        f"real={benchmark_model}\n"
        'case "$*" in *--help*) exec "$real" "$@" ;; esac\n'
        "for word; do case $word in --output_filepath=*) out=${word#*=} ;; esac; done\n"
        f"{script}\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    desk.tool = BenchmarkModelTool({"path": str(path)})


NANS = "".join(f"\\{byte:03o}" for byte in struct.pack("<4f", *[math.nan] * 4))


@pytest.mark.parametrize(
    ("script", "message", "code"),
    [
        ('"$real" "$@"; rm "$out"', "not verified: the tool left no outputs", 3),
        ('"$real" "$@"; : > "$out"', "its outputs have 0 bytes, those of the host 16", 3),
        ('"$real" "$@"; echo more >> "$out"', "its outputs have 21 bytes", 3),
        ('"$real" "$@"; exit 9', "not verified: benchmark_model ended with exit code 9", 3),
        ("echo nothing", "not verified: benchmark_model ended without a result line", 3),
    ],
)
def test_a_tool_that_leaves_no_outputs_is_no_agreement(
    program: Desk, benchmark_model: Path, recorded: Path, script: str, message: str, code: int
) -> None:
    fake(program, benchmark_model, script)
    done = program(recorded / "models" / "two_in.tflite")
    assert done.status is Status.FAILED
    assert done.reading.agreement is None
    assert done.reading.failure is not None
    assert done.reading.failure.kind == "verify"
    assert message in done.reading.failure.message
    assert done.reading.failure.exit_code == code


def test_no_number_at_all_is_wrong(program: Desk, benchmark_model: Path, recorded: Path) -> None:
    fake(program, benchmark_model, f'"$real" "$@"; printf "{NANS}" > "$out"')
    done = program(recorded / "models" / "two_in.tflite", limits=Verify(max_abs=1e30))
    assert done.status is Status.WRONG
    assert done.reading.agreement is not None
    assert done.reading.agreement.max_abs is None
    assert "nan instead of " in done.reading.agreement.worst


def test_large_outputs_are_compared_and_not_kept(
    program: Desk, recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "KEPT_BYTES", 15)
    done = program(recorded / "models" / "two_in.tflite")  # 16 bytes
    assert done.status is Status.OK
    assert "outputs.bin" not in done.artifacts
    assert "outputs.bin" not in program.artifacts
    assert not (program.root / "step" / "outputs.bin").exists()


def test_a_program_without_the_flags_cannot_verify(program: Desk) -> None:
    path = mixed_model(program.root / "mixed.tflite")
    identity = program.tool.identify(HostTransport("host", program.root))
    old = tuple(name for name in identity.flags if name != "output_filepath")
    program.identity = replace(identity, flags=old)
    done = program(path)
    assert done.status is Status.FAILED
    assert done.argv == ()
    assert done.reading.failure is not None
    assert "does not know --output_filepath" in done.reading.failure.message


def test_litert_s_program_cannot_verify(tmp_path: Path, recorded: Path) -> None:
    desk = Desk(tmp_path, BenchmarkLitertModelTool({"path": "bm"}), {})
    desk.identity = ToolIdentity("benchmark_litert_model", "litert", "", "bm", "", ("graph",))
    done = desk(recorded / "models" / "two_in.tflite")
    assert (done.status, done.argv, desk.artifacts) == (Status.FAILED, (), {})
    assert done.reading.failure is not None
    assert done.reading.failure.message == (
        "not verified: benchmark_litert_model neither reads given inputs nor writes its outputs."
    )
    assert "litert or benchmark_model" in done.reading.failure.advice


def test_without_a_reference_nothing_is_started(tmp_path: Path) -> None:
    nowhere = FakeTransport("fake", [])
    identity = ToolIdentity("litert", "litert", "2.3.0", "lib", "", program="python")
    bench = Bench(nowhere, nowhere, LiteRtTool({}), identity, MEASURE, "work")
    case = Case(ModelVariant("m", "v", "m.tflite", "", 1), Configuration("none", "none", 1))
    step = PlannedInvocation(1, "fake", case.id, 1, Purpose.VERIFY)
    reason = Failure("verify", "not verified: no reference.", "", 2)
    done, _ = verify(bench, case, step, "m.tflite", tmp_path, reason, CLOSE)
    assert (done.reading.failure, nowhere.commands) == (reason, [])


def test_inputs_that_do_not_get_there_are_told(tmp_path: Path, recorded: Path) -> None:
    path = recorded / "models" / "two_in.tflite"
    variant = ModelVariant("m", "v", str(path), sha256_of(path), 1)
    case = Case(variant, Configuration("none", "none", 1))
    references = References(0, Workspace(tmp_path))
    references.prepare([case], lambda _: None)
    assert isinstance(references.of(case), Reference)
    nowhere = FakeTransport("fake", [])  # knows no sha256sum
    identity = ToolIdentity("litert", "litert", "2.3.0", "lib", "", program="python")
    bench = Bench(nowhere, nowhere, LiteRtTool({}), identity, MEASURE, "work")
    step = PlannedInvocation(1, "fake", case.id, 1, Purpose.VERIFY)
    done, _ = verify(bench, case, step, "m.tflite", tmp_path, references.of(case), CLOSE)
    assert done.status is Status.FAILED
    assert done.reading.failure is not None
    assert done.reading.failure.message.startswith("not verified: fake: ")
