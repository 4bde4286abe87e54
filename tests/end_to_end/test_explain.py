"""benchhub explain, on files and standard input."""

from __future__ import annotations

import subprocess
from pathlib import Path

from .conftest import PROGRAM, Shop

RECORDED = Path(__file__).parents[1] / "recorded" / "benchmark_model" / "tensorflow-2.14.1"


def test_a_file(shop: Shop) -> None:
    ended = shop.call("explain", str(RECORDED / "gpu.stdout"), COLUMNS="80")
    data = shop.call("explain", str(RECORDED / "gpu.stdout"), "--json").json

    assert ended.code == 0
    assert ended.out.startswith("It went on, but measured something else")
    assert "silently wrong (gpu.platform)" in ended.out
    assert all(len(line) <= 80 for line in ended.out.splitlines())
    assert data["found"][0]["finding"]["id"] == "gpu.platform"
    assert data["latency"]["n"] > 0


def test_standard_input() -> None:
    text = "Didn't find op for builtin opcode 'FULLY_CONNECTED' version '12'.\n"
    ended = subprocess.run(
        [str(PROGRAM), "explain", "--exit-code", "1"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert ended.stdout.startswith("It failed")
    assert "Use a newer program" in ended.stdout


def test_what_cannot_be_explained(shop: Shop) -> None:
    binary = shop.root / "b.bin"
    binary.write_bytes(b"\x7fELF\0\0\0")
    missing = shop.call("explain", "nothing.txt")
    wrong = shop.call("explain", "b.bin")

    assert missing.code == wrong.code == 2
    assert "nothing.txt" in missing.err
    assert "no text" in wrong.err
    assert "bug" not in wrong.err
