"""Programs that cannot measure: the cases of the other tool still run and nothing is lost."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from .conftest import GOOD_MODEL, ONE_CONFIGURATION, Ended, Shop

SUITE = (
    GOOD_MODEL
    + ONE_CONFIGURATION
    + "tools: [litert, {name: benchmark_model, path: tool}]\n"
    + "measure: {rounds: 3, profile_rounds: 0, num_runs: 3, warmup_runs: 1, timeout: 3}\n"
)
GOOD_CASE = "good/int8/xnnpack/t1"
BAD_CASE = f"{GOOD_CASE}@benchmark_model"
ARM64_ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\xb7\x00" + bytes(44)

# Answers --help as the real program does, then misbehaves.
HELPFUL = """#!/bin/sh
case "$1" in --help) sed -n 's/^#help //p' "$0" >&2; exit 1;; esac
{what}
{help}
"""


def call(shop: Shop, *words: str) -> Ended:
    ended = shop.call("run", shop.suite(SUITE), "--devices", "host", *words)
    run = shop.run()
    good = [one for one in run.invocations if one.case_id == GOOD_CASE]
    assert len(good) == 3
    assert all(one.reading.latency and one.reading.latency.n == 3 for one in good)
    return ended


def misbehaving(shop: Shop, recorded: Path, what: str) -> None:
    text = (recorded / "benchmark_model" / "tensorflow-2.14.1" / "help.stderr").read_text()
    help_lines = "".join(f"#help {line}\n" for line in text.splitlines())
    tool = shop.root / "suites" / "tool"
    tool.write_text(HELPFUL.format(what=what, help=help_lines))
    tool.chmod(0o755)


def test_missing(shop: Shop) -> None:
    ended = call(shop)
    assert ended.code == 3
    assert "suites/tool does not exist" in ended.out


def test_not_executable(shop: Shop) -> None:
    (shop.root / "suites" / "tool").write_text("#!/bin/sh\n")
    ended = call(shop)
    assert ended.code == 3
    assert "chmod +x suites/tool" in ended.out


def test_another_architecture(shop: Shop) -> None:
    tool = shop.root / "suites" / "tool"
    tool.write_bytes(ARM64_ELF)
    tool.chmod(0o755)
    ended = call(shop)
    assert ended.code == 3
    assert "architecture" in ended.out


def test_not_benchmark_model(shop: Shop) -> None:
    tool = shop.root / "suites" / "tool"
    tool.write_text("#!/bin/sh\necho hello\n")
    tool.chmod(0o755)
    ended = call(shop)
    assert ended.code == 3
    assert "suites/tool" in ended.out


@pytest.mark.parametrize(
    ("what", "kind", "message"),
    [
        ("kill -SEGV $$", "crash", "SIGSEGV"),
        ("exit 0", "no_result", ""),
        ("yes 'ERROR: again and again' | head -c 5000000 >&2; exit 1", "exit", ""),
    ],
    ids=["crashes", "prints nothing", "floods"],
)
def test_a_program_that_breaks(
    shop: Shop, recorded: Path, what: str, kind: str, message: str
) -> None:
    misbehaving(shop, recorded, what)
    ended = call(shop)
    assert ended.code == 3
    bad = [one for one in shop.run().invocations if one.case_id == BAD_CASE]
    assert len(bad) == 2  # two failures in a row, then the case is left alone
    for one in bad:
        assert one.reading.failure is not None
        assert one.reading.failure.kind == kind
        assert message in one.reading.failure.message
        assert one.reading.failure.message in ended.out


def test_a_program_that_hangs_is_ended_and_not_tried_again(shop: Shop, recorded: Path) -> None:
    misbehaving(shop, recorded, "echo begun; sleep 54321 & sleep 54322")
    began = time.monotonic()
    ended = call(shop)
    assert time.monotonic() - began < 30
    (bad,) = [one for one in shop.run().invocations if one.case_id == BAD_CASE]
    assert bad.reading.failure is not None
    assert bad.reading.failure.kind == "timeout"
    assert ended.code == 124
    assert "did not end within 3 s" in ended.out
    folder = next((shop.root / ".benchhub").glob("runs/*/invocations/host/*benchmark_model"))
    assert (folder / "stdout.txt").read_text() == "begun\n"
    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline")]
    assert not any(b"54321" in command or b"54322" in command for command in commands)
