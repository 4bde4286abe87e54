"""Live progress on standard error: one line a device, redrawn between invocations only.

A timer that redraws would run beside the measurement and disturb it on small machines.
"""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import Self

from rich.live import Live
from rich.table import Table
from rich.text import Text

from benchhub.cli.console import error_console, is_live
from benchhub.cli.frame import say
from benchhub.execution.observer import Progress
from benchhub.records import Invocation, PlannedInvocation, Purpose, Refusal
from benchhub.reports.numbers import rough_time

BAR_WIDTH = 14
# Without a terminal, a log wants a line now and then, not one an invocation.
LOG_INTERVAL_S = 15.0


class ProgressDisplay:
    """Shows how far each device has come; an observer of the run. Use as a context manager."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        console = error_console()
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._alive = is_live(console) and not quiet
        self._lines: dict[str, tuple[Progress, str]] = {}
        self._told: set[str] = set()
        self._last_log: dict[str, float] = {}
        self._began = time.monotonic()
        self._lock = threading.Lock()  # each device has a thread

    def __enter__(self) -> Self:
        if self._alive:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._alive:
            self._live.stop()

    def step_started(self, step: PlannedInvocation, progress: Progress) -> None:
        """See `Observer`."""
        rounds = step.purpose is Purpose.LATENCY
        doing = f"round {step.round}" if rounds else step.purpose.value
        self._show(progress, f"{step.case_id}  {doing}")

    def step_finished(self, invocation: Invocation, progress: Progress) -> None:
        """See `Observer`."""
        failure = invocation.reading.failure
        if failure:
            self._tell(invocation.device, invocation.case_id, failure.message, failure.advice)
        self._show(progress, invocation.case_id)

    def refused(self, refusal: Refusal) -> None:
        """See `Observer`."""
        failure = refusal.failure
        self._tell(refusal.device or "", refusal.case_id, failure.message, failure.advice)

    def waiting(self, progress: Progress, why: str) -> None:
        """See `Observer`."""
        self._show(progress, why)

    def trouble(self, device: str, message: str) -> None:
        """See `Observer`."""
        with self._lock:
            self._print(message if message.startswith(f"{device}:") else f"{device}: {message}")

    def device_finished(self, progress: Progress) -> None:
        """See `Observer`."""
        self._show(progress, "done")

    def _tell(self, device: str, case_id: str, message: str, advice: str) -> None:
        """Print a trouble once, however many cases and rounds meet it."""
        where = "" if message.startswith(f"{device}:") else f"{device}: {case_id}: "
        with self._lock:
            if message not in self._told:
                self._told.add(message)
                self._print(f"{where}{message} {advice}".rstrip())

    def _print(self, text: str) -> None:
        if self._alive:
            self._live.console.print(text, markup=False, soft_wrap=True)
        else:
            say(text)

    def _show(self, progress: Progress, doing: str) -> None:
        if self._quiet:
            return
        with self._lock:
            self._lines[progress.device] = progress, doing
            if self._alive:
                self._live.update(self._table(), refresh=True)
            elif (
                time.monotonic() - self._last_log.get(progress.device, self._began) > LOG_INTERVAL_S
            ):
                self._last_log[progress.device] = time.monotonic()
                done = f"{progress.done}/{progress.total}"
                say(f"{progress.device}  {done}  {doing}  {_left(progress)}".rstrip())
                sys.stderr.flush()

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for device, (progress, doing) in self._lines.items():
            filled = BAR_WIDTH * progress.done // max(1, progress.total)
            table.add_row(
                Text(f"  {device}"),
                Text(f"[{'#' * filled}{'-' * (BAR_WIDTH - filled)}]"),
                Text(f"{progress.done}/{progress.total}"),
                Text(doing, overflow="ellipsis", no_wrap=True),
                Text(_left(progress)),
            )
        return table


def _left(progress: Progress) -> str:
    if progress.left_s is None or progress.done >= progress.total:
        return ""
    return f"{rough_time(progress.left_s)} left"
