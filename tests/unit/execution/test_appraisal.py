"""What is written of each variant before anything is measured."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

import numpy as np
import pytest

from benchhub.devices.inventory import Device, find_devices
from benchhub.execution.appraisal import appraise
from benchhub.execution.observer import Observer
from benchhub.execution.planning import Choices, make_plan
from benchhub.execution.session import begin, carry_out
from benchhub.models.worker import Worker
from benchhub.records import RunState, VariantFacts
from benchhub.results.store import RunFolder
from benchhub.workspace import Workspace

from ...judged_models import CLASSES, doubling_model
from ...mixed_model import scalar_model

SUITE = """\
name: mine
models:
  - name: classes
    variants: {int8: int8.tflite, float32: float32.tflite, lost: lost.tflite}
    accuracy: {data: data.npz, metric: top1}
  - name: scalar
    variants: {float32: scalar.tflite}
configurations: [{delegate: none}]
measure: {rounds: 1, profile_rounds: 0, num_runs: 3, min_secs: 0, timeout: 60}
"""
ACCURACY = ["classes/float32: accuracy", "classes/int8: accuracy"]


class Lab:
    """A workspace with a suite, and a run of it."""

    def __init__(self, root: Path) -> None:
        for folder in ("devices", "suites"):
            (root / folder).mkdir()
        (root / "devices" / "host.yaml").write_text("name: host\ntransport: host\n")
        self.suite = root / "suites" / "mine.yaml"
        self.suite.write_text(SUITE)
        doubling_model(self.suite.with_name("float32.tflite"))
        doubling_model(self.suite.with_name("int8.tflite"), scale=2**-6)
        scalar_model(self.suite.with_name("scalar.tflite"))
        x = np.random.default_rng(0).random((10, CLASSES), dtype=np.float32)
        np.savez(self.suite.with_name("data.npz"), x=x, y=x.argmax(axis=1))
        self.workspace = Workspace(root)
        self.devices: list[Device] = find_devices(self.workspace, ["host"])

    def begin(self, *cases: str) -> RunFolder:
        plan = make_plan(self.workspace, self.suite, self.devices, Choices(cases=cases))
        return begin(plan, self.workspace)

    def appraise(self, folder: RunFolder) -> tuple[dict[str, VariantFacts], list[str]]:
        told: list[str] = []
        appraise(folder.read_plan(), folder, self.workspace, told.append)
        facts = {f"{one.model}/{one.variant}": one for one in folder.read_variants()}
        return facts, [text for text in told if text.endswith("accuracy")]


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


def test_each_variant_that_is_there(lab: Lab) -> None:
    folder = lab.begin()
    facts, told = lab.appraise(folder)
    assert told == ACCURACY
    assert list(facts) == ["classes/float32", "classes/int8", "scalar/float32"]
    real, whole, scalar = facts.values()
    assert (real.accuracy and real.accuracy.value) == 1.0
    assert whole.accuracy is not None
    assert whole.difference is not None
    assert (scalar.accuracy, scalar.difference) == (None, None)
    assert not any(one.failures for one in facts.values())
    for one in facts.values():
        assert one.graph is not None
        assert [node.op for node in one.graph.nodes] == ["ADD"]
    variant = folder.read_plan().case("classes/int8/none/t1").variant
    run = folder.read()
    assert run.facts_of(variant) == whole


def test_what_is_there_is_not_done_again(lab: Lab) -> None:
    folder = lab.begin()
    lab.appraise(folder)
    paths = sorted(folder.path.glob("models/*/*.json"))
    times = [path.stat().st_mtime_ns for path in paths]
    paths[0].unlink()
    facts, told = lab.appraise(folder)
    assert len(facts) == 3
    assert told == []  # its accuracy is in the workspace
    assert [path.stat().st_mtime_ns for path in paths][1:] == times[1:]


def test_a_part_of_the_variants(lab: Lab) -> None:
    facts, told = lab.appraise(lab.begin("classes/int8/*"))
    assert told == ACCURACY[1:]
    assert list(facts) == ["classes/int8"]
    (failure,) = facts["classes/int8"].failures
    assert "no difference to float32: it is not among the variants of this run" in failure.message


def test_a_file_that_changed_after_the_plan(lab: Lab) -> None:
    folder = lab.begin()
    doubling_model(lab.suite.with_name("int8.tflite"), scale=2**-5)
    lab.suite.with_name("scalar.tflite").unlink()
    facts, told = lab.appraise(folder)
    assert told == ACCURACY[:1]
    changed, gone = facts["classes/int8"], facts["scalar/float32"]
    assert (changed.graph, changed.accuracy, gone.graph) == (None, None, None)
    assert "not the file that the run was planned with" in changed.failures[0].message
    assert "cannot be read" in gone.failures[0].message


def watcher() -> Any:
    return create_autospec(Observer, instance=True)


def test_an_interrupt_leaves_a_run_that_goes_on(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(lab.workspace.root))  # for the lease
    folder = lab.begin()
    do = Worker.do

    def interrupted(self: Worker, task: str, request: Any, *rest: Any) -> Any:
        if "int8" in request["model"]:
            raise KeyboardInterrupt
        return do(self, task, request, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(Worker, "do", interrupted)
        with pytest.raises(KeyboardInterrupt):
            carry_out(folder, lab.devices, lab.workspace, watcher())
    assert folder.read().state is RunState.INTERRUPTED
    assert not list(lab.workspace.root.glob(".benchhub/accuracy/.new-*"))
    again = watcher()
    assert carry_out(folder, lab.devices, lab.workspace, again).state is RunState.FINISHED
    names = [name for name, _, _ in again.method_calls]
    # It ends before the first measurement begins.
    assert "waiting" not in names[names.index("step_started") :]
    told = [call.args[1] for call in again.waiting.call_args_list]
    assert [text for text in told if text.endswith("accuracy")] == ACCURACY[1:]
    assert len(folder.read().variants) == 3
