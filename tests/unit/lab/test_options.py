"""Where the TLS files are."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchhub.cli.lab.options import tls_folder


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    for name in ("BENCHHUB_LAB_TLS", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)


def test_what_is_said_counts_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tls_folder(None) == Path("/home/ann/.config/benchhub/lab")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/etc/xdg")
    assert tls_folder(None) == Path("/etc/xdg/benchhub/lab")
    monkeypatch.setenv("BENCHHUB_LAB_TLS", "/keys")
    assert tls_folder(None) == Path("/keys")
    assert tls_folder(Path("said")) == Path("said")
