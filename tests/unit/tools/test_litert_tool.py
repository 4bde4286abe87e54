"""Which command is run, and which Python can be used."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchhub.devices.host import HostTransport
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
from benchhub.tools.litert import LiteRtTool
from benchhub.tools.tool import Command, Staged, make_tool

MEASURE = Measure(3, 1, 50, 1.0, 150.0, 1, 0.5, 0.0, 2.0, 60.0)
IDENTITY = ToolIdentity("litert", "litert", "2.3.0", "libLiteRt.so", "0" * 64, program="python3")
REPOSITORY = Path(__file__).parents[3]


def a_case(delegate: str = "xnnpack", signature: str | None = None, *inputs: InputSpec) -> Case:
    variant = ModelVariant("m", "v", "m.tflite", "0" * 64, 1, signature, inputs)
    return Case(variant, Configuration("c", delegate, 4))


def command(case: Case, purpose: Purpose = Purpose.LATENCY, measure: Measure = MEASURE) -> Command:
    tool = LiteRtTool({"python": "python3"})
    return tool.command(case, measure, purpose, Staged("staged/m.tflite", "work/0001"), IDENTITY)


def test_the_whole_command() -> None:
    assert command(a_case()).argv == (
        "python3",
        "-P",
        "-m",
        "benchhub.tools.litert.child",
        "measure",
        "--graph=staged/m.tflite",
        "--delegate=xnnpack",
        "--num_threads=4",
        "--num_runs=50",
        "--min_secs=1",
        "--max_secs=150",
        "--warmup_runs=1",
        "--warmup_min_secs=0.5",
        "--run_delay=0",
        "--enable_op_profiling=false",
        "--output=work/0001/result.json",
    )
    assert command(a_case()).outputs == ("result.json",)


def test_profile_signature_and_inputs() -> None:
    spec = InputSpec("x:0", (1, 16), 0.0, 99.0)
    argv = command(a_case("none", "serve", spec), Purpose.PROFILE).argv
    assert "--delegate=none" in argv
    assert "--enable_op_profiling=true" in argv
    assert "--signature_to_run_for=serve" in argv
    assert "--input_shape=x:0=1,16" in argv
    assert "--input_range=x:0=0,99" in argv


def test_numbers_are_exact() -> None:
    measure = replace(MEASURE, min_secs=0.1234567, run_delay_s=-1.0)
    spec = InputSpec("x", None, -0.123456789, 1e9)
    argv = command(a_case("xnnpack", None, spec), measure=measure).argv
    assert "--min_secs=0.1234567" in argv
    assert "--run_delay=0" in argv
    assert "--input_range=x=-0.123456789,1000000000" in argv


def test_the_entry_point_makes_it() -> None:
    assert isinstance(make_tool("litert", {}), LiteRtTool)


def test_identify_names_the_library_that_is_used(tmp_path: Path) -> None:
    identity = LiteRtTool({}).identify(HostTransport("host", tmp_path))
    library = Path(identity.path)
    assert library.name == "libLiteRt.so"
    assert identity.sha256 == hashlib.sha256(library.read_bytes()).hexdigest()
    assert (identity.family, identity.version, identity.notes) == ("litert", "2.3.0", ())


def test_the_python_is_relative_where_that_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = Path(sys.executable).parents[1]
    monkeypatch.chdir(prefix)
    tool = LiteRtTool({})
    inside = tool.identify(HostTransport("host", prefix))
    assert inside.program == str(Path(sys.executable).relative_to(prefix))
    assert tool.identify(HostTransport("host", tmp_path)).program == sys.executable
    command = tool.command(a_case(), MEASURE, Purpose.LATENCY, Staged("m", "w"), inside)
    assert command.argv[0] == inside.program


def test_a_relative_python_that_is_another_one_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "python"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(program))
    found = LiteRtTool({}).identify(HostTransport("host", tmp_path))
    assert found.program == str(program)


def test_a_python_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="host: absent/python does not exist"):
        LiteRtTool({"python": "absent/python"}).identify(HostTransport("host", tmp_path))


def base_python() -> str:
    """A Python without the packages of this environment."""
    return str(getattr(sys, "_base_executable", sys.executable))


def test_a_python_without_benchhub(tmp_path: Path) -> None:
    tool = LiteRtTool({"python": base_python()})
    with pytest.raises(ToolError, match="No module named 'benchhub'") as caught:
        tool.identify(HostTransport("host", tmp_path))
    assert "Install benchhub for that Python" in caught.value.advice


def test_a_python_without_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    tool = LiteRtTool({"python": base_python()})
    with pytest.raises(ToolError, match="ai-edge-litert is not installed for") as caught:
        tool.identify(HostTransport("host", tmp_path))
    assert caught.value.advice == "Install it there: pip install ai-edge-litert"


def fake_wheel(folder: Path, version: str, library: bytes | None) -> None:
    information = folder / f"ai_edge_litert-{version}.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: ai-edge-litert\nVersion: {version}\n"
    )
    if library is not None:
        (folder / "ai_edge_litert").mkdir()
        (folder / "ai_edge_litert" / "__init__.py").touch()
        (folder / "ai_edge_litert" / "libLiteRt.so").write_bytes(library)


def test_a_library_that_cannot_be_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_wheel(tmp_path, "2.3.0", b"no ELF file")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{REPOSITORY}")
    with pytest.raises(ToolError, match=r"libLiteRt\.so cannot be loaded: .*(file|ELF)"):
        LiteRtTool({}).identify(HostTransport("host", tmp_path))


def test_an_unverified_wheel_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_wheel(tmp_path, "9.9.9", None)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{REPOSITORY}")
    identity = LiteRtTool({}).identify(HostTransport("host", tmp_path))
    assert identity.version == "9.9.9"
    assert "Op times are unavailable with ai-edge-litert 9.9.9" in identity.notes[0]


def test_the_child_loads_nothing_heavy() -> None:
    code = (
        "import sys, benchhub.tools.litert.child.__main__;"
        "print([m for m in ('numpy', 'ai_edge_litert', 'benchhub.records', 'asyncio')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"


def test_the_child_needs_nothing_but_its_own_folder(tmp_path: Path) -> None:
    """It has to run from a zip on a board that has no benchhub."""
    source = REPOSITORY / "benchhub" / "tools" / "litert" / "child"
    copied = tmp_path / "runner"
    copied.mkdir()
    for module in source.glob("*.py"):
        (copied / module.name).write_bytes(module.read_bytes())
    done = subprocess.run(
        [sys.executable, "-m", "runner", "identify"], cwd=tmp_path, capture_output=True, check=True
    )
    assert b'"version": "2.3.0"' in done.stdout
