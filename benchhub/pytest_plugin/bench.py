"""Measures one suite once for all of its tests."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchhub.devices.inventory import Device, find_devices
from benchhub.errors import BenchhubError
from benchhub.execution.observer import Progress
from benchhub.execution.planning import Choices, make_plan, undecided
from benchhub.execution.session import begin, carry_out
from benchhub.pytest_plugin.answer import Answer, Key
from benchhub.records import Invocation, Plan, PlannedInvocation, Purpose, Refusal, Run, RunEnd
from benchhub.results.store import RunFolder
from benchhub.workspace import Workspace, find_workspace

# Continuous integration ends what says nothing for long.
TELL_INTERVAL_S = 60.0

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line of pytest says.

    Attributes:
        devices: Names, or `@label`.
        baseline: What is compared with; None compares nothing.
        folder: Where pytest was started; the workspace is around it.
        making: Whether variants are made and programs fetched.
    """

    devices: tuple[str, ...]
    baseline: str | None
    folder: Path
    making: bool


class Bench:
    """One suite: its plan at first, its answers after it was measured.

    Args:
        suite: The suite's file, absolute.
        wishes: What the command line says.
        tell: Is told progress and troubles, a line each.

    Raises:
        BenchhubError: Suite, device or baseline is wrong, or there is no workspace.
    """

    def __init__(self, suite: Path, wishes: Wishes, tell: Tell) -> None:
        self._workspace = find_workspace(wishes.folder)
        self._wishes = wishes
        self._tell = tell
        self._devices = find_devices(self._workspace, wishes.devices)
        self._plan, told = _plan(suite, wishes, self._devices, self._workspace, tell)
        self._folder: RunFolder | None = None
        self._answers: dict[Key, Answer] = {}
        self._trouble = ""
        self._report = ""
        self._lost = False
        self.is_over = False
        for line in told:
            tell(line)

    @property
    def keys(self) -> tuple[Key, ...]:
        """Device and case of each test; both sides of a comparison are one case."""
        return tuple(
            dict.fromkeys(
                (device, case.pair_id)
                for device in self._plan.devices
                for case in self._plan.cases
                if self._plan.measures(device, case)
            )
        )

    def measure(self, keys: Sequence[Key]) -> None:
        """Measure these cases and no others. A trouble is kept: it is that of each test.

        Raises:
            KeyboardInterrupt: What was measured until then is kept.
        """
        self.is_over = True
        plan = narrowed(self._plan, keys)
        try:
            if plan.invocations:
                self._folder = begin(plan, self._workspace)
                self._tell(f"{_headline(plan)} (run {self._folder.run_id})")
                run = self._carry_out(self._folder)
            else:
                run = Run(plan, (), (), None)
            from benchhub.pytest_plugin.answers import answers  # noqa: PLC0415 - loads scipy

            self._answers = answers(run)
            if self._folder:
                self._report = _written(self._folder, run, self._workspace)
        except BenchhubError as error:
            self._trouble = str(error)

    def answer(self, key: Key) -> Answer:
        """Return what is said of a case."""
        if key in self._answers:
            return self._answers[key]
        return Answer.broken(self._trouble or "it was not measured")

    def last_words(self, *, quiet: bool) -> Iterator[str]:
        """Yield what to know in the end."""
        if self._folder is None:
            return
        run_id = self._folder.run_id
        resume = f"benchhub {'ab' if self._plan.gate else 'run'} --resume {run_id}"
        if not self._answers and not self._trouble:
            done = len(self._folder.done())
            yield f"interrupted; {done} invocations are kept. Go on: {resume}"
            return
        if self._answers and self._trouble:
            yield self._trouble
        if self._lost:
            yield f"The run is not complete. Go on: {resume}"
        if not quiet:
            yield f"run      {run_id}  (benchhub ops {run_id})"
        if self._report:
            yield f"report   {self._report}"

    def _carry_out(self, folder: RunFolder) -> Run:
        plan = folder.read_plan()
        devices = [device for device in self._devices if device.name in plan.devices]
        with _terminated_as_interrupted():
            end: RunEnd = carry_out(folder, devices, self._workspace, _Watcher(self._tell))
        self._lost = bool(end.lost)
        return folder.read()


