from __future__ import annotations

from dataclasses import replace
from types import ModuleType

from benchhub.analysis.summary import summarise
from benchhub.reports.environment import environment


def test_facts_stand_side_by_side_and_missing_is_a_dash(invented: ModuleType) -> None:
    table = environment(summarise(invented.invented_run())).devices
    assert table.columns == ("host", "pi4")
    rows = dict(table.rows)
    assert rows["Processor"] == ("Example CPU @ 2.40GHz", "Raspberry Pi 4 Model B Rev 1.4")
    assert rows["Frequency limits, GHz"] == ("\N{EN DASH}", "0.600 to 1.80")
    assert rows["Governor"] == ("\N{EN DASH}", "ondemand")
    assert rows["Memory, MB"] == ("8201", "8201")


def test_the_run_is_identified(invented: ModuleType) -> None:
    run = invented.small_run()
    facts = dict(environment(summarise(run)).run)
    assert facts["Run"] == "01EXAMPL"
    assert facts["Commit of the workspace"] == "3f9c1b2a77d0, with changes"
    assert facts["Invocations"] == "48 of 48 planned"
    assert facts["Took"] == "7 min 54 s"
    bare = replace(run, end=None, plan=replace(run.plan, git_commit=None, reference=None))
    facts = dict(environment(summarise(bare)).run)
    assert facts["Commit of the workspace"] == "not in git"
    assert facts["State"] == "unfinished"
    assert facts["Ended"] == facts["Took"] == "\N{EN DASH}"
    assert facts["Reference"] == "the first case of each model and tool"


def test_settings_are_as_the_suite_gives_them(invented: ModuleType) -> None:
    run = invented.small_run()
    told = dict(environment(summarise(run)).measure)
    assert told["Inferences per process"] == "at least 50 and 0.5 s, at most 150 s"
    assert told["Warm-up"] == "at least 1 and 0.2 s"
    exact = replace(run.plan.measure, min_secs=0.0)
    run = replace(run, plan=replace(run.plan, measure=exact))
    assert dict(environment(summarise(run)).measure)["Inferences per process"] == "exactly 50"
