"""What is run with LiteRT's program for a case, and which cases are refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchhub.errors import ToolError
from benchhub.records import (
    Case,
    Configuration,
    GpuOptions,
    InputSpec,
    NpuOptions,
    Purpose,
    Refusal,
    ToolIdentity,
)
from benchhub.tools.benchmark_litert_model import BenchmarkLitertModelTool
from benchhub.tools.program.litert_flags import BASE, RELEASES, assumed
from benchhub.tools.tool import Command, Staged, make_tool
from tests.unit.tools.litert_program import case, measure
from tests.unit.tools.places import FACTS, PHONE

LAUNCH = ("sh", "-c", '"$@"; exit $?', "sh")
STAGED = Staged("stage/m.tflite", "work/7")
PROGRAM = "bin/benchmark_model"
NEW = ToolIdentity("benchmark_litert_model", "litert", "", PROGRAM, "0" * 64, assumed())
OLD = replace(NEW, flags=tuple(sorted(BASE | RELEASES[0][1])))


VENDOR = "intel_openvino"


def asking(delegate: str) -> Case:
    """A case for a delegate; an NPU is always somebody's."""
    options = NpuOptions(vendor=VENDOR) if delegate == "npu" else None
    return replace(case(), configuration=Configuration(delegate, delegate, 1, options=options))


@pytest.fixture
def tool() -> BenchmarkLitertModelTool:
    return BenchmarkLitertModelTool({"path": PROGRAM})


def command(
    tool: BenchmarkLitertModelTool,
    asked: Case,
    purpose: Purpose = Purpose.LATENCY,
    identity: ToolIdentity = NEW,
) -> Command:
    return tool.command(asked, measure(min_secs=0.0), purpose, STAGED, identity)


def refused(tool: BenchmarkLitertModelTool, asked: Case, identity: ToolIdentity = NEW) -> Refusal:
    refusal = tool.refuse(asked, identity, PHONE)
    assert refusal is not None
    assert (refusal.case_id, refusal.device) == (asked.id, None)
    assert refusal.failure.advice
    return refusal


def with_inputs(*inputs: InputSpec, signature: str | None = None) -> Case:
    base = case()
    return replace(base, variant=replace(base.variant, inputs=inputs, signature=signature))


def test_it_is_installed_under_its_name() -> None:
    tool = make_tool("benchmark_litert_model", {"path": "bin/bm"})

    assert isinstance(tool, BenchmarkLitertModelTool)
    assert tool.name == "benchmark_litert_model"


# --- the command


def test_a_latency(tool: BenchmarkLitertModelTool) -> None:
    made = command(tool, case())

    assert made.argv[: len(LAUNCH) + 1] == (*LAUNCH, PROGRAM)
    for word in (
        "--graph=stage/m.tflite",
        "--num_threads=1",
        "--num_runs=20",
        "--min_secs=0",
        "--max_secs=150",
        "--warmup_runs=2",
        "--warmup_min_secs=0.1",
        "--result_file_path=work/7/result.pb",
        "--model_runtime_info_output_file=work/7/runtime_info.pb",
    ):
        assert word in made.argv
    assert made.outputs == ("result.pb", "runtime_info.pb")
    assert not any("profiler" in word or "footprint" in word for word in made.argv)


def test_a_profile_is_the_same_with_the_profiler(tool: BenchmarkLitertModelTool) -> None:
    latency, profile = (command(tool, case(), purpose) for purpose in list(Purpose)[:2])

    assert profile.argv == (*latency.argv, "--use_profiler=true")


def test_an_old_program_gets_no_flag_that_it_lacks(tool: BenchmarkLitertModelTool) -> None:
    for purpose in (Purpose.LATENCY, Purpose.PROFILE):
        made = command(tool, case(), purpose, OLD)
        names = [word.removeprefix("--").split("=")[0] for word in made.argv[len(LAUNCH) + 1 :]]
        assert set(names) <= set(OLD.flags)
        assert made.outputs == ()


