"""The program at a path: the real one, and everything else that a person may name."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

import pytest

from benchhub.devices.host import HostTransport
from benchhub.errors import ToolError
from benchhub.records import (
    Measure,
)
from benchhub.tools.benchmark_model import BenchmarkModelTool
from benchhub.tools.program import identity

MEASURE = Measure(1, 1, 20, 0.0, 30.0, 1, 0.0, 0.0, 0.0, 60.0)


@pytest.fixture
def host(tmp_path: Path) -> HostTransport:
    return HostTransport("host", tmp_path)


def script(folder: Path, text: str, name: str = "bm") -> BenchmarkModelTool:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return BenchmarkModelTool({"path": name})


def refused(tool: BenchmarkModelTool, host: HostTransport) -> ToolError:
    with pytest.raises(ToolError) as caught:
        tool.identify(host)
    assert "\n" not in caught.value.message
    assert caught.value.message.startswith("host: ")
    assert caught.value.advice
    return caught.value


# --- programs that cannot be used


def test_missing(host: HostTransport) -> None:
    error = refused(BenchmarkModelTool({"path": "no/such/bm"}), host)

    assert error.message == "host: no/such/bm does not exist."
    assert "relative to the workspace" in error.advice


def test_a_folder(host: HostTransport, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    error = refused(BenchmarkModelTool({"path": "folder"}), host)

    assert error.message == "host: ./folder is a folder, not a program."


def test_not_executable(host: HostTransport, tmp_path: Path) -> None:
    tool = script(tmp_path, "exit 0")
    (tmp_path / "bm").chmod(0o644)

    assert "not executable (chmod +x ./bm)" in refused(tool, host).message


def test_another_architecture(host: HostTransport, tmp_path: Path) -> None:
    # An ELF header for the IBM S/390 (22): a machine that no emulator is registered for here.
    header = b"\x7fELF\x02\x02\x01" + bytes(9)
    header += struct.pack(">HHIQQQIHHHHHH", 2, 22, 1, 0x1000, 64, 0, 0, 64, 56, 0, 64, 0, 0)
    (tmp_path / "bm").write_bytes(header + bytes(4096))
    (tmp_path / "bm").chmod(0o755)
    tool = BenchmarkModelTool({"path": "bm"})

    assert "is not a program for this machine's architecture" in refused(tool, host).message


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        ('./bm: 1: ./bm: Syntax error: "(" unexpected', 2, "another architecture"),
        ("sh: ./bm: cannot execute binary file: Exec format error", 126, "another architect"),
        ("sh: 1: ./bm: Permission denied", 126, "may not be executed"),
        ("./bm: /lib/libc.so.6: version `GLIBC_2.38' not found", 1, "older than the program"),
        (
            "./bm: error while loading shared libraries: libfoo.so.1: cannot open",
            127,
            "A shared library that the program needs",
        ),
        (
            "dotprod enabled, but this feature is not available on this processor",
            132,
            "instructions",
        ),
    ],
    ids=["script", "bash", "perm", "glibc", "library", "dotprod"],
)
def test_what_a_shell_or_a_loader_says(
    said: str, code: int, words: str, host: HostTransport, tmp_path: Path
) -> None:
    (tmp_path / "said").write_text(said)
    error = refused(script(tmp_path, f"cat said >&2; exit {code}"), host)

    assert words in error.message
    assert said[:40] in error.message


def test_a_loader_that_is_not_there(host: HostTransport, tmp_path: Path) -> None:
    (tmp_path / "bm").write_text("#!/no/such/loader\n")
    (tmp_path / "bm").chmod(0o755)

    error = refused(BenchmarkModelTool({"path": "bm"}), host)
    assert "the loader or interpreter that it names is not there" in error.message


@pytest.mark.parametrize(
    ("name", "words"), [("SEGV", "SIGSEGV"), ("ILL", "SIGILL"), ("KILL", "SIGKILL")]
)
def test_a_crash(name: str, words: str, host: HostTransport, tmp_path: Path) -> None:
    error = refused(script(tmp_path, f"kill -{name} $$"), host)

    assert f"./bm --help was ended by {words}." in error.message


def test_a_crash_after_a_good_help(host: HostTransport, tmp_path: Path, recorded: Path) -> None:
    (tmp_path / "help").write_bytes(help_of(recorded))

    assert "SIGSEGV" in refused(script(tmp_path, "cat help >&2; kill -SEGV $$"), host).message


def test_a_hang(host: HostTransport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "HELP_TIMEOUT_S", 0.3)

    assert "--help did not end within 0.3 s" in refused(script(tmp_path, "sleep 60"), host).message


@pytest.mark.parametrize("code", [0, 1])
def test_no_output(code: int, host: HostTransport, tmp_path: Path) -> None:
    error = refused(script(tmp_path, f"exit {code}"), host)

    assert f"printed nothing (exit code {code})" in error.message


def test_another_program(host: HostTransport, tmp_path: Path) -> None:
    error = refused(script(tmp_path, "echo 'usage: other --all=1'; exit 1"), host)

    assert "is not a benchmark_model" in error.message
    assert "`usage: other --all=1`" in error.message


def test_a_flood(host: HostTransport, tmp_path: Path) -> None:
    tool = script(tmp_path, "head -c 5000000 /dev/zero | tr '\\0' 'x' >&2; exit 1")

    assert len(refused(tool, host).message) < 500


def test_litert_of_the_same_name(host: HostTransport, tmp_path: Path, recorded: Path) -> None:
    (tmp_path / "help").write_bytes(
        (recorded / "benchmark_model" / "litert-family" / "help.stdout").read_bytes()
    )
    error = refused(script(tmp_path, "cat help"), host)

    assert "LiteRT's program of that name" in error.message
    assert "TFLite family" in error.message


# --- programs that can


def help_of(recorded: Path) -> bytes:
    return (recorded / "benchmark_model" / "litert-2026-08" / "help.stderr").read_bytes()


def test_a_program_with_protos(host: HostTransport, tmp_path: Path, recorded: Path) -> None:
    (tmp_path / "help").write_bytes(help_of(recorded))
    identity = script(tmp_path, "cat help >&2; exit 1").identify(host)

    assert identity.family == "tflite"
    assert "LiteRT 2.1 or later" in identity.version
    assert "result_file_path" in identity.flags
    assert identity.sha256 == hashlib.sha256((tmp_path / "bm").read_bytes()).hexdigest()
    assert identity.notes == ()


def test_without_a_digest_program_it_is_noted(
    host: HostTransport, tmp_path: Path, recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "help").write_bytes(help_of(recorded))
    tool = script(tmp_path, 'while read -r line; do echo "$line" >&2; done <help; exit 1')
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    identity = tool.identify(host)

    assert identity.sha256 == ""
    assert identity.notes == ("its sha256 could not be computed on the device",)


# --- the real program
