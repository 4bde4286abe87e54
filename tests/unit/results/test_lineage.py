"""Which tool, model, commit and device made a number, and what else they made."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from benchhub.analysis.summary import summarise
from benchhub.cli import main
from benchhub.records import Run, Side, SideSpec, ToolIdentity
from benchhub.results.index import open_index
from benchhub.results.index.lineage import Number, Wanted, lineage
from benchhub.workspace import Workspace

from ..comparisons import comparison_run, slower
from ..reports.invented import invented_run, small_run

Make = Callable[[str], Workspace]
LITERT, BENCHMARK_MODEL = "ab" * 32, "cd" * 32


def named(run: Run, run_id: str, commit: str | None = None) -> Run:
    plan = replace(run.plan, run_id=run_id)
    return replace(run, plan=replace(plan, git_commit=commit) if commit else plan)


def asked(workspace: Workspace, **wanted: str) -> list[Number]:
    with open_index(workspace) as index:
        return lineage(index, Wanted(**wanted))


def put(workspace: Workspace, *runs: Run) -> None:
    with open_index(workspace) as index:
        for run in runs:
            index.put(run)


def test_a_number_knows_what_made_it_and_is_that_of_the_report(make: Make) -> None:
    workspace, run = make("one"), invented_run()
    put(workspace, run)
    numbers = {(one.device, one.case_id): one for one in asked(workspace, run=run.plan.run_id)}
    measured = {(one.device, one.case_id) for one in run.invocations}
    assert set(numbers) == measured
    reported = {
        (device.name, case.case.id): case.latency.value_us
        for device in summarise(run).devices
        for case in device.cases
        if case.latency
    }
    assert len(reported) > 10
    told = {key: one.value_us for key, one in numbers.items() if one.value_us is not None}
    assert told == pytest.approx(reported)
    for (device, case_id), one in numbers.items():
        case = run.plan.case(case_id)
        (record,) = [each for each in run.devices if each.name == device]
        assert one.model_sha256 == case.variant.sha256
        assert one.commit == run.plan.git_commit
        assert one.build == f"{record.facts.os} {record.facts.kernel}"
        assert one.tool_sha256 == (LITERT if one.tool == "litert" else BENCHMARK_MODEL)
        own = [each for each in run.invocations if (each.device, each.case_id) == (device, case_id)]
        assert (one.processes, set(one.statuses)) == (
            len(own), {each.status.value for each in own},
        )  # fmt: skip


def test_everything_that_was_measured_with_something(make: Make) -> None:
    first, second = make("first"), make("second")
    run = invented_run()
    old, new = named(run, "01A", "aaaa1111"), named(run, "01B", "bbbb2222+")
    put(first, old, new)
    put(second, named(small_run(), "01C", "bbbb3333"))

    def runs(**wanted: str) -> list[str]:
        return list(dict.fromkeys(one.run_id for one in asked(first, **wanted)))

    assert runs(commit="bbbb") == ["01C", "01B"]
    assert runs(commit="BBBB2") == ["01B"]
    assert runs(tool=LITERT[:8]) == ["01C", "01B", "01A"]
    assert runs(tool=BENCHMARK_MODEL) == ["01B", "01A"]
    assert {one.tool for one in asked(first, tool=BENCHMARK_MODEL)} == {"benchmark_model"}
    digest = run.plan.cases[0].variant.sha256
    assert {one.variant for one in asked(first, model=digest[:10])} == {
        run.plan.cases[0].variant.variant
    }
    assert runs(model=run.plan.cases[0].variant.model) == ["01C", "01B", "01A"]
    assert runs(build="Raspberry Pi OS") == runs(device="pi4") == ["01B", "01A"]
    assert {one.case_id for one in asked(first, run="01A", case="*/int8/*")} == {
        one.case_id for one in old.invocations if "/int8/" in one.case_id
    }
    with open_index(second) as index:
        assert runs(home=index.home.id[:12]) == runs(home=index.home.place) == ["01C"]
    for nothing in ("%", "_", "zz"):
        assert runs(tool=nothing) == runs(commit=nothing) == []


def test_each_side_of_a_comparison_has_its_own_program_and_commit(make: Make) -> None:
    workspace, run = make("one"), comparison_run(slower())
    sides = {side: SideSpec("x", "suites/s.yaml", "", f"{side}5") for side in Side}
    tools = [
        ToolIdentity("litert", "litert", "", f"/{side}", digest * 32, side=side)
        for side, digest in zip(Side, ("01", "02"), strict=True)
    ]
    record = replace(run.devices[0], tools=tuple(tools))
    run = replace(run, plan=replace(run.plan, sides=sides), devices=(record,))
    put(workspace, run)
    (baseline,) = asked(workspace, tool="01")
    (candidate,) = asked(workspace, commit="candidate")
    assert (baseline.commit, baseline.case_id[-9:]) == ("baseline5", "~baseline")
    assert (candidate.tool_path, candidate.tool_sha256) == ("/candidate", "02" * 32)
    assert len(asked(workspace, run=run.plan.run_id)) == 2


@pytest.mark.usefixtures("workspace")
class TestCommand:
    """benchhub lineage, in a workspace of its own."""

    @pytest.fixture
    def workspace(self, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        workspace = make("mine")
        monkeypatch.chdir(workspace.root)
        put(make("other"), named(small_run(), "01B"), named(small_run(), "01A"))
        put(make("third"), named(small_run(), "01A"))

    def ask(self, *words: str) -> Result:
        return CliRunner().invoke(main, words, catch_exceptions=False)

    def test_a_run_of_another_workspace(self) -> None:
        ended = self.ask("lineage", "01b")
        assert ended.exit_code == 0, ended.stderr
        head, *rows = ended.stdout.splitlines()
        assert head.split()[:4] == ["run", "case", "device", "ms"]
        assert len(rows) == 8
        assert all(LITERT[:12] in row and "3f9c1b2a77d0+" in row for row in rows)

    def test_one_case_in_full(self) -> None:
        ended = self.ask("lineage", "01B", "mobilenet_v2/int8/none/t1")
        assert f"\n          {LITERT}\n" in ended.stdout
        assert "\nbuild     Debian GNU/Linux 13 (trixie) 6.12.4\n" in ended.stdout
        assert ended.stdout.endswith("/other\n")

    def test_a_run_that_two_workspaces_have(self) -> None:
        ended = self.ask("lineage", "01A")
        assert ended.exit_code == 2
        assert "run '01A' is ambiguous: 01A of " in ended.stderr
        assert "--home" in ended.stderr
        (row,) = [one for one in self.json("runs", "--all") if one["place"].endswith("/third")]
        (one, *_) = self.json("lineage", "01A", "--home", row["place"])
        assert (one["home"], one["run_id"]) == (row["home"], "01A")

    def test_what_is_of_nothing(self) -> None:
        for words in ((), ("--tool", "ee"), ("01Z",)):
            ended = self.ask("lineage", *words)
            assert ended.exit_code == 2
            assert "\n" not in ended.stderr.strip()

    def test_a_workspace_that_is_gone_is_forgotten(self) -> None:
        ended = self.ask("index", "forget", "elsewhere")
        assert ended.exit_code == 2
        assert "/third" in ended.stderr
        places = {Path(row["place"]).name: row["place"] for row in self.json("runs", "--all")}
        assert places["other"] in self.ask("index", "forget", places["other"]).stdout
        assert {Path(row["place"]).name for row in self.json("runs", "--all")} == {"third"}

    def test_runs_of_all(self) -> None:
        assert self.json("runs") == []
        rows = self.json("runs", "--all")
        assert [(row["run_id"], Path(row["place"]).name) for row in rows] == sorted(
            [(row["run_id"], Path(row["place"]).name) for row in rows],
            key=lambda pair: pair[0], reverse=True,
        )  # fmt: skip
        assert {(row["run_id"], Path(row["place"]).name) for row in rows} == {
            ("01B", "other"), ("01A", "other"), ("01A", "third"),
        }  # fmt: skip
        listed = self.ask("runs", "--all").stdout.splitlines()
        assert len(listed) == 4
        assert listed[1].endswith("/other")

    def json(self, *words: str) -> list[dict[str, str]]:
        ended = self.ask(*words, "--json")
        assert ended.exit_code == 0, ended.stderr
        found: list[dict[str, str]] = json.loads(ended.stdout)
        return found
