"""A run that is interrupted before its devices have begun."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

import pytest

from benchhub.devices.inventory import find_devices
from benchhub.execution import session
from benchhub.execution.observer import Observer
from benchhub.execution.planning import Choices, make_plan
from benchhub.execution.references import References
from benchhub.execution.session import begin, carry_out
from benchhub.records import RunState
from benchhub.workspace import Workspace

from ...mixed_model import scalar_model

SUITE = """\
name: mine
models:
  - name: scalar
    variants: {float32: scalar.tflite}
configurations: [{delegate: none}]
verify: {max_abs: 0.1}
measure: {rounds: 1, profile_rounds: 0, num_runs: 3, min_secs: 0, timeout: 60}
"""


def watcher() -> Any:
    return create_autospec(Observer, instance=True)


def told(watcher: Any) -> list[str]:
    return [name for name, _, _ in watcher.method_calls]


def test_references_come_first_and_an_interrupt_in_them_leaves_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("devices", "suites"):
        (tmp_path / folder).mkdir()
    (tmp_path / "devices" / "host.yaml").write_text("name: host\ntransport: host\n")
    (tmp_path / "suites" / "mine.yaml").write_text(SUITE)
    scalar_model(tmp_path / "suites" / "scalar.tflite")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # for the lease of this machine
    workspace = Workspace(tmp_path)
    devices = find_devices(workspace, ["host"])
    plan = make_plan(workspace, tmp_path / "suites" / "mine.yaml", devices, Choices())
    folder = begin(plan, workspace)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(References, "prepare", interrupted)
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            carry_out(folder, devices, workspace, watcher())
        assert time.monotonic() - began < session.CANCEL_S / 2
    assert folder.read().state is RunState.INTERRUPTED
    first, again = watcher(), watcher()
    assert carry_out(folder, devices, workspace, first).state is RunState.FINISHED
    steps = ["step_started", "step_finished"] * 2
    assert told(first) == ["waiting", *steps, "device_finished"]
    assert first.waiting.call_args.args[1] == "reference outputs of scalar/float32"
    assert carry_out(folder, devices, workspace, again).done == 2
    assert told(again) == ["device_finished"]  # nothing is left to compare with
