"""Who is told how a fetch goes on; the command line draws it, tests listen."""

from __future__ import annotations

from typing import Protocol


class Watcher(Protocol):
    """Is told how a fetch goes on."""

    def begins(self, name: str, have_bytes: int, total_bytes: int | None) -> None:
        """A file begins to arrive; some of it may be here from an earlier attempt."""
        ...

    def advances(self, have_bytes: int) -> None:
        """That much of the file is here now."""
        ...

    def says(self, text: str) -> None:
        """One line for people."""
        ...


class Silent:
    """Tells nobody."""

    def begins(self, name: str, have_bytes: int, total_bytes: int | None) -> None:
        """See `Watcher`."""

    def advances(self, have_bytes: int) -> None:
        """See `Watcher`."""

    def says(self, text: str) -> None:
        """See `Watcher`."""


SILENT = Silent()
