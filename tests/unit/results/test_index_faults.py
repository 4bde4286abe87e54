"""What can fail with an index: nothing that was measured is lost, and each failure says what to do.

The run folders are the truth: after each fault the next look at them makes the index whole.
"""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchhub.errors import ConfigError, FormatTooNewError, StoreError
from benchhub.results.index import bring_in, engine, home, open_index, rebuild
from benchhub.results.index import index as writing
from benchhub.results.index.schema import VERSION_TABLE
from benchhub.results.settings import FILE, VARIABLE, read_settings
from benchhub.results.store import run_folders
from benchhub.workspace import Workspace

from ...rigs.postgresql import PASSWORD, Postgresql
from .stores import finished, workspace_at
from .test_store import STEPS

NOTHING = b"no database at all, but long enough to be looked at" * 50
# Writes half of a run and then waits for its end.
HALF = """
import sys
from pathlib import Path
from benchhub.results.index import index, open_index
from benchhub.results.store import run_folders
from benchhub.workspace import Workspace
whole = index.insert_rows
def half(connection, table, rows):
    whole(connection, table, rows)
    if table.name == "invocations":
        print("half", flush=True)
        sys.stdin.read()
index.insert_rows = half
workspace = Workspace(Path(sys.argv[1]))
open_index(workspace).refresh(run_folders(workspace.runs))
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with an index of its own."""
    monkeypatch.delenv(VARIABLE, raising=False)
    return workspace_at(tmp_path / "one")


@pytest.fixture
def server(postgresql: Postgresql) -> Iterator[Postgresql]:
    """The server, which runs again afterwards."""
    yield postgresql
    postgresql.stop()
    postgresql.start()


