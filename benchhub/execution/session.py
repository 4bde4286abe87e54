"""A run from its first document to its last, also when it is interrupted."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from benchhub.devices.inventory import Device, open_transport
from benchhub.errors import BenchhubError, TransportError
from benchhub.execution.device_run import DeviceRun
from benchhub.execution.observer import Observer
from benchhub.records import Plan, RunEnd, RunState
from benchhub.results.codec import FORMAT
from benchhub.results.store import RunFolder, create_run_folder
from benchhub.workspace import Workspace


def begin(plan: Plan, workspace: Workspace) -> RunFolder:
    """Make the run folder and write the plan into it.

    Raises:
        StoreError: The folder of runs is not writable.
    """
    folder = create_run_folder(workspace.runs)
    folder.write_plan(replace(plan, run_id=folder.run_id))
    return folder


def carry_out(
    folder: RunFolder, devices: Sequence[Device], workspace: Workspace, observer: Observer
) -> RunState:
    """Do everything in the plan that is not on disk yet, one device after the other.

    A device that is lost does not stop the others. An interrupt leaves a run that can be read,
    rendered and resumed.

    Returns:
        How it ended.

    Raises:
        BenchhubError: A device was lost; raised after the others have finished.
        KeyboardInterrupt: After the end was written.
    """
    plan = folder.read_plan()
    began = time.monotonic()
    state = RunState.INTERRUPTED
    lost: list[BenchhubError] = []
    try:
        for device in devices:
            try:
                _one_device(plan, folder, device, workspace, observer)
            except BenchhubError as error:
                lost.append(error)
        state = RunState.INTERRUPTED if lost else RunState.FINISHED
    finally:
        folder.write_end(
            RunEnd(
                format=FORMAT,
                run_id=folder.run_id,
                state=state,
                ended=datetime.now().astimezone().isoformat(timespec="seconds"),
                seconds=time.monotonic() - began,
                done=len(folder.done()),
                planned=len(plan.invocations),
            )
        )
    if lost:
        raise lost[0]
    return state


def _one_device(
    plan: Plan, folder: RunFolder, device: Device, workspace: Workspace, observer: Observer
) -> None:
    transport = open_transport(device, workspace)
    work = DeviceRun(plan, folder, device, transport, workspace, observer)
    try:
        work.run()
    finally:
        with suppress(TransportError):  # the first error is the one to tell
            work.close()
        transport.close()
