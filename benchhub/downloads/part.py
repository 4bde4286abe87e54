"""A file on its way: `NAME.part`, and what the server said of it in `NAME.part.json`.

Both outlive the process, so that a download which was cut or killed goes on where it stopped, if
the file on the server is still the same.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_MOST_RECORD_BYTES = 1 << 14


@dataclass(frozen=True, slots=True)
class Origin:
    """What the server said of a file.

    Attributes:
        address: Where it was asked for, before any redirect; no password in it.
        etag: Its entity tag; empty if there is none.
        last_modified: As the server writes it; empty if it does not.
        total_bytes: Its length; None if it was not told.
    """

    address: str
    etag: str = ""
    last_modified: str = ""
    total_bytes: int | None = None

    @property
    def validator(self) -> str:
        """What proves that the file is the same: RFC 9110, 13.1.5; empty if nothing does."""
        return self.last_modified if self.etag.startswith("W/") or not self.etag else self.etag


class Part:
    """A file on its way.

    Args:
        target: The file without `.part`.
    """

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f"{target.name}.part")
        self._record = target.with_name(f"{target.name}.part.json")

    @property
    def size(self) -> int:
        """Bytes that are here."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def origin(self, address: str) -> Origin | None:
        """Return what is known of a file that can be continued; None if it has to begin anew."""
        found = self._read()
        if found is None or found.address != address or not found.validator:
            return None
        total = found.total_bytes
        return None if not self.size or (total is not None and self.size > total) else found

    def begin(self, origin: Origin) -> None:
        """Forget what is here and note where the new file comes from. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_bytes(b"")
        self._record.write_text(json.dumps(asdict(origin)))

    def discard(self) -> None:
        """Remove it."""
        for path in (self.path, self._record):
            with suppress(OSError):
                path.unlink()

    def install(self, target: Path) -> None:
        """Make it the program or library `target`, in one step. Raises OSError."""
        target.parent.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o755)
        self.path.replace(target)
        self.discard()

    def _read(self) -> Origin | None:
        """Return the record; None for whatever is no record, which is as good as none."""
        try:
            with self._record.open("rb") as file:
                data: Any = json.loads(file.read(_MOST_RECORD_BYTES))
            total = data["total_bytes"]
            return Origin(
                address=str(data["address"]),
                etag=str(data["etag"]),
                last_modified=str(data["last_modified"]),
                total_bytes=None if total is None else int(total),
            )
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
            return None
