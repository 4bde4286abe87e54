"""An index in both databases."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from benchhub.results.settings import VARIABLE
from benchhub.workspace import Workspace

from ...rigs.postgresql import Postgresql
from .stores import workspace_at

NUMBERS = itertools.count()


@pytest.fixture(params=["SQLite", pytest.param("PostgreSQL", marks=pytest.mark.rig("postgresql"))])
def address(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty database that workspaces share."""
    if request.param == "SQLite":
        address = f"sqlite:///{tmp_path / 'shared.sqlite'}"
    else:
        server: Postgresql = request.getfixturevalue("postgresql")
        address = server.make_database(f"index{next(NUMBERS)}")
    monkeypatch.setenv(VARIABLE, address)
    return address


@pytest.fixture
def make(tmp_path: Path, address: str) -> Callable[[str], Workspace]:
    """A function that makes a workspace whose index is there."""
    return lambda name: workspace_at(tmp_path / name)
