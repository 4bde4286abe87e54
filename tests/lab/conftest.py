"""Tests of a lab: they need the extra."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from ..rigs.process_tree import rig_folder

if TYPE_CHECKING:
    from pathlib import Path

    from .yard import Yard

# Where all rigs are required, a missing extra is an error rather than silence.
_WANTED = find_spec("distributed") or os.environ.get("BENCHHUB_REQUIRE_RIGS") == "1"
collect_ignore_glob = [] if _WANTED else ["test_*.py"]


@pytest.fixture(scope="module")
def lab(adb_key: Path) -> Iterator[Yard]:
    """A lab with real devices, for all tests of a file: what it is made of takes seconds."""
    from .yard import yard  # noqa: PLC0415 - it loads the extra

    with rig_folder() as folder, yard(folder, adb_key) as there:
        yield there