@pytest.mark.parametrize("delegate", ["xnnpack", "gpu", "npu"])
@pytest.mark.parametrize("purpose", [Purpose.LATENCY, Purpose.PROFILE])
def test_every_flag_is_known_and_given_once(
    delegate: str, purpose: Purpose, tool: BenchmarkLitertModelTool
) -> None:
    asked = with_inputs(InputSpec("ids", None, 0, 99), signature="serving")
    asked = replace(asked, configuration=asking(delegate).configuration)
    made = command(tool, asked, purpose)
    names = [word.removeprefix("--").split("=")[0] for word in made.argv[len(LAUNCH) + 1 :]]

    assert set(names) <= set(NEW.flags)
    assert len(set(names)) == len(names)
    assert "--signature_to_run_for=serving" in made.argv
    assert "--input_layer_value_range=ids,0,99" in made.argv


@pytest.mark.parametrize("delegate", ["gpu", "npu"])
def test_an_accelerator_is_asked_for_by_its_flag(
    delegate: str, tool: BenchmarkLitertModelTool
) -> None:
    assert f"--use_{delegate}=true" in command(tool, asking(delegate)).argv


def test_libraries_are_on_the_loaders_path(tool: BenchmarkLitertModelTool) -> None:
    identity = replace(NEW, libraries=("/own", "/npu"))

    assert command(tool, case(), identity=identity).env["LD_LIBRARY_PATH"] == "/own:/npu"
    assert "LD_LIBRARY_PATH" not in command(tool, case()).env


def test_a_folder_of_the_suite_comes_before_the_programs_own(
    tool: BenchmarkLitertModelTool,
) -> None:
    identity = replace(NEW, libraries=("/own",))
    options = NpuOptions(vendor="qualcomm", libraries="libs/qnn")
    npu = replace(case(), configuration=Configuration("npu", "npu", 1, options=options))
    staged = replace(STAGED, files={"libs/qnn": "/stage/qnn"})
    made = tool.command(npu, measure(), Purpose.LATENCY, staged, identity)

    folders = made.env["LD_LIBRARY_PATH"].split(":")
    assert set(folders) == {"/own", "/stage/qnn"}
    assert len(folders) == 2
    assert any("/stage/qnn" in word for word in made.argv)


def test_verifying_is_not_possible(tool: BenchmarkLitertModelTool) -> None:
    with pytest.raises(ToolError) as caught:
        command(tool, case(), Purpose.VERIFY)

    assert "neither reads given inputs nor writes its outputs" in caught.value.message
    assert "litert" in caught.value.advice


# --- refusals


def test_ordinary_cases_are_not_refused(tool: BenchmarkLitertModelTool) -> None:
    assert tool.refuse(case(), NEW, FACTS) is None
    assert tool.refuse(case(), OLD, FACTS) is None
    assert tool.refuse(with_inputs(InputSpec("a")), NEW, FACTS) is None


@pytest.mark.parametrize("delegate", ["none", "nnapi", "hexagon", "external", "coreml"])
def test_delegates_of_the_other_family_are_refused(
    delegate: str, tool: BenchmarkLitertModelTool
) -> None:
    assert delegate in refused(tool, case(delegate)).failure.message.lower() or delegate == "none"


def test_a_flag_that_the_program_lacks_is_named(tool: BenchmarkLitertModelTool) -> None:
    ranged = with_inputs(InputSpec("ids", None, 0, 9))
    failure = refused(tool, ranged, OLD).failure

    assert "does not know --input_layer_value_range." in failure.message
    assert (failure.kind, failure.exit_code) == ("refused", 3)


def test_an_option_of_a_newer_program_is_refused(tool: BenchmarkLitertModelTool) -> None:
    options = GpuOptions(precision="fp32")
    gpu = replace(case(), configuration=Configuration("gpu", "gpu", 1, options=options))

    assert "gpu-precision" in refused(tool, gpu, OLD).failure.message
    assert tool.refuse(gpu, NEW, PHONE) is None


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ((InputSpec("x", (1, 8)),), "input 'x' has a shape"),
        ((InputSpec("x", None, 0.0, None),), "only one end"),
        ((InputSpec("x:0", None, 0.0, 1.0),), "a name that benchmark_litert_model cannot be told"),
    ],
)
def test_inputs_that_cannot_be_fed_are_refused(
    inputs: tuple[InputSpec, ...], words: str, tool: BenchmarkLitertModelTool
) -> None:
    failure = refused(tool, with_inputs(*inputs)).failure

    assert words in failure.message
    assert failure.exit_code == 2