def narrowed(plan: Plan, keys: Sequence[Key]) -> Plan:
    """Return a plan of these cases alone: deselected tests are not measured."""
    wanted = set(keys)
    cases = {case.id: case for case in plan.cases}
    kept = tuple(
        case
        for case in plan.cases
        if any((device, case.pair_id) in wanted for device in plan.devices)
    )
    return replace(
        plan,
        devices=tuple(dict.fromkeys(device for device in plan.devices if _has(device, wanted))),
        cases=kept,
        invocations=tuple(
            step
            for step in plan.invocations
            if (step.device, cases[step.case_id].pair_id) in wanted
        ),
        canary=plan.canary if any(case.id == plan.canary for case in kept) else None,
    )


def _has(device: str, wanted: set[Key]) -> bool:
    return any(name == device for name, _ in wanted)


def _plan(
    suite: Path, wishes: Wishes, devices: Sequence[Device], workspace: Workspace, tell: Tell
) -> tuple[Plan, tuple[str, ...]]:
    """Plan a run or a comparison, as the command line does."""
    choices = Choices()
    auto = undecided(workspace, suite, devices, choices)
    if auto:
        # It knows about downloads, which others do not wait for.
        from benchhub.execution.choosing import auto_tools, choose_tools  # noqa: PLC0415

        chosen = choose_tools(workspace, auto, fetching=wishes.making)
        choices = replace(choices, auto=auto_tools(chosen))
    if wishes.baseline is None:
        return make_plan(workspace, suite, devices, choices, tell, making=wishes.making), ()
    from benchhub.execution.comparing import Words, make_comparison  # noqa: PLC0415

    words = Words(suite, wishes.baseline, None, {})
    return make_comparison(workspace, words, devices, choices, tell, making=wishes.making)


def _headline(plan: Plan) -> str:
    count = len({case.pair_id for case in plan.cases})
    what = f"{count} case{'s' * (count != 1)}"
    if plan.gate:
        rounds = f"{plan.gate.looks[0]} to {plan.gate.looks[-1]} pairs each"
    else:
        rounds = f"{plan.measure.rounds} round{'s' * (plan.measure.rounds != 1)} each"
    return f"benchhub: {plan.suite}: {what}, {rounds}, on {', '.join(plan.devices)}"


def _written(folder: RunFolder, run: Run, workspace: Workspace) -> str:
    from benchhub.cli.report import write_report  # noqa: PLC0415 - loads matplotlib

    return write_report(folder, run, workspace, None)


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Let SIGTERM, which ends a cancelled CI job, leave the device and the run as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Watcher:
    """Says now and then how far a device is, and what goes wrong, each trouble once."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._told: set[str] = set()
        self._last: dict[str, float] = {}
        self._began = time.monotonic()
        self._lock = threading.Lock()  # each device has a thread

    def step_started(self, step: PlannedInvocation, progress: Progress) -> None:
        """See `Observer`."""
        turn = f" round {step.round}" if step.purpose is Purpose.LATENCY else f" {step.purpose}"
        self._go_on(progress, f"{step.case_id}{turn}")

    def step_finished(self, invocation: Invocation, progress: Progress) -> None:
        """See `Observer`."""
        del progress
        failure = invocation.reading.failure
        if failure:
            self._once(f"{invocation.device}: {invocation.case_id}: {failure.message}")

    def refused(self, refusal: Refusal) -> None:
        """See `Observer`."""
        self._once(f"{refusal.device or 'all'}: {refusal.case_id}: {refusal.failure.message}")

    def waiting(self, progress: Progress, why: str) -> None:
        """See `Observer`."""
        self._go_on(progress, why)

    def trouble(self, device: str, message: str) -> None:
        """See `Observer`."""
        self._once(message if message.startswith(f"{device}:") else f"{device}: {message}")

    def device_finished(self, progress: Progress) -> None:
        """See `Observer`."""

    def _go_on(self, progress: Progress, doing: str) -> None:
        with self._lock:
            last = self._last.get(progress.device, self._began)
            if time.monotonic() - last > TELL_INTERVAL_S:
                self._last[progress.device] = time.monotonic()
                self._tell(f"{progress.device}  {progress.done}/{progress.total}  {doing}")

    def _once(self, text: str) -> None:
        with self._lock:
            if text not in self._told:
                self._told.add(text)
                self._tell(text)
