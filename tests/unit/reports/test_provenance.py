from __future__ import annotations

import shlex
from dataclasses import replace
from types import ModuleType

from benchhub.reports.provenance import measured_files, run_again


def test_each_file_is_named_once_with_its_whole_digest(invented: ModuleType) -> None:
    plan = invented.small_run().plan
    files = measured_files(plan)
    known = {(one.variant.model, one.variant.variant): one.variant for one in plan.cases}
    assert [one.name for one in files] == [f"{model}/{variant}" for model, variant in known]
    assert [one.sha256 for one in files] == [one.sha256 for one in known.values()]


def test_the_command_measures_in_the_same_order(invented: ModuleType) -> None:
    plan = invented.small_run().plan
    words = shlex.split(" ".join(run_again(plan)))
    assert words[:3] == ["benchhub", "run", plan.suite_path]
    assert words[words.index("--seed") + 1] == str(plan.seed)
    assert words[words.index("--devices") + 1] == ",".join(plan.devices)


def test_what_was_imported_has_no_command(invented: ModuleType) -> None:
    assert run_again(replace(invented.small_run().plan, imported=("log.txt",))) == ()
