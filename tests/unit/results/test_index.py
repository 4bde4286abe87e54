"""The index, the same in SQLite and in PostgreSQL."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from benchhub.errors import FormatTooNewError, StoreError
from benchhub.records import RunState
from benchhub.results import ops_frame
from benchhub.results.index import Index, bring_in, is_shared, open_index, rebuild, where
from benchhub.results.index.ops import stored_ops
from benchhub.results.index.schema import KNOWN, MIGRATIONS, NEWEST, VERSION_TABLE
from benchhub.results.index.tables import metadata
from benchhub.results.store import run_folders
from benchhub.workspace import Workspace

from ..reports.invented import small_run
from .stores import copied, end, finished
from .test_store import STEPS, begun, measured

Make = Callable[[str], Workspace]


def refreshed(workspace: Workspace) -> Index:
    """The index after a look at the folders, none of which is damaged."""
    index = open_index(workspace)
    assert index.refresh(run_folders(workspace.runs)) == []
    return index


def ids(index: Index) -> list[str]:
    return [row["run_id"] for row in index.runs()]


def run_sql(index: Index, statement: str) -> None:
    with index.engine.begin() as connection:
        connection.execute(text(statement))


class TestIndex:
    """What holds in both databases."""

    def test_it_is_a_cache_of_the_folders(self, make: Make) -> None:
        workspace = make("one")
        folder = begun(workspace.runs)
        measured(folder, STEPS[0])
        with refreshed(workspace) as index:
            (row,) = index.runs()
            assert (row["run_id"], row["done"], row["state"]) == (folder.run_id, 1, "unfinished")
            (one,) = index.invocations([folder.run_id])
            assert (one["case_id"], one["device"], one["status"], one["value_us"]) == (
                "net/int8/xnnpack/t2", "host", "OK", 100.0,
            )  # fmt: skip
            measured(folder, STEPS[1], 120.0)
            assert index.refresh(run_folders(workspace.runs)) == []
            assert index.runs()[0]["done"] == 2
            assert [one["value_us"] for one in index.invocations([folder.run_id])] == [100.0, 120.0]
            assert index.refresh([]) == []
            assert index.runs() == index.invocations([folder.run_id]) == []

    def test_a_finished_run_with_gaps_that_is_resumed_is_read_again(self, make: Make) -> None:
        workspace = make("one")
        folder = begun(workspace.runs)
        measured(folder, STEPS[0])
        end(folder, RunState.FINISHED)
        refreshed(workspace).close()
        measured(folder, STEPS[1])
        with refreshed(workspace) as index:
            (row,) = index.runs()
        assert (row["state"], row["done"]) == ("finished", 2)

    def test_a_whole_run_that_was_mended_is_read_again(self, make: Make) -> None:
        workspace = make("one")
        folder = finished(workspace)
        refreshed(workspace).close()
        shutil.rmtree(folder.step_folder(STEPS[0]))  # it was damaged, and is measured again
        measured(folder, STEPS[0], 150.0)
        end(folder, RunState.FINISHED)
        with refreshed(workspace) as index:
            found = index.invocations([folder.run_id])
        assert found[0]["value_us"] == 150.0

    def test_a_run_that_only_ended_meanwhile_is_read_again(self, make: Make) -> None:
        workspace = make("one")
        folder = begun(workspace.runs)
        measured(folder, STEPS[0])
        refreshed(workspace).close()
        end(folder, RunState.INTERRUPTED)
        with refreshed(workspace) as index:
            assert index.runs()[0]["state"] == "interrupted"

    def test_workspaces_do_not_touch_each_others_runs(self, make: Make) -> None:
        first, second = make("first"), make("second")
        folder = finished(first)
        copied(folder, second)
        own = finished(second)
        refreshed(first).close()
        refreshed(second).close()
        with refreshed(first) as index:
            assert ids(index) == [folder.run_id]
            found = {(row["run_id"], Path(row["place"]).name) for row in index.all_runs()}
        both = {(folder.run_id, "first"), (folder.run_id, "second")}
        assert found == {*both, (own.run_id, "second")}
        with open_index(second) as index:
            assert len(index.invocations([folder.run_id])) == len(STEPS)
            index.refresh([])
            assert ids(index) == []
        with open_index(first) as index:
            assert ids(index) == [folder.run_id]
            assert len(index.invocations([folder.run_id])) == len(STEPS)

    def test_rebuild_makes_what_is_its_own_again(self, make: Make) -> None:
        first, second = make("first"), make("second")
        kept, bad = finished(first), finished(first)
        other = finished(second)
        for workspace in (first, second):
            refreshed(workspace).close()
        (bad.path / "plan.json").write_text("{")
        (trouble,) = rebuild(first, run_folders(first.runs))
        assert bad.run_id in trouble
        with open_index(first) as index:
            assert ids(index) == [kept.run_id]
            assert {row["run_id"] for row in index.all_runs()} == {kept.run_id, other.run_id}

    @pytest.mark.fault("two controllers: six write one index", place="{address}")
    def test_many_write_at_once(self, make: Make) -> None:
        """Also the tables are made by whoever is first."""
        workspaces = [make(f"w{number}") for number in range(3)]
        for workspace in workspaces:
            for _ in range(3):
                finished(workspace)
        failed: list[BaseException] = []
        ready = threading.Barrier(6)

        def refresh(workspace: Workspace) -> None:
            try:
                ready.wait()
                refreshed(workspace).close()
            except BaseException as error:  # noqa: BLE001 - told by the test
                failed.append(error)

        threads = [threading.Thread(target=refresh, args=(one,)) for one in workspaces * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        with open_index(workspaces[0]) as index:
            assert len(index.all_runs()) == 9
            assert len(index.invocations(ids(index))) == 3 * len(STEPS)

    def test_the_migrations_make_the_tables_of_today(self, make: Make) -> None:
        with open_index(make("one")) as index, index.engine.connect() as connection:
            options = {"version_table": VERSION_TABLE}
            context = MigrationContext.configure(connection, opts=options)
            assert compare_metadata(context, metadata) == []
        script = ScriptDirectory(str(MIGRATIONS))
        assert script.get_current_head() == NEWEST
        assert {one.revision for one in script.walk_revisions()} == KNOWN

    @pytest.mark.fault("index: from a newer version", place="{address}")
    def test_an_index_of_a_newer_version_is_left_alone(self, make: Make) -> None:
        workspace = make("one")
        folder = finished(workspace)
        with refreshed(workspace) as index:
            run_sql(index, f"UPDATE {VERSION_TABLE} SET version_num = '9999'")  # noqa: S608
            wanted = "version 9999, which is newer.*Update benchhub"
            with pytest.raises(FormatTooNewError, match=wanted):
                open_index(workspace)
            assert ids(index) == [folder.run_id]
        assert "Update benchhub" in str(bring_in(workspace, folder))

    @pytest.mark.fault("index: another program's database", place="{address}")
    def test_a_database_of_another_program_is_left_alone(self, make: Make) -> None:
        workspace = make("one")
        with open_index(workspace) as index:
            metadata.drop_all(index.engine)
            run_sql(index, f"DROP TABLE {VERSION_TABLE}")
            run_sql(index, "CREATE TABLE ops (mine TEXT)")
            with pytest.raises(StoreError, match="tables of another program: ops"):
                open_index(workspace)
            run_sql(index, "SELECT mine FROM ops")

    def test_what_no_database_takes_is_cleaned_or_told(self, make: Make) -> None:
        workspace = make("one")
        odd, large, good = finished(workspace), finished(workspace), finished(workspace)
        path = odd.path / "plan.json"
        path.write_text(path.read_text().replace('"suite": "s"', r'"suite": "s\u0000é"'))
        path = next(large.path.rglob("invocation.json"))
        path.write_text(path.read_text().replace('"n": 3', f'"n": {10**30}'))
        with open_index(workspace) as index:
            (trouble,) = index.refresh(run_folders(workspace.runs))
            assert "larger than an index takes" in trouble
            assert large.run_id in trouble
            assert {row["run_id"]: row["suite"] for row in index.runs()} == {
                odd.run_id: "s\ufffdé", good.run_id: "s",
            }  # fmt: skip

    def test_an_invocation_of_a_case_that_the_plan_has_not_is_told(self, make: Make) -> None:
        run = small_run()
        odd = replace(run.invocations[0], case_id="other/int8")
        with open_index(make("one")) as index:
            with pytest.raises(StoreError, match="'other/int8', which its plan has not"):
                index.put(replace(run, invocations=(odd,)))
            assert index.all_runs() == []

    def test_operators_are_those_of_the_run_folders(self, make: Make) -> None:
        workspace = make("one")
        run = small_run()
        others = [replace(run, plan=replace(run.plan, run_id=name)) for name in ("01B", "01A")]
        with open_index(workspace) as index:
            for one in (run, *others):
                index.put(one)
            stored = plain(stored_ops(index))
            one_run = plain(stored_ops(index, ["01A"]))
            assert stored_ops(index, []).empty
        with open_index(make("two")) as index:
            assert stored_ops(index).empty
            assert len(stored_ops(index, everywhere=True)) == len(stored)
        wanted = ops_frame([run, *others])
        assert len(wanted) > 100
        pd.testing.assert_frame_equal(stored, wanted, check_dtype=False)
        pd.testing.assert_frame_equal(one_run, ops_frame([others[1]]), check_dtype=False)

    def test_where_it_is_has_no_password(self, make: Make, address: str) -> None:
        workspace = make("one")
        assert is_shared(workspace)
        assert "secret" not in where(workspace)
        assert where(workspace).partition(":")[0] in (address.partition(":")[0], "/", address[10:])


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with words as words, without the workspace."""
    words = frame.select_dtypes("category").columns
    return frame.astype(dict.fromkeys(words, object)).drop(columns="home")
