"""Both programs of one name: which is which, where they are, and what their loader needs."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from benchhub.devices.host import HostTransport
from benchhub.errors import ToolError
from benchhub.tools.program import location
from benchhub.tools.program.flags import Family, family_of, parse_flags
from benchhub.tools.program.litert_flags import (
    BASE,
    RELEASES,
    assumed,
    litert_version_text,
    vendor_flags,
)
from benchhub.tools.program.source import Source

USAGE = "\n".join(f"\t--{name}=x\tstring\toptional\ttext" for name in assumed())
VENDORS = (
    "\n  Flags from litert/tools/flags/vendors/qualcomm_flags.cc:\n"
    "    --qualcomm_backend (Which back end.); default: htp;\n"
    "    --qualcomm_profiling (How much.); default: off;\n"
    "  Flags from absl/log/flags.cc:\n"
    "    --stderrthreshold (Log to stderr.); default: 2;\n"
)


@pytest.fixture
def host(tmp_path: Path) -> HostTransport:
    return HostTransport("host", tmp_path)


@pytest.fixture
def abseil(recorded: Path) -> str:
    """How the recorded program of LiteRT answers --help."""
    return (recorded / "benchmark_litert_model" / "help.stdout").read_text()


def answering(path: Path, answers: dict[str, str], otherwise: str = "") -> None:
    """Write a program that prints one text for each flag; each ends with 1, as the real ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cases = [
        f"{flag}) printf '%s\\n' {shlex.quote(text)}; exit 1;;" for flag, text in answers.items()
    ]
    path.write_text(f'#!/bin/sh\ncase "$1" in\n{chr(10).join(cases)}\nesac\n{otherwise}\nexit 1\n')
    path.chmod(0o755)


def source(tmp_path: Path, family: Family = Family.LITERT, **settings: str) -> Source:
    return Source.of(family, {"path": "bm", "root": str(tmp_path), **settings})


# --- which it is


def test_litert_of_today_shows_its_flags_in_a_usage(
    host: HostTransport, tmp_path: Path, abseil: str
) -> None:
    answers = {"--help": abseil, "--num_runs=*": USAGE, "--helpfull": VENDORS}
    answering(tmp_path / "bm", answers)
    identity = source(tmp_path).identify(host)

    assert (identity.name, identity.family) == ("benchmark_litert_model", "litert")
    assert identity.version == "LiteRT family (flags of LiteRT 2.2.0)"
    assert identity.flags == tuple(sorted({*assumed(), "qualcomm_backend", "qualcomm_profiling"}))
    assert identity.notes == ()
    assert len(identity.sha256) == 64


def test_where_even_that_gives_nothing_the_flags_of_2_2_0_are_taken(
    host: HostTransport, tmp_path: Path, abseil: str
) -> None:
    answering(tmp_path / "bm", {"--help": abseil})
    identity = source(tmp_path).identify(host)

    assert identity.flags == assumed()
    assert "2.2.0 or later" in identity.version
    assert identity.notes == ("it lists no flags: those of LiteRT 2.2.0 are taken as known",)


def test_older_litert_lists_them_itself(host: HostTransport, tmp_path: Path) -> None:
    names = BASE | RELEASES[0][1] | RELEASES[1][1]
    usage = "\n".join(f"\t--{name}=x\tstring" for name in sorted(names))
    answering(tmp_path / "bm", {"--help": usage})
    identity = source(tmp_path).identify(host)

    assert set(identity.flags) == names
    assert identity.version == "LiteRT family (flags of LiteRT 1.4)"


