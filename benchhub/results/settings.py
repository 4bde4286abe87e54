"""What a workspace says of where results go: `benchhub.yaml`, and variables over it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import Field

from benchhub.errors import ConfigError, UsageError
from benchhub.suites.document import Document, read_document
from benchhub.suites.validation import Strict, validate
from benchhub.workspace import Workspace

if TYPE_CHECKING:
    from sqlalchemy import URL

FILE = "benchhub.yaml"
VARIABLE = "BENCHHUB_STORE"
RUNS_VARIABLE = "BENCHHUB_RUNS"
# In place of an address: the workspace's own file.
LOCAL = "local"
_ADVICE = "It reads postgresql+psycopg://USER@HOST/DATABASE, sqlite:///FILE, or local."


class WorkspaceFile(Strict):
    """The file `benchhub.yaml` of a workspace."""

    store: str | None = Field(
        default=None,
        description="Where the index is: postgresql+psycopg://USER@HOST/DATABASE, sqlite:///FILE,"
        " or local.",
    )
    runs: str | None = Field(
        default=None,
        description="Where `benchhub runs push` brings runs and `pull` fetches them: a folder, or a"
        " URL such as s3://bucket/runs.",
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """Where results go.

    Attributes:
        store: The database of the index; None is the workspace's own file.
    """

    store: URL | None


def read_settings(workspace: Workspace) -> Settings:
    """Read the settings of a workspace; `BENCHHUB_STORE` decides over the file.

    Raises:
        ConfigError: The file is wrong, or what is named is no store.
    """
    told = os.environ.get(VARIABLE, "").strip()
    if told:
        return Settings(_url(told, VARIABLE, workspace))
    path = workspace.root / FILE
    if not path.exists():
        return Settings(None)
    document = read_document(path, FILE)
    told = (validate(document, WorkspaceFile).store or "").strip()
    return Settings(_url(told, _place(document), workspace) if told else None)


def read_shared_runs(workspace: Workspace) -> str:
    """Return the address that runs are shared at; `BENCHHUB_RUNS` decides over the file.

    Raises:
        ConfigError: The file is wrong.
        UsageError: Nothing says where that is.
    """
    told = os.environ.get(RUNS_VARIABLE, "").strip()
    path = workspace.root / FILE
    if not told and path.exists():
        told = (validate(read_document(path, FILE), WorkspaceFile).runs or "").strip()
    if not told:
        raise UsageError(
            "nothing says where runs are shared.",
            f"Name a folder or URL on the command line, or `runs:` in {FILE}.",
        )
    return told


def _place(document: Document) -> str:
    return f"{document.place(('store',))}: 'store'"


def _url(told: str, where: str, workspace: Workspace) -> URL | None:
    """Return the address of a store; None for the workspace's own. Raises ConfigError.

    What was told is never repeated: there may be a password in it.
    """
    if told == LOCAL:
        return None
    # It loads SQLAlchemy, which a workspace of its own may not need yet.
    from sqlalchemy import make_url  # noqa: PLC0415
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    try:
        url = make_url(told)
    except (ArgumentError, ValueError):
        raise ConfigError(f"{where} is no address of a store.", _ADVICE) from None
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise ConfigError(f"{where} cannot be in {url.drivername}.", _ADVICE)
    if not url.database or url.database == ":memory:" or url.query:
        raise ConfigError(f"{where} names no file.", _ADVICE)
    return url.set(drivername="sqlite", database=str(workspace.root / url.database))
