"""A run from its first document to its last, also when it is interrupted."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from benchhub.devices.inventory import Device
from benchhub.errors import BenchhubError
from benchhub.execution.appraisal import appraise
from benchhub.execution.device_run import DeviceRun
from benchhub.execution.local_station import LocalStations
from benchhub.execution.observer import Observer, Progress
from benchhub.execution.references import References
from benchhub.execution.station import Job, MakeStations
from benchhub.records import Failure, Plan, Purpose, RunEnd, RunState
from benchhub.results.codec import FORMAT
from benchhub.results.mending import mend
from benchhub.results.run_lock import sole_controller
from benchhub.results.store import RunFolder, create_run_folder
from benchhub.workspace import Workspace

# After an interrupt: what devices need to end what runs, clean up and give back their lease.
CANCEL_S = 45.0
# An interrupt is noticed within that time; each look takes some microseconds.
INTERRUPT_S = 1.0


def begin(plan: Plan, workspace: Workspace) -> RunFolder:
    """Make the run folder and write the plan into it.

    Raises:
        StoreError: The folder of runs is not writable.
    """
    folder = create_run_folder(workspace.runs)
    folder.write_plan(replace(plan, run_id=folder.run_id))
    return folder


def carry_out(
    folder: RunFolder,
    devices: Sequence[Device],
    workspace: Workspace,
    observer: Observer,
    make_stations: MakeStations = LocalStations,
) -> RunEnd:
    """Do everything in the plan that is not on disk yet, a thread for each device.

    A device that is lost does not stop the others; its remaining steps are not run. An interrupt
    leaves a run that can be read, rendered and resumed.

    Args:
        folder: The run folder.
        devices: The devices of the plan.
        workspace: Where models and programs are.
        observer: Is told what happens.
        make_stations: How to get at the devices.

    Returns:
        How it ended.

    Raises:
        KeyboardInterrupt: After the end was written.
        StoreError: Another process works on the run, or the run folder cannot be written.
    """
    with sole_controller(folder):
        for one in mend(folder):
            observer.trouble(one.device or folder.run_id, one.text)
        return _carry_out(folder, devices, workspace, observer, make_stations)


def _carry_out(
    folder: RunFolder,
    devices: Sequence[Device],
    workspace: Workspace,
    observer: Observer,
    make_stations: MakeStations,
) -> RunEnd:
    plan = folder.read_plan()
    began = time.monotonic()
    stop = threading.Event()
    references = References(plan.verify.seed if plan.verify else 0, workspace)
    workers = []
    for device in devices:
        job = Job(plan, device, workspace, references, folder, stop)
        workers.append(_Worker(DeviceRun(job, observer, make_stations)))
    whole = False
    try:
        first = Progress(next(iter(plan.devices), ""), 0, len(plan.invocations), None)
        appraise(plan, folder, workspace, lambda why: observer.waiting(first, why))
        _prepare(references, plan, folder, observer)
        for worker in workers:
            worker.start()
        for worker in workers:
            # A signal that reaches another thread does not wake this one: measured, 2 of 856.
            while not worker.over.wait(INTERRUPT_S):
                continue
        whole = True
    finally:
        if not whole:
            stop.set()
            for worker in workers:
                worker.work.cancel()
            deadline = time.monotonic() + CANCEL_S
            for worker in (one for one in workers if one.ident is not None):
                worker.over.wait(max(0.0, deadline - time.monotonic()))
        lost = _lost(workers)
        end = RunEnd(
            format=FORMAT,
            run_id=folder.run_id,
            state=RunState.FINISHED if whole and not lost else RunState.INTERRUPTED,
            ended=datetime.now().astimezone().isoformat(timespec="seconds"),
            seconds=time.monotonic() - began,
            done=len(folder.done()),
            planned=len(plan.invocations),
            lost=lost,
        )
        folder.write_end(end)
    for worker in workers:
        if worker.bug is not None:
            raise worker.bug
    return end


def _prepare(references: References, plan: Plan, folder: RunFolder, observer: Observer) -> None:
    """Make the outputs of the host's CPU that are left to compare with.

    Before anything is measured, as the host may be measured as well.
    """
    done = folder.done()
    left = [
        step
        for step in plan.invocations
        if step.purpose is Purpose.VERIFY and (step.device, step.number) not in done
    ]
    if left:
        progress = Progress(left[0].device, 0, len(plan.invocations), None)
        wanted = dict.fromkeys(step.case_id for step in left)
        references.prepare(
            [plan.case(case_id) for case_id in wanted], lambda why: observer.waiting(progress, why)
        )


class _Worker(threading.Thread):
    """Carries the work of one device and keeps what went wrong."""

    def __init__(self, work: DeviceRun) -> None:
        super().__init__(name=work.device.name, daemon=True)
        self.work = work
        self.error: BenchhubError | None = None
        self.bug: BaseException | None = None
        # `join` is not enough: an interrupt in it makes Python 3.11 and 3.12 take the thread for
        # ended, and the next `join` returns at once.
        self.over = threading.Event()

    def run(self) -> None:
        try:
            self.work.run()
        except BenchhubError as error:
            self.error = error
            self.work.observer.trouble(self.work.device.name, str(error))
        except BaseException as bug:  # noqa: BLE001 - raised again by the main thread
            self.bug = bug
        finally:
            self.over.set()


def _lost(workers: Sequence[_Worker]) -> Mapping[str, Failure]:
    return {
        worker.work.device.name: Failure(
            "lost", worker.error.message, worker.error.advice, worker.error.exit_code
        )
        for worker in workers
        if worker.error is not None
    }
