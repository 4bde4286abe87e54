"""Shows on standard error how a fetch goes on: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from benchhub.cli.console import error_console, is_live
from benchhub.cli.frame import say


class FetchDisplay:
    """A watcher of a fetch. Use as a context manager.

    Args:
        quiet: Show and say nothing.
    """

    def __init__(self, *, quiet: bool) -> None:
        console = error_console()
        self._quiet = quiet
        self._alive = is_live(console) and not quiet
        self._bars = Progress(
            TextColumn("  {task.description}", markup=False),
            BarColumn(bar_width=14),
            DownloadColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if self._alive:
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._alive:
            self._bars.stop()

    def begins(self, name: str, have_bytes: int, total_bytes: int | None) -> None:
        """See `Watcher`."""
        if not self._alive:
            return
        if self._task is not None:
            self._bars.remove_task(self._task)
        self._task = self._bars.add_task(name, total=total_bytes, completed=have_bytes)

    def advances(self, have_bytes: int) -> None:
        """See `Watcher`."""
        if self._task is not None:
            self._bars.update(self._task, completed=have_bytes)

    def says(self, text: str) -> None:
        """See `Watcher`."""
        if self._alive:
            self._bars.console.print(text, markup=False, soft_wrap=True)
        elif not self._quiet:
            say(text)
