"""Shows on standard error which variants are being made: one line that changes, or a log."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.status import Status
from rich.text import Text

from benchhub.cli.console import error_console, is_live
from benchhub.cli.frame import say
from benchhub.cli.progress import LOG_INTERVAL_S


class MakingDisplay:
    """Is told what is being made. Use as a context manager.

    Args:
        quiet: Show and say nothing.
    """

    def __init__(self, *, quiet: bool) -> None:
        console = error_console()
        self._quiet = quiet
        self._status = Status("", console=console) if is_live(console) and not quiet else None
        self._job = ""
        self._said = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._status:
            self._status.stop()

    def tell(self, text: str) -> None:
        """Show what is being done, e.g. `digits/qat: optimise: epoch 1 of 2`."""
        if self._quiet:
            return
        if self._status:
            self._status.start()
            self._status.update(Text(f"  {text}"))
            return
        job = ": ".join(text.split(": ")[:2])
        if job != self._job or time.monotonic() - self._said > LOG_INTERVAL_S:
            self._job, self._said = job, time.monotonic()
            say(text)
