"""The workshop of the documentation's commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .stand_ins import Devices
from .workshop import Workshop


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory, adb_key: Path) -> Iterator[Workshop]:
    folder = tmp_path_factory.mktemp("documentation")
    with Devices(folder, adb_key) as devices:
        yield Workshop(folder, devices)