def test_each_tool_tells_the_others_program(
    host: HostTransport, tmp_path: Path, abseil: str, recorded: Path
) -> None:
    tflite = (recorded / "benchmark_model" / "tensorflow-2.14.1" / "help.stderr").read_text()
    answering(tmp_path / "bm", {"--help": abseil})
    with pytest.raises(ToolError) as caught:
        source(tmp_path, Family.TFLITE).identify(host)
    assert "LiteRT's program of that name; the tool 'benchmark_model'" in caught.value.message
    assert "use the tool 'benchmark_litert_model'" in caught.value.advice

    answering(tmp_path / "bm", {"--help": tflite})
    with pytest.raises(ToolError) as caught:
        source(tmp_path).identify(host)
    assert "TFLite's program of that name; the tool 'benchmark_litert_model'" in (
        caught.value.message
    )
    assert "use the tool 'benchmark_model'" in caught.value.advice


@pytest.mark.rig("benchmark_model")
def test_the_real_program_of_tflite_shows_the_same_flags_in_a_usage(
    host: HostTransport, benchmark_model: Path
) -> None:
    """Both families have the parser in which the way to LiteRT's flags lies."""
    told = [
        host.run([str(benchmark_model), flag], timeout_s=20) for flag in ("--help", "--num_runs=?")
    ]
    listed = [parse_flags(result.stderr + result.stdout) for result in told]

    assert listed[0] == listed[1]
    assert family_of(listed[1], "") is Family.TFLITE


@pytest.mark.parametrize(
    ("newest", "words"),
    [
        ("1.3", "LiteRT 1.3"),
        ("2.0.2", "LiteRT 2.0.2"),
        ("2.1.5", "LiteRT 2.1.5"),
        ("after 2.2.0", "LiteRT after 2.2.0"),
    ],
)
def test_the_age_is_told_by_the_newest_flags(newest: str, words: str) -> None:
    names: set[str] = set()
    for release, brought in RELEASES:
        names |= brought
        if release == newest:
            break

    assert words in litert_version_text(names, listed=True)


def test_flags_that_no_release_has_tell_no_age() -> None:
    assert "do not tell" in litert_version_text({"use_npu"}, listed=True)


def test_only_vendors_flags_are_read_from_abseil() -> None:
    assert vendor_flags(VENDORS) == ("qualcomm_backend", "qualcomm_profiling")


# --- where it is


def test_the_folder_of_the_workspace(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: HostTransport, abseil: str
) -> None:
    monkeypatch.delenv("BENCHHUB_BENCHMARK_LITERT_MODEL", raising=False)
    folder = tmp_path / ".benchhub" / "tools" / "benchmark_litert_model"
    answering(folder / "linux_x86_64" / "benchmark_model", {"--help": abseil})
    found = Source.of(Family.LITERT, {"root": str(tmp_path), "platform": "linux_x86_64"})

    assert found.path == ".benchhub/tools/benchmark_litert_model"
    assert found.identify(host).path == (
        ".benchhub/tools/benchmark_litert_model/linux_x86_64/benchmark_model"
    )


def test_without_any_the_three_ways_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("BENCHHUB_BENCHMARK_LITERT_MODEL", raising=False)
    with pytest.raises(ToolError) as caught:
        Source.of(Family.LITERT, {"root": str(tmp_path)})

    for way in ("tools:", "benchmark_litert_model: FILE", "BENCHHUB_BENCHMARK_LITERT_MODEL"):
        assert way in caught.value.advice


@pytest.mark.parametrize("name", ["benchmark_model", "benchmark_litert_model"])
def test_a_build_of_ones_own_may_keep_its_name(name: str, tmp_path: Path) -> None:
    (tmp_path / "linux_arm64").mkdir()
    (tmp_path / "linux_arm64" / name).write_text("#!/bin/sh\n")
    found = location.find(tmp_path, "p", "pi", "linux_arm64", Family.LITERT)

    assert found.file == tmp_path / "linux_arm64" / name
    assert found.folder == tmp_path / "linux_arm64"


def test_no_program_for_the_platform_names_the_key_of_the_device_file(tmp_path: Path) -> None:
    with pytest.raises(ToolError) as caught:
        location.find(tmp_path, "p", "pi", "linux_arm", Family.LITERT)

    assert "has no benchmark_model for linux_arm" in caught.value.message
    assert "(benchmark_litert_model: FILE)" in caught.value.advice


