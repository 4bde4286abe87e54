"""Runs on their way to a shared place and back: whole, once, and no other run in their stead."""

from __future__ import annotations

import contextlib
import re
import shutil
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from benchhub.errors import FormatTooNewError, StoreError
from benchhub.records import RunState
from benchhub.results.codec import FORMAT, encode
from benchhub.results.disk import refused, sync_folder, sync_tree
from benchhub.results.run_lock import sole_controller
from benchhub.results.shared_manifest import (
    MANIFEST,
    Files,
    Manifest,
    SharedFile,
    files_of,
    read_manifest,
)
from benchhub.results.shared_store import SharedStore, batches
from benchhub.results.store import END, PLAN, RunFolder

# Where runs grow that are fetched, below the folder of runs.
PULLING = ".pulling"
# What --resume writes again; everything else of a run never changes.
_REWRITTEN = re.compile(r"run\.json|devices/.*|models/.*")
_STEP = re.compile(r"invocations/.*")


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of one run.

    Attributes:
        run_id: The run.
        files: How many files were written.
        note: What to know; empty if there is nothing.
    """

    run_id: str
    files: int
    note: str = ""


def push(folder: RunFolder, store: SharedStore) -> Moved:
    """Bring a run to a shared place, or what is missing of it there.

    Args:
        folder: The run; it may not have ended.
        store: The place.

    Raises:
        StoreError: The run cannot be read, the place cannot be written, or there is another run
            under the same id.
    """
    run_id, state = folder.run_id, folder.read().state
    mine = files_of(folder.path)
    there = read_manifest(store, run_id)
    if there:
        ended = there.state is RunState.FINISHED
        wanted, more = _missing(run_id, mine, there.files, f"at {store.url}", ended=ended)
        if more:
            return Moved(run_id, 0, f"{more} at {store.url}: benchhub runs pull {run_id}")
        sizes = store.sizes(run_id)
        wanted |= {name for name, file in mine.items() if sizes.get(name) != file.size}
    else:
        wanted = _unverified(store, run_id, mine)
    if there and not wanted:
        return Moved(run_id, 0)
    for batch in batches({name: mine[name].size for name in sorted(wanted, key=_order)}):
        store.write({f"{run_id}/{name}": _content(folder.path, name, mine[name]) for name in batch})
    _demand_whole(store, run_id, mine)
    if read_manifest(store, run_id) != there:
        raise StoreError(f"run {run_id} is pushed by somebody else too.", "Push it again.")
    manifest = Manifest(FORMAT, run_id, state, dict(mine))
    store.write({f"{run_id}/{MANIFEST}": encode(manifest)})
    return Moved(run_id, len(wanted))


def pull(run_id: str, store: SharedStore, runs: Path) -> Moved:
    """Fetch a run from a shared place, or what is missing of it here.

    Args:
        run_id: The run.
        store: The place; what it has may be hostile.
        runs: Folder of the runs here.

    Raises:
        StoreError: It is not whole there, damaged, or another run than the one here. Nothing of it
            is in the folder of runs then.
    """
    manifest = read_manifest(store, run_id)
    if manifest is None:
        raise StoreError(
            f"run {run_id} is not whole at {store.url}: its push was cut short.",
            f"Where it was measured: benchhub runs push {run_id}",
        )
    folder, part = RunFolder(runs / run_id), RunFolder(runs / PULLING / run_id)
    try:
        if folder.path.exists():
            with sole_controller(folder):
                return _pull_rest(store, manifest, folder, part)
        part.path.mkdir(parents=True, exist_ok=True)
        with sole_controller(part):
            _fetch(store, run_id, manifest.files, part)
            part.path.rename(folder.path)
            sync_folder(runs)
        return Moved(run_id, len(manifest.files))
    except OSError as error:
        raise refused(folder.path, error) from error
    finally:
        with contextlib.suppress(OSError):
            part.path.parent.rmdir()


def _pull_rest(store: SharedStore, there: Manifest, folder: RunFolder, part: RunFolder) -> Moved:
    """Fetch what is missing of a run that is here, under its lock."""
    run_id, end = folder.run_id, folder.read_end()
    folder.read_plan()
    ended = bool(end and end.state is RunState.FINISHED)
    wanted, more = _missing(run_id, there.files, files_of(folder.path), "here", ended=ended)
    if more or not wanted:
        return Moved(run_id, 0, f"{more} here: benchhub runs push {run_id}" if more else "")
    part.path.mkdir(parents=True, exist_ok=True)
    # With its plan, so that what is fetched can be read before it counts.
    _fetch(store, run_id, {name: there.files[name] for name in wanted | {PLAN}}, part)
    for step in sorted(part.path.glob("*/*/*")):
        target = folder.path / step.relative_to(part.path)
        if step.is_dir() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            step.rename(target)
    for name in sorted(wanted, key=_order):
        if (part.path / name).exists():
            (folder.path / name).parent.mkdir(parents=True, exist_ok=True)
            (part.path / name).replace(folder.path / name)
    shutil.rmtree(part.path)
    return Moved(run_id, len(wanted))


def _fetch(store: SharedStore, run_id: str, files: Files, part: RunFolder) -> None:
    """Have those files in a folder, each as the manifest says, and readable as a run."""
    left = {
        f"{run_id}/{name}": file.size
        for name, file in files.items()
        if not _is(part.path / name, file)
    }
    for name, content in store.read(left):
        short = name.removeprefix(f"{run_id}/")
        if sha256(content).hexdigest() != files[short].sha256:
            raise StoreError(
                f"{store.url}: {name} is not what was pushed.",
                f"If it is being pushed now, try again; else remove {run_id} there and push it.",
            )
        path = part.path / short
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    sync_tree(part.path)
    try:
        plan = part.read().plan
    except FormatTooNewError:
        raise
    except StoreError as error:
        shutil.rmtree(part.path, ignore_errors=True)
        raise StoreError(f"{store.url}: run {run_id} is damaged: {error.message}") from error
    if plan.run_id != run_id:
        shutil.rmtree(part.path, ignore_errors=True)
        raise StoreError(f"{store.url}: run {run_id} is run {plan.run_id!r} by its plan.")


def _missing(
    run_id: str, source: Files, target: Files, where: str, *, ended: bool
) -> tuple[set[str], str]:
    """Return what the target lacks of a run; or, in words, that it has more steps itself.

    Args:
        run_id: The run.
        source: What there is on one side.
        target: What there is on the side that lacks something.
        where: That side, for people.
        ended: The run is finished there.

    Raises:
        StoreError: They are different runs, or both have what the other one has not.
    """
    both = {name for name in source.keys() & target.keys() if source[name] != target[name]}
    other = sorted(name for name in both if not _REWRITTEN.fullmatch(name))
    new = source.keys() - target.keys()
    ahead = sum(map(bool, map(_STEP.fullmatch, target.keys() - source.keys())))
    behind = any(map(_STEP.fullmatch, new))
    if ended and not (ahead or behind):
        other = sorted(both)  # a run that is finished does not change
    if other:
        raise StoreError(
            f"run {run_id} is another one {where}: {other[0]} differs.",
            "Rename one of the two folders if both are wanted.",
        )
    if ahead and behind:
        raise StoreError(
            f"run {run_id} was gone on with on both sides: each has steps the other one has not.",
            "Keep one of the two.",
        )
    if ahead:
        return set(), f"run {run_id} has more steps"
    return new | both, ""


def _content(folder: Path, name: str, file: SharedFile) -> bytes:
    content = (folder / name).read_bytes()
    if sha256(content).hexdigest() != file.sha256:
        raise StoreError(f"{folder / name}: changed while it was pushed.", "Push the run again.")
    return content


def _is(path: Path, file: SharedFile) -> bool:
    """Say whether a file is there already, as an earlier try has left it."""
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    return sha256(path.read_bytes()).hexdigest() == file.sha256


def _unverified(store: SharedStore, run_id: str, mine: Files) -> set[str]:
    """Return the files that are not there yet as they are here, after a push that was cut short."""
    sizes = store.sizes(run_id)
    there = {
        f"{run_id}/{name}": file.size for name, file in mine.items() if sizes.get(name) == file.size
    }
    same = {
        name.removeprefix(f"{run_id}/")
        for name, content in store.read(there)
        if sha256(content).hexdigest() == mine[name.removeprefix(f"{run_id}/")].sha256
    }
    return mine.keys() - same


def _demand_whole(store: SharedStore, run_id: str, mine: Files) -> None:
    sizes = store.sizes(run_id)
    for name, file in mine.items():
        if sizes.get(name) != file.size:
            raise StoreError(
                f"{store.url}: {run_id}/{name} was written and is not there whole.",
                "Look at the room and the rights there, then push it again.",
            )


def _order(name: str) -> tuple[bool, bool, str]:
    """Sort the plan first and the end last."""
    return name == END, name != PLAN, name