@pytest.fixture
def team(workspace: Workspace, postgresql: Postgresql, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty database, which is where the index is."""
    address = postgresql.make_database(f"faults{uuid.uuid4().hex}")
    monkeypatch.setenv(VARIABLE, address)
    return address


def found(workspace: Workspace) -> dict[str, int]:
    """How many invocations of each run the index has after a look at the folders."""
    with open_index(workspace) as index:
        assert index.refresh(run_folders(workspace.runs)) == []
        return known(index)


def known(index: writing.Index) -> dict[str, int]:
    runs = [row["run_id"] for row in index.runs()]
    return {run_id: len(index.invocations([run_id])) for run_id in runs}


def told(error: BaseException) -> str:
    """The whole of what may be shown of an error; no password is in it."""
    texts = []
    cause: BaseException | None = error
    while cause is not None:
        texts.append(str(cause))
        cause = cause.__cause__
    everything = "\n".join(texts)
    assert "secret" not in everything
    assert PASSWORD not in everything
    return texts[0]


@pytest.mark.fault("SIGKILL of the controller: while it writes the index", place="{way}")
@pytest.mark.parametrize(
    "way", ["SQLite", pytest.param("PostgreSQL", marks=pytest.mark.rig("postgresql"))]
)
def test_killed_in_the_middle_of_a_run(
    way: str, workspace: Workspace, request: pytest.FixtureRequest
) -> None:
    if way == "PostgreSQL":
        request.getfixturevalue("team")
    first = finished(workspace)
    assert found(workspace) == {first.run_id: len(STEPS)}
    second = finished(workspace)
    child = subprocess.Popen(
        [sys.executable, "-c", HALF, workspace.root],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with child:
        assert child.stdout
        assert child.stdout.readline() == b"half\n"
        child.send_signal(signal.SIGKILL)
    with open_index(workspace) as index:
        assert known(index) == {first.run_id: len(STEPS)}
    assert found(workspace) == {first.run_id: len(STEPS), second.run_id: len(STEPS)}


@pytest.mark.fault("database: restarted between two uses", place="PostgreSQL")
def test_a_server_that_is_restarted_is_no_matter(
    team: str, workspace: Workspace, server: Postgresql
) -> None:
    first = finished(workspace)
    with open_index(workspace) as index:
        index.refresh(run_folders(workspace.runs))
        server.restart()
        assert known(index) == {first.run_id: len(STEPS)}
        second = finished(workspace)
        index.refresh(run_folders(workspace.runs))
        assert known(index) == {first.run_id: len(STEPS), second.run_id: len(STEPS)}


@pytest.mark.fault("database: its power lost while a run is written", place="PostgreSQL")
def test_a_server_that_is_lost_in_the_middle_of_a_run(
    team: str, workspace: Workspace, server: Postgresql, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = finished(workspace)
    whole = writing.insert_rows

    def lost(connection: Any, table: Any, rows: Any) -> None:
        if table.name == "invocations":
            server.kill()
        whole(connection, table, rows)

    with monkeypatch.context() as patch:
        patch.setattr(writing, "insert_rows", lost)
        line = bring_in(workspace, folder)
    assert line
    assert line.startswith(f"run {folder.run_id} is on disk, but not in the index yet: postgresql")
    assert "the server is being restarted. Try again." in line
    server.start()
    assert found(workspace) == {folder.run_id: len(STEPS)}


@pytest.mark.fault("database: away at the end of a run", place="PostgreSQL")
def test_a_server_that_is_away_is_told_and_the_next_look_brings_it_in(
    team: str, workspace: Workspace, server: Postgresql, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = finished(workspace)
    server.stop()
    line = bring_in(workspace, folder)
    assert line
    assert "the server does not answer: Connection refused. Start it" in line
    assert "BENCHHUB_STORE=local" in line
    with monkeypatch.context() as patch:
        patch.setenv(VARIABLE, "local")
        assert found(workspace) == {folder.run_id: len(STEPS)}
    server.start()
    assert found(workspace) == {folder.run_id: len(STEPS)}


@pytest.mark.rig("postgresql")
@pytest.mark.parametrize(
    ("database", "password", "wanted"),
    [
        ("postgres", "a secret", "the user or the password is wrong. Correct them"),
        ("nowhere", None, "there is no such database. Make it, e.g. with createdb"),
    ],
)
def test_who_is_not_let_in_is_told(
    database: str, password: str | None, wanted: str, workspace: Workspace,
    postgresql: Postgresql, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    address = postgresql.url(database, password=password)
    monkeypatch.setenv(VARIABLE, address)
    with pytest.raises(StoreError) as caught:
        open_index(workspace)
    text = told(caught.value)
    assert text.startswith(f"postgresql+psycopg://bench:***@127.0.0.1:{postgresql.port}/{database}")
    assert wanted in text


@pytest.mark.rig("postgresql")
def test_a_user_that_may_not_make_tables_is_told(
    team: str, workspace: Workspace, postgresql: Postgresql, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgresql.execute("CREATE ROLE guest LOGIN PASSWORD 'a secret'")
    own = team.split("@")[1]
    monkeypatch.setenv(VARIABLE, f"postgresql://guest:a secret@{own}")
    with pytest.raises(StoreError, match="permission denied for schema.*grants it") as caught:
        open_index(workspace)
    told(caught.value)


def test_a_server_that_is_not_there_and_a_missing_driver_are_told(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "postgresql://bench:a secret@127.0.0.1:1/x?connect_timeout=5")
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "psycopg", None)
        with pytest.raises(StoreError, match=r"not installed. Install it: pip .*\[postgres\]") as e:
            open_index(workspace)
        told(e.value)


@pytest.fixture
def other(workspace: Workspace) -> Iterator[sqlite3.Connection]:
    """Another program, in the middle of writing the file that is to be the index."""
    finished(workspace)
    other = sqlite3.connect(workspace.index, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()


@pytest.mark.fault("two controllers: another one makes the index", place="SQLite")
def test_a_file_that_another_one_makes_is_waited_for(
    workspace: Workspace, other: sqlite3.Connection
) -> None:
    ending = threading.Timer(0.5, other.rollback)
    ending.start()
    assert list(found(workspace).values()) == [len(STEPS)]
    ending.join()


@pytest.mark.fault("two controllers: another program does not let go of the index", place="SQLite")
def test_a_file_that_stays_locked_is_told(
    workspace: Workspace, other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_MS", 200)
    with pytest.raises(StoreError, match="cannot be used: database is locked") as caught:
        found(workspace)
    assert caught.value.advice == "Another program works on it: try again when that has ended."
    other.rollback()
    assert list(found(workspace).values()) == [len(STEPS)]


@pytest.mark.fault("index: damaged", place="SQLite")
def test_a_damaged_file_is_told_and_made_again(workspace: Workspace) -> None:
    good, bad = finished(workspace), finished(workspace)
    (bad.path / "plan.json").write_text("{")
    workspace.index.write_bytes(NOTHING)
    with pytest.raises(StoreError, match="the index is damaged: .* benchhub index rebuild"):
        open_index(workspace)
    (trouble,) = rebuild(workspace, run_folders(workspace.runs))
    assert bad.run_id in trouble
    with open_index(workspace) as index:
        assert known(index) == {good.run_id: len(STEPS)}


@pytest.mark.fault("index: damaged, and shared", place="SQLite")
def test_a_damaged_file_of_others_is_told(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared.sqlite"
    shared.write_bytes(NOTHING)
    monkeypatch.setenv(VARIABLE, f"sqlite:///{shared}")
    for use in (open_index, lambda one: rebuild(one, [])):
        with pytest.raises(StoreError, match="Remove the file: each workspace"):
            use(workspace)
    assert shared.read_bytes() == NOTHING


@pytest.mark.fault("index: from a newer version, made again", place="SQLite")
def test_rebuild_replaces_a_newer_index_of_the_workspace(workspace: Workspace) -> None:
    folder = finished(workspace)
    found(workspace)
    with sqlite3.connect(workspace.index) as newer:
        newer.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")  # noqa: S608
    newer.close()
    with pytest.raises(FormatTooNewError, match="benchhub index rebuild"):
        open_index(workspace)
    assert rebuild(workspace, run_folders(workspace.runs)) == []
    assert found(workspace) == {folder.run_id: len(STEPS)}


@pytest.mark.fault("index: of before there were migrations", place="SQLite")
@pytest.mark.parametrize("version", [0, 3])
def test_an_index_of_before_migrations_is_made_anew(version: int, workspace: Workspace) -> None:
    folder = finished(workspace)
    with sqlite3.connect(workspace.index) as old:
        old.execute("CREATE TABLE runs (run_id TEXT PRIMARY KEY)")
        old.execute("CREATE TABLE invocations (run_id TEXT)")
        old.execute("INSERT INTO runs VALUES ('an old one')")
        old.execute(f"PRAGMA user_version = {version}")
    old.close()
    assert found(workspace) == {folder.run_id: len(STEPS)}


def test_a_workspace_that_moved_is_the_same_and_a_copy_is_another(workspace: Workspace) -> None:
    first = home.read_home(workspace)
    assert home.read_home(workspace) == first
    copy = Workspace(workspace.root.with_name("copy"))
    shutil.copytree(workspace.root, copy.root)
    assert home.read_home(copy).id != first.id
    moved = Workspace(workspace.root.with_name("moved"))
    workspace.root.rename(moved.root)
    again = home.read_home(moved)
    assert again.id == first.id
    assert again.place.endswith("/moved")
    kept = moved.runs.parent / "home.json"
    kept.write_text("{")
    assert home.read_home(moved).id != first.id
    assert home.read_home(moved) == home.read_home(moved)
    assert list(kept.parent.iterdir()) == [kept]


def test_a_workspace_whose_machine_is_another_each_time_is_named(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(home.VARIABLE, "nightly")
    assert home.read_home(workspace).id == "nightly"
    assert home.read_home(workspace_at(workspace.root / "b")).id == "nightly"
    for word in ("here", "a b", "-x"):
        monkeypatch.setenv(home.VARIABLE, word)
        with pytest.raises(ConfigError, match="BENCHHUB_HOME: .* is no name. Letters"):
            home.read_home(workspace)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("store: 7\n", r"benchhub.yaml:1:1: 'store' has to be a valid string, not 7"),
        ("stores: x\n", r"benchhub.yaml:1:1: unknown key 'stores'; did you mean 'store'\?"),
        ("# here\nstore: mysql://x:secret@y/z\n", "benchhub.yaml:2:1: 'store' cannot be in mysql"),
        ("store: postgresql+asyncpg://x/z\n", "cannot be in postgresql.asyncpg. It reads postgres"),
        ("store: 'a secret'\n", "benchhub.yaml:1:1: 'store' is no address of a store"),
        ("store: postgresql://h:secret/z\n", "benchhub.yaml:1:1: 'store' is no address"),
        ("store: 'sqlite://'\n", "benchhub.yaml:1:1: 'store' names no file"),
    ],
)
def test_what_is_no_store_is_told_with_its_line(
    text: str, wanted: str, workspace: Workspace
) -> None:
    (workspace.root / FILE).write_text(text)
    with pytest.raises(ConfigError, match=wanted) as caught:
        read_settings(workspace)
    told(caught.value)


def test_the_variable_decides_over_the_file(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_settings(workspace).store is None
    (workspace.root / FILE).write_text("store: sqlite:///team.sqlite\n")
    store = read_settings(workspace).store
    assert store
    assert store.database == str(workspace.root / "team.sqlite")
    monkeypatch.setenv(VARIABLE, "postgresql://bench@db/bench")
    store = read_settings(workspace).store
    assert str(store) == "postgresql+psycopg://bench@db/bench"
    monkeypatch.setenv(VARIABLE, "local")
    assert read_settings(workspace).store is None
    monkeypatch.setenv(VARIABLE, "oracle://x")
    with pytest.raises(ConfigError, match="BENCHHUB_STORE cannot be in oracle"):
        read_settings(workspace)
