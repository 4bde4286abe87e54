"""A workspace, a server with real programs, and a fetch between them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchhub.downloads.limits import Limits
from benchhub.tools.official.fetch import fetch
from benchhub.workspace import Workspace

from ....rigs.file_server import File, FileServer

HERE = "linux_x86_64"
REMOTE = "/linux_x86-64_benchmark_model"
HASTY = Limits(
    connect_s=5,
    silence_s=10,
    slow_s=0.4,
    slow_bytes=40_000,
    attempts=3,
    advance_bytes=1 << 16,
    backoff_s=0.01,
    longest_backoff_s=0.05,
    most_bytes=4_000_000,
)
ONCE = replace(HASTY, attempts=1)
IMPATIENT = replace(HASTY, silence_s=0.8)


@dataclass
class Heard:
    """A watcher that remembers."""

    lines: list[str] = field(default_factory=list)
    begun: list[tuple[str, int, int | None]] = field(default_factory=list)
    most: int = 0

    def begins(self, name: str, have_bytes: int, total_bytes: int | None) -> None:
        self.begun.append((name, have_bytes, total_bytes))

    def advances(self, have_bytes: int) -> None:
        self.most = max(self.most, have_bytes)

    def says(self, text: str) -> None:
        self.lines.append(text)


@dataclass
class Stand:
    """Everything a test of fetching needs.

    Attributes:
        server: Has TFLite's program for this machine.
        program: Its content: the rig's real one.
        heard: What was told.
    """

    workspace: Workspace
    server: FileServer
    program: bytes
    heard: Heard = field(default_factory=Heard)

    def fetch(self, family: str = "tflite", platform: str = HERE, **more: Any) -> Path:
        more = {"base": self.server.url, "limits": HASTY, "watcher": self.heard, **more}
        return fetch(self.workspace, family, platform, more.pop("version", ""), **more)

    @property
    def target(self) -> Path:
        return self.workspace.root / ".benchhub/tools/benchmark_model" / HERE / "benchmark_model"

    @property
    def part(self) -> Path:
        name = f".benchhub/tools/.downloads/tflite-latest-{HERE}{REMOTE}.part"
        return self.workspace.root / name

    @property
    def statuses(self) -> list[int]:
        return [asked.status for asked in self.server.asked]

    @property
    def locked(self) -> list[dict[str, Any]]:
        text = (self.workspace.root / "tools.lock.yaml").read_text()
        files: list[dict[str, Any]] = yaml.safe_load(text)["files"]
        return files

    def said(self, words: str) -> bool:
        return any(words in line for line in self.heard.lines)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def other(program: bytes) -> bytes:
    """A program that differs from another, in the middle."""
    middle = len(program) // 2
    return program[:middle] + bytes([program[middle] ^ 1]) + program[middle + 1 :]


@pytest.fixture
def stand(
    tmp_path: Path, benchmark_model: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stand]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    program = benchmark_model.with_name("benchmark_model.real").read_bytes()
    with FileServer() as server:
        server.files[REMOTE] = File(program)
        yield Stand(Workspace(tmp_path), server, program)
