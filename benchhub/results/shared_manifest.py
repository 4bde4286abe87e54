"""What a run is in a shared place: each of its files with size and digest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from benchhub.errors import FormatTooNewError, StoreError
from benchhub.records import RunState
from benchhub.results.codec import decode
from benchhub.results.plain_names import plain
from benchhub.results.shared_store import SharedStore
from benchhub.results.store import PLAN

# Written last: a run without it is not whole there.
MANIFEST = "manifest.json"
MAX_MANIFEST_BYTES = 256 << 20
_FILE = re.compile(
    r"plan\.json|suite\.yaml|run\.json|devices/[^/]+\.json|models/[^/]+/[^/]+\.json"
    r"|(?:invocations|attempts)/[^/]+/[^/]+/[^/]+"
)
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class SharedFile:
    """What a file of a run is: its size in bytes and its digest."""

    size: int
    sha256: str


Files = Mapping[str, SharedFile]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The document that makes a run whole in a shared place.

    Attributes:
        format: Version of the run folder's format.
        run_id: The run.
        state: How it had ended when it was pushed.
        files: Each file by its name in the run folder.
    """

    format: int
    run_id: str
    state: RunState
    files: dict[str, SharedFile]


def files_of(folder: Path) -> dict[str, SharedFile]:
    """Return what there is of a run that counts, without what is only of this machine."""
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    found = {}
    for name, path in sorted(paths.items()):
        if _FILE.fullmatch(name) and path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            found[name] = SharedFile(len(content), sha256(content).hexdigest())
    return found


def read_manifest(store: SharedStore, run_id: str) -> Manifest | None:
    """Return what a run is in a shared place; None if it is not whole there.

    Raises:
        StoreError: It is of no run, or names files that no run has.
    """
    size = store.sizes(run_id).get(MANIFEST)
    if size is None:
        return None
    name = f"{run_id}/{MANIFEST}"
    if size > MAX_MANIFEST_BYTES:
        raise StoreError(f"{store.url}: {name} is too large to be read.")
    raw = dict(store.read({name: size}))[name]
    try:
        manifest = decode(raw, Manifest, name)
    except FormatTooNewError:
        raise
    except StoreError:
        return None  # cut short while it was written
    for file, known in manifest.files.items():
        for part in file.split("/"):
            plain(part, f"a file in {store.url}/{name}")
        if not (_FILE.fullmatch(file) and known.size >= 0 and _DIGEST.fullmatch(known.sha256)):
            raise StoreError(f"{store.url}: {name} names {file[:80]!r}, which no run has.")
    if manifest.run_id != run_id or PLAN not in manifest.files:
        raise StoreError(f"{store.url}: {name} is not that of run {run_id}.")
    return manifest
