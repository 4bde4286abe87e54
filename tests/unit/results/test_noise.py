from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchhub.errors import FormatTooNewError, StoreError
from benchhub.records import CaseNoise, DeviceFacts, Noise
from benchhub.results.noise import MAX_BYTES, build_of, noise_path, read_noise, write_noise
from benchhub.workspace import Workspace

NOISE = Noise(
    1, "pi5", "01ABCDEF", "digits", "2026-11-21T10:00:00+00:00", "Cortex-A76, 4 cores", "Linux 6.1",
    (
        CaseNoise("digits/int8/xnnpack/t1", 20, 0.03, 0.04, 300.0, (1.15, 0.2)),
        CaseNoise("digits/int8/xnnpack/t2", 20, 0.0, 0.0, 200.0),
    ),
)  # fmt: skip
Wrong = Callable[[dict[str, Any]], object]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "devices").mkdir()
    return Workspace(tmp_path)


def test_there_and_back(workspace: Workspace) -> None:
    assert read_noise(workspace, "pi5") is None
    assert write_noise(workspace, NOISE) == workspace.devices / "pi5.noise.json"
    assert read_noise(workspace, "pi5") == NOISE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"noise"',
        "{}",
        '{"format": 1}',
        '{"format": "1"}',
        "[" * 100_000,
        '{"a":' * 100_000,
        "\x00\x01",
    ],
    ids=range(11),
)
def test_what_is_no_document(workspace: Workspace, text: str) -> None:
    noise_path(workspace, "pi5").write_text(text)
    with pytest.raises(StoreError) as raised:
        read_noise(workspace, "pi5")
    assert raised.value.advice == "Make it again: benchhub calibrate pi5 --suite SUITE"
    assert "pi5.noise.json" in raised.value.message


def case_with(**fields: object) -> Wrong:
    return lambda data: data["cases"][0].update(fields)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.update(cases=[]),
        lambda data: data.pop("cpu"),
        lambda data: data.update(cases="none"),
        case_with(sd_pair=float("nan")),
        case_with(sd_pair=float("inf")),
        case_with(sd_pair=-0.01),
        case_with(sd_pair="much"),
        case_with(sd_pair=None),
        case_with(sd_process=float("nan")),
        case_with(pairs=0),
        case_with(pairs=-20),
        case_with(median_us=0),
        case_with(median_us=float("nan")),
        case_with(modes=[1.2]),
        case_with(modes=[0.5, 0.2]),
        case_with(modes=[1.2, 1.2]),
        case_with(modes=[float("nan"), 0.2]),
    ],
    ids=range(17),
)
def test_figures_that_are_none(workspace: Workspace, spoil: Wrong) -> None:
    path = write_noise(workspace, NOISE)
    data = json.loads(path.read_text())
    spoil(data)
    path.write_text(json.dumps(data))
    with pytest.raises(StoreError, match=r"pi5\.noise\.json: ") as raised:
        read_noise(workspace, "pi5")
    assert "benchhub calibrate pi5" in raised.value.advice


def test_a_flood(workspace: Workspace) -> None:
    with noise_path(workspace, "pi5").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(StoreError, match="are no calibration"):
        read_noise(workspace, "pi5")


def test_of_another_device(workspace: Workspace) -> None:
    write_noise(workspace, NOISE).rename(noise_path(workspace, "pi4"))
    with pytest.raises(StoreError, match=r"is of pi5, not of pi4\."):
        read_noise(workspace, "pi4")


def test_of_a_newer_benchhub(workspace: Workspace) -> None:
    path = write_noise(workspace, NOISE)
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 999}))
    with pytest.raises(FormatTooNewError) as raised:
        read_noise(workspace, "pi5")
    assert raised.value.advice == "Update benchhub."


def test_the_build_is_androids_fingerprint_else_system_and_kernel() -> None:
    board = DeviceFacts("Debian 12", "6.1", "aarch64", None, 4, None)
    phone = DeviceFacts("Android 14", "5.10", "aarch64", None, 8, None, fingerprint="google/x")
    assert build_of(board) == "Debian 12, 6.1"
    assert build_of(phone) == "google/x"
    assert build_of(DeviceFacts(None, None, None, None, None, None)) == ""