# --- what its loader needs


def test_libraries_beside_the_program_are_on_the_loaders_path(
    host: HostTransport, tmp_path: Path, abseil: str
) -> None:
    answering(
        tmp_path / "bin" / "bm",
        {"--help": abseil, "--num_runs=*": USAGE},
        'echo "$LD_LIBRARY_PATH" >seen',
    )
    (tmp_path / "bin" / "libLiteRt.so").touch()
    (tmp_path / "more").mkdir()
    identity = source(tmp_path, path="bin/bm", libraries="more").identify(host)

    folders = (str(tmp_path / "more"), str(tmp_path / "bin"))
    assert identity.libraries == folders
    # --helpfull is the flag without an answer.
    assert (tmp_path / "seen").read_text() == ":".join(folders) + "\n"


def test_a_program_without_libraries_needs_no_path(
    host: HostTransport, tmp_path: Path, abseil: str
) -> None:
    answering(tmp_path / "bm", {"--help": abseil})

    assert source(tmp_path).identify(host).libraries == ()


def test_libraries_that_are_no_folder(host: HostTransport, tmp_path: Path, abseil: str) -> None:
    answering(tmp_path / "bm", {"--help": abseil})
    with pytest.raises(ToolError, match="nowhere is no folder"):
        source(tmp_path, libraries="nowhere").identify(host)


class Elsewhere(HostTransport):
    """A device whose files are not those of this machine, as far as a tool can see."""

    here = False


def test_elsewhere_the_folder_goes_there_with_its_libraries(tmp_path: Path, abseil: str) -> None:
    device = Elsewhere("pi", tmp_path / "device")
    (tmp_path / "device").mkdir()
    folder = tmp_path / "work" / "bin" / "linux_x86_64"
    answering(folder / "benchmark_model", {"--help": abseil})
    (folder / "libLiteRt.so").write_bytes(b"own")
    (tmp_path / "work" / "npu").mkdir()
    (tmp_path / "work" / "npu" / "libDispatch.so").write_bytes(b"npu")
    identity = source(
        tmp_path / "work", path="bin", platform="linux_x86_64", libraries="npu"
    ).identify(device)

    npu, own = (tmp_path / "device" / folder for folder in identity.libraries)
    assert (own / "libLiteRt.so").read_bytes() == b"own"
    assert (npu / "libDispatch.so").read_bytes() == b"npu"
    assert identity.program == f"{identity.libraries[1]}/benchmark_model"
    assert identity.path == "bin/linux_x86_64/benchmark_model"


def test_elsewhere_a_program_alone_brings_no_folder(tmp_path: Path, abseil: str) -> None:
    device = Elsewhere("pi", tmp_path / "device")
    (tmp_path / "device").mkdir()
    answering(tmp_path / "work" / "bm", {"--help": abseil})
    (tmp_path / "work" / "libother.so").touch()

    assert source(tmp_path / "work").identify(device).libraries == ()


def test_the_folder_with_a_dispatch_library_comes_first(
    host: HostTransport, tmp_path: Path, abseil: str
) -> None:
    """LiteRT looks for it in one folder only."""
    answering(tmp_path / "program" / "benchmark_model", {"--help": abseil})
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    (runtime / "libQnnHtp.so").touch()
    (tmp_path / "program" / "libLiteRt.so").touch()
    named = source(tmp_path, path="program", libraries="runtime")

    before = named.identify(host).libraries
    (tmp_path / "program" / "libLiteRtDispatch_Qualcomm.so").touch()
    after = named.identify(host).libraries

    assert before == (str(runtime), str(tmp_path / "program"))
    assert after == (str(tmp_path / "program"), str(runtime))


def test_a_folder_outside_the_workspace_is_looked_into(tmp_path: Path, abseil: str) -> None:
    program = tmp_path / "elsewhere" / "benchmark_model"
    answering(program, {"--help": abseil})
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    named = source(workspace, path=str(program.parent))

    assert named.identify(HostTransport("host", workspace)).path == str(program)
