"""Rigs: real programs that tests talk to, set up by tests/rigs/install.sh."""

from __future__ import annotations

import os
import signal
import sysconfig
from pathlib import Path

import pytest
from hypothesis import settings

from . import fault_table
from .rigs.fixtures import (
    adb_key,
    adb_server,
    adbd,
    board,
    fault_proxy,
    make_adbd,
    make_sshd,
    postgresql,
    sshd,
)
from .rigs.postgresql import programs

__all__ = [  # pytest finds fixtures here
    "adb_key",
    "adb_server",
    "adbd",
    "board",
    "fault_proxy",
    "make_adbd",
    "make_sshd",
    "postgresql",
    "sshd",
]

# What a developer has set is for real runs.
for variable in ("BENCHHUB_STORE", "BENCHHUB_HOME"):
    os.environ.pop(variable, None)

# Below nohup, and in the background of a shell, they are ignored, and every process inherits that.
for number, action in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGHUP, signal.SIG_DFL),
):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, action)

# A slow or busy machine is no failure; the same examples on every machine.
settings.register_profile("benchhub", deadline=None, derandomize=True)
settings.load_profile("benchhub")

TESTS = Path(__file__).parent
UNPACKED = TESTS / "rigs" / "unpacked"
PACKAGES = Path(sysconfig.get_path("platlib"))
# The version that ai-edge-litert 2.3.0 was built for; others cannot be loaded.
OPENVINO = PACKAGES / "openvino" / "libs" / "libopenvino.so.2631"
# For this one file of it; the package is never imported.
AXE = PACKAGES / "axe_playwright_python" / "axe.min.js"
RIGS = {
    "adb": Path("/usr/bin/adb"),
    "adbd": UNPACKED / "adbd" / "device" / "system" / "bin" / "adbd",
    "axe": AXE,
    "benchmark_model": UNPACKED / "benchmark_model" / "benchmark_model",
    "benchmark_model_arm64": UNPACKED / "benchmark_model_arm64" / "benchmark_model",
    "board": UNPACKED / "board" / "board" / "opt" / "server" / "sshd",
    "chromium": Path("/usr/bin/chromedriver"),
    "delegate": UNPACKED / "delegate" / "libtestdelegate.so",
    "fish": Path("/usr/bin/fish"),
    "gcc": Path("/usr/bin/gcc"),
    "gpu": UNPACKED / "gpu" / "libvk_swiftshader.so",
    "openvino": OPENVINO,
    "postgresql": programs() / "postgres",
    "python3": Path("/usr/bin/python3"),
    "sshd": UNPACKED / "sshd" / "server" / "sshd",
    "zsh": Path("/usr/bin/zsh"),
}
INSTALL = "tests/rigs/install.sh"
HOW = {
    "adb": "apt-get install adb",
    "adbd": f"{INSTALL} adbd",
    "axe": "pip install --no-deps axe-playwright-python==0.1.8",
    "benchmark_model": f"{INSTALL} benchmark_model",
    "benchmark_model_arm64": f"{INSTALL} benchmark_model_arm64",
    "board": f"{INSTALL} board",
    "chromium": "apt-get install chromium chromium-driver",
    "delegate": f"{INSTALL} delegate",
    "fish": "apt-get install fish",
    "gcc": "apt-get install gcc libc6-dev",
    "gpu": f"{INSTALL} gpu",
    "openvino": "pip install openvino==2026.3.1",
    "postgresql": "apt-get install postgresql",
    "python3": "apt-get install python3",
    "sshd": f"{INSTALL} sshd",
    "zsh": "apt-get install zsh",
}
# Fixtures that need a rig without being told so by a mark.
FIXTURE_RIGS = {
    "adb_server": "adb",
    "benchmark_model": "benchmark_model",
    "benchmark_model_arm64": "benchmark_model_arm64",
    "board": "board",
    "make_adbd": "adbd",
    "postgresql": "postgresql",
    "sshd": "sshd",
}


def pytest_runtest_setup(item: pytest.Item) -> None:
    marked = [name for mark in item.iter_markers("rig") for name in mark.args]
    fixtures = getattr(item, "fixturenames", ())
    for name in [*marked, *(FIXTURE_RIGS[used] for used in fixtures if used in FIXTURE_RIGS)]:
        if not RIGS[name].exists():
            need = f"needs the rig {name}: {HOW[name]}"
            if os.environ.get("BENCHHUB_REQUIRE_RIGS") == "1":
                pytest.fail(need, pytrace=False)
            pytest.skip(need)


@pytest.fixture
def benchmark_model() -> Path:
    """TFLite's benchmark_model 2.14.1, runnable on this machine."""
    return RIGS["benchmark_model"]


@pytest.fixture
def benchmark_model_arm64() -> Path:
    """The same for the arm64 board, to be sent there: a folder with its loader and libraries."""
    return RIGS["benchmark_model_arm64"]


@pytest.fixture
def recorded() -> Path:
    """Recorded outputs of real tools, and the models of those runs."""
    return TESTS / "recorded"


@pytest.fixture
def repository() -> Path:
    """The checkout, which is a workspace."""
    return TESTS.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest file, which would else run alone at the end; note what is a fault."""
    items.sort(key=lambda item: item.path != TESTS / "end_to_end" / "test_variants.py")
    fault_table.note(items)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how faults ended, and which commands of the documentation were not run and why."""
    fault_table.summarise(terminalreporter)
    told = [
        value
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name == "documentation" and report.when == "call"
    ]
    if not told:
        return
    left = [(command, how) for command, how in told if how != "run"]
    terminalreporter.section("commands of the documentation")
    terminalreporter.line(f"{len(told) - len(left)} were run, {len(left)} were not:")
    for command, how in left:
        terminalreporter.line(f"{command} ({how})")
