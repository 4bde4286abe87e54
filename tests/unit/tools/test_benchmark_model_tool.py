"""What is run for a case, and which cases are refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchhub.errors import ToolError
from benchhub.records import (
    Case,
    Configuration,
    InputSpec,
    Measure,
    ModelVariant,
    Purpose,
    ToolIdentity,
)
from benchhub.tools.benchmark_model import BenchmarkModelTool
from benchhub.tools.program.flags import Family, family_of, parse_flags, version_text
from benchhub.tools.tool import Staged, make_tool
from tests.unit.tools.places import FACTS

CASE = Case(
    ModelVariant("m", "f", "m.tflite", "0" * 64, 1),
    Configuration("xnnpack", "xnnpack", 2),
    "benchmark_model",
)
MEASURE = Measure(5, 1, 50, 0.0, 150.0, 1, 0.5, 0.0, 0.0, 60.0)
# A small process between benchhub and the program: see `test_real_memory`.
LAUNCH = ("sh", "-c", '"$@"; exit $?', "sh")
STAGED = Staged("stage/m.tflite", "work/7")


@pytest.fixture
def tool() -> BenchmarkModelTool:
    return BenchmarkModelTool({"path": "bin/benchmark_model"})


def identity(recorded: Path, folder: str) -> ToolIdentity:
    flags = parse_flags((recorded / "benchmark_model" / folder / "help.stderr").read_text())
    path = "bin/benchmark_model"
    return ToolIdentity("benchmark_model", "tflite", "", path, "0" * 64, flags)


@pytest.fixture
def old(recorded: Path) -> ToolIdentity:
    return identity(recorded, "tensorflow-2.14.1")


@pytest.fixture
def new(recorded: Path) -> ToolIdentity:
    return identity(recorded, "litert-2026-08")


def with_inputs(*inputs: InputSpec, signature: str | None = None) -> Case:
    return replace(CASE, variant=replace(CASE.variant, inputs=inputs, signature=signature))


# --- where the program comes from


def test_the_path_comes_from_the_settings_or_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BENCHHUB_BENCHMARK_MODEL", "elsewhere/bm")

    assert BenchmarkModelTool({"path": "bin/bm"}).path == "bin/bm"
    assert BenchmarkModelTool({}).path == "elsewhere/bm"


def test_without_a_path_the_three_ways_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BENCHHUB_BENCHMARK_MODEL", raising=False)

    with pytest.raises(ToolError) as caught:
        BenchmarkModelTool({})
    for way in ("tools:", "benchmark_model: FILE", "BENCHHUB_BENCHMARK_MODEL"):
        assert way in caught.value.advice


def test_a_bare_name_is_a_file_of_the_workspace() -> None:
    assert BenchmarkModelTool({"path": "benchmark_model"}).path == "./benchmark_model"


def test_it_is_installed_under_its_name() -> None:
    tool = make_tool("benchmark_model", {"path": "bin/bm"})

    assert isinstance(tool, BenchmarkModelTool)
    assert tool.name == "benchmark_model"


# --- flags


@pytest.mark.parametrize(
    ("folder", "count"),
    [("tensorflow-2.14.1", 55), ("litert-2026-08", 58), ("litert-2026-08-providers", 68)],
)
def test_the_tflite_family_is_told_by_its_flags(folder: str, count: int, recorded: Path) -> None:
    text = (recorded / "benchmark_model" / folder / "help.stderr").read_text()
    flags = parse_flags(text)

    assert family_of(flags, text) is Family.TFLITE
    # Counted with grep; some are listed twice.
    assert len(flags) == len(set(flags)) == count


def test_litert_from_2_2_on_lists_no_flags(recorded: Path) -> None:
    text = (recorded / "benchmark_model" / "litert-family" / "help.stdout").read_text()

    assert parse_flags(text) == ()
    assert family_of((), text) is Family.LITERT


def test_older_litert_is_told_by_its_flags() -> None:
    text = "Flags:\n\t--num_runs=50\tint32\n\t--graph=\tstring\n\t--use_npu=false\tbool\n"

    assert family_of(parse_flags(text), text) is Family.LITERT


def test_another_program_has_no_family() -> None:
    text = "usage: ls [OPTION]...\n  --all=WHEN  list all\n"

    assert parse_flags(text) == ("all",)
    assert family_of(parse_flags(text), text) is Family.UNKNOWN


def test_the_age_is_told_by_the_flags(old: ToolIdentity, new: ToolIdentity) -> None:
    assert "TensorFlow 2.14" in version_text(old.flags)
    assert "LiteRT 2.1 or later" in version_text(new.flags)
    assert "LiteRT 1.1" in version_text(set(new.flags) - {"result_file_path"})


# --- the command


def test_latency_on_the_old_program(tool: BenchmarkModelTool, old: ToolIdentity) -> None:
    command = tool.command(CASE, MEASURE, Purpose.LATENCY, STAGED, old)

    assert command.argv == (
        *LAUNCH,
        "bin/benchmark_model",
        "--graph=stage/m.tflite",
        "--num_threads=2",
        "--num_runs=50",
        "--min_secs=0",
        "--max_secs=150",
        "--warmup_runs=1",
        "--warmup_min_secs=0.5",
        "--use_xnnpack=true",
    )
    assert command.outputs == ()


def test_latency_on_the_new_program(tool: BenchmarkModelTool, new: ToolIdentity) -> None:
    command = tool.command(CASE, MEASURE, Purpose.LATENCY, STAGED, new)

    assert command.argv[-1] == "--result_file_path=work/7/result.pb"
    assert command.outputs == ("result.pb",)


def test_a_profile_on_the_old_program(tool: BenchmarkModelTool, old: ToolIdentity) -> None:
    command = tool.command(CASE, MEASURE, Purpose.PROFILE, STAGED, old)

    assert command.argv[-4:] == (
        "--enable_op_profiling=true",
        "--max_profiling_buffer_entries=65536",
        "--allow_dynamic_profiling_buffer_increase=true",
        "--profiling_output_csv_file=work/7/op_profile.csv",
    )
    assert command.outputs == ("op_profile.csv",)


def test_a_profile_on_the_new_program(tool: BenchmarkModelTool, new: ToolIdentity) -> None:
    command = tool.command(CASE, MEASURE, Purpose.PROFILE, STAGED, new)

    assert command.argv[-8:] == (
        "--enable_op_profiling=true",
        "--max_profiling_buffer_entries=65536",
        "--allow_dynamic_profiling_buffer_increase=true",
        "--op_profiling_output_mode=proto",
        "--export_model_runtime_info=true",
        "--result_file_path=work/7/result.pb",
        "--op_profiling_output_file=work/7/op_profile.pb",
        "--model_runtime_info_output_file=work/7/runtime_info.pb",
    )
    assert command.outputs == ("result.pb", "op_profile.pb", "runtime_info.pb")
    assert not any("profiling_output_csv_file" in word for word in command.argv)


def test_what_would_disturb_a_latency_is_never_asked_for(
    tool: BenchmarkModelTool, new: ToolIdentity
) -> None:
    argv = tool.command(CASE, MEASURE, Purpose.LATENCY, STAGED, new).argv

    for flag in ("report_peak_memory_footprint", "profiling", "runtime_info", "run_delay"):
        assert not any(flag in word for word in argv)


def test_the_rest_of_the_measure(tool: BenchmarkModelTool, new: ToolIdentity) -> None:
    measure = replace(MEASURE, run_delay_s=0.25, max_secs=0.125, min_secs=1e-7)
    case = replace(with_inputs(signature="serving"), configuration=Configuration("cpu", "none", 1))
    argv = tool.command(case, measure, Purpose.LATENCY, STAGED, new).argv

    for word in (
        "--use_xnnpack=false",
        "--num_threads=1",
        "--run_delay=0.25",
        "--max_secs=0.125",
        "--min_secs=1e-07",
        "--signature_to_run_for=serving",
    ):
        assert word in argv


@pytest.mark.parametrize("purpose", list(Purpose))
def test_every_flag_of_the_command_is_known_to_the_program(
    purpose: Purpose, tool: BenchmarkModelTool, old: ToolIdentity, new: ToolIdentity
) -> None:
    case = with_inputs(InputSpec("ids:0", (1, 16), 0, 99))
    measure = replace(MEASURE, run_delay_s=1.0)
    for program in (old, new):
        argv = tool.command(case, measure, purpose, STAGED, program).argv
        names = [word.removeprefix("--").split("=", 1)[0] for word in argv[len(LAUNCH) + 1 :]]
        assert set(names) <= set(program.flags)
        assert len(set(names)) == len(names)


def test_inputs_get_names_that_no_flag_misreads(
    tool: BenchmarkModelTool, old: ToolIdentity
) -> None:
    case = with_inputs(
        InputSpec("a:0", (1, 8), -3, 9), InputSpec("a,0", (1, 4)), InputSpec("b", (2,), 0, 0)
    )
    argv = tool.command(case, MEASURE, Purpose.LATENCY, STAGED, old).argv

    assert argv[-3:] == (
        "--input_layer=a_0,a_0_1,b",
        "--input_layer_shape=1,8:1,4:2",
        "--input_layer_value_range=a_0,-3,9:b,0,0",
    )


def test_inputs_that_say_nothing_need_no_flag(tool: BenchmarkModelTool, old: ToolIdentity) -> None:
    argv = tool.command(with_inputs(InputSpec("a")), MEASURE, Purpose.LATENCY, STAGED, old).argv

    assert not any(word.startswith("--input") for word in argv)


# --- refusals


def test_ordinary_cases_are_not_refused(
    tool: BenchmarkModelTool, old: ToolIdentity, new: ToolIdentity
) -> None:
    case = with_inputs(InputSpec("a", (1, 8), 0, 9))
    for program in (old, new):
        assert tool.refuse(CASE, program, FACTS) is None
        assert tool.refuse(case, program, FACTS) is None
    assert tool.refuse(with_inputs(signature="serving"), new, FACTS) is None


def test_a_flag_that_the_program_lacks_is_named(
    tool: BenchmarkModelTool, old: ToolIdentity
) -> None:
    refusal = tool.refuse(with_inputs(signature="serving"), old, FACTS)

    assert refusal is not None
    assert (refusal.case_id, refusal.device) == (CASE.id, None)
    assert (refusal.failure.kind, refusal.failure.exit_code) == ("refused", 3)
    assert "does not know --signature_to_run_for." in refusal.failure.message


@pytest.mark.parametrize(
    "flag", ["use_xnnpack", "input_layer_value_range", "profiling_output_csv_file"]
)
def test_each_needed_flag_is_needed(flag: str, tool: BenchmarkModelTool, old: ToolIdentity) -> None:
    case = with_inputs(InputSpec("a", (1, 8), 0, 9))
    poorer = replace(old, flags=tuple(name for name in old.flags if name != flag))
    refusal = tool.refuse(case, poorer, FACTS)

    assert refusal is not None
    assert f"--{flag}." in refusal.failure.message


def test_another_delegate_is_refused(tool: BenchmarkModelTool, new: ToolIdentity) -> None:
    case = replace(CASE, configuration=Configuration("gpu", "gpu", 1))
    refusal = tool.refuse(case, new, FACTS)

    assert refusal is not None
    assert refusal.failure.exit_code == 3
    assert "has no GPU delegate" in refusal.failure.message
    assert "measure the CPU" in refusal.failure.advice


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ((InputSpec("ids", None, 0, 9),), "input 'ids' has no shape"),
        ((InputSpec("a", (1, 8)), InputSpec("b")), "input 'b' has no shape"),
        ((InputSpec("x", (1,), 0.0, 0.5),), "ranges from 0 to 0.5; benchmark_model takes integers"),
        ((InputSpec("x", (1,), 0.0, None),), "only one end"),
    ],
)
def test_inputs_that_cannot_be_fed_are_refused(
    inputs: tuple[InputSpec, ...], words: str, tool: BenchmarkModelTool, new: ToolIdentity
) -> None:
    refusal = tool.refuse(with_inputs(*inputs), new, FACTS)

    assert refusal is not None
    assert words in refusal.failure.message
    assert refusal.failure.advice
    assert refusal.failure.exit_code == 2
