"""What people write: suites, devices, the lock of official programs."""

from __future__ import annotations

import re
from pathlib import Path

from benchhub.devices.inventory import read_device
from benchhub.records import ModelVariant
from benchhub.results.settings import FILE as SETTINGS_FILE
from benchhub.results.settings import read_settings, read_shared_runs
from benchhub.suites.document import read_document
from benchhub.suites.matrix import expand
from benchhub.suites.suite import parse_suite
from benchhub.tools.official.lock import LOCK_FILE, read_lock
from benchhub.workspace import Workspace
from tests.fuzz.seeds import files, scratch, texts
from tests.fuzz.target import Form, Target

_LOCK = f"""\
version: 1
files:
- family: tflite
  version: latest
  platform: linux_x86_64
  file: linux_x86-64_benchmark_model
  address: https://127.0.0.1/benchmark_model
  sha256: {"ab" * 32}
  size: 5
  date: 2026-01-02
"""


_SETTINGS = "store: postgresql+psycopg://a@127.0.0.1:5432/d?x=1\nruns: s3://bucket/runs\n"


def _file(name: str, data: bytes) -> Path:
    path = scratch() / name
    path.write_bytes(data)
    return path


def _suite(data: bytes) -> None:
    suite = parse_suite(read_document(_file("s.yaml", data), "suites/s.yaml"))
    variants = {
        (model.name, variant): ModelVariant(model.name, variant, "m.tflite", "", 0)
        for model in suite.file.models
        for variant in model.variants
    }
    expand(suite, variants)


def _device(data: bytes) -> None:
    read_device(_file("d.yaml", data), "devices/d.yaml")


def _lock(data: bytes) -> None:
    _file(LOCK_FILE, data)
    lock = read_lock(Workspace(scratch()))
    lock.versions("tflite", "linux_x86_64")
    _ = lock.text


def _settings(data: bytes) -> None:
    _file(SETTINGS_FILE, data)
    workspace = Workspace(scratch())
    read_settings(workspace)
    read_shared_runs(workspace)


def _devices() -> list[bytes]:
    """Return the repository's devices under the name that the file has here."""
    found = files("devices/*.yaml", "devices/examples/*.yaml")()
    return [re.sub(rb"(?m)^name: .*$", b"name: d", data) for data in found]


TARGETS = (
    Target(
        "suite",
        _suite,
        files("suites/*.yaml"),
        Form.YAML,
        (
            "models",
            "variants",
            "configurations",
            "delegate",
            "xnnpack",
            "external",
            "options",
            "threads",
            "affinity",
            "measure",
            "rounds",
            "exclude",
            "include",
            "gate",
            "budgets",
            "verify",
            "conditions",
            "tools",
            "inputs",
            "shape",
            "range",
            "accuracy",
            "data",
            "convert",
            "reference",
            "canary",
        ),
        weight=0.4,
    ),
    Target(
        "device",
        _device,
        _devices,
        Form.YAML,
        (
            "name",
            "transport",
            "host",
            "ssh",
            "adb",
            "serial",
            "address",
            "port",
            "user",
            "folder",
            "labels",
            "tool",
            "identity",
            "governor",
            "python",
            "libraries",
        ),
        weight=0.3,
    ),
    Target(
        "settings",
        _settings,
        texts(_SETTINGS, "store: sqlite:///x.sqlite\nruns: x\n"),
        Form.YAML,
        ("store", "runs", "postgresql+psycopg://a:b@h:5432/d?x=y", "sqlite:///", "local"),
        weight=0.3,
    ),
    Target("tools_lock", _lock, texts(_LOCK), Form.YAML, ("version", "files", "date"), weight=0.3),
)
