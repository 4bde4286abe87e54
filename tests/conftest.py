"""Rigs: real programs that tests talk to, set up by tests/rigs/install.sh."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A slow or busy machine is no failure; the same examples on every machine.
settings.register_profile("benchhub", deadline=None, derandomize=True)
settings.load_profile("benchhub")

TESTS = Path(__file__).parent
RIGS = {
    "benchmark_model": TESTS / "rigs" / "unpacked" / "benchmark_model" / "benchmark_model",
    "chromium": Path("/usr/bin/chromedriver"),
}
HOW = {
    "benchmark_model": "tests/rigs/install.sh benchmark_model",
    "chromium": "apt-get install chromium chromium-driver",
}


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("rig"):
        (name,) = mark.args
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
def recorded() -> Path:
    """Recorded outputs of real tools, and the models of those runs."""
    return TESTS / "recorded"


@pytest.fixture
def repository() -> Path:
    """The checkout, which is a workspace."""
    return TESTS.parent
