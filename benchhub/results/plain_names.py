"""Names of files that come from outside, so that none of them leaves its folder."""

from __future__ import annotations

from benchhub.errors import StoreError

_MOST_BYTES = 255


def plain(name: str, what: str) -> str:
    """Return a name as it is, if it can be one in a folder.

    Args:
        name: From a device, another host or a document.
        what: What it names, for people.

    Raises:
        StoreError: It is empty, leads elsewhere, or is longer than a file system takes.
    """
    wrong = name in {"", ".", ".."} or "/" in name or not name.isprintable()
    if wrong or len(name.encode()) > _MOST_BYTES:
        raise StoreError(f"{name[:60]!r} cannot be the name of {what}: it is no plain file name.")
    return name
