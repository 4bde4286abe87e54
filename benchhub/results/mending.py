"""What was cut short or damaged in a run folder is put aside, so that the run can go on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchhub.errors import FormatTooNewError, StoreError
from benchhub.records import DeviceRecord, Invocation, RunEnd, VariantFacts
from benchhub.results.codec import decode
from benchhub.results.disk import PART, refused
from benchhub.results.store import END, INVOCATION, PARTS, RunFolder

# Behind the name of a document that cannot be read any more.
DAMAGED = ".damaged"
# Documents that are written again where they are missing.
_DOCUMENTS = ((END, RunEnd), ("devices/*.json", DeviceRecord), ("models/*/*.json", VariantFacts))
_BEING_WRITTEN = (f".*{PART}", f"devices/.*{PART}", f"models/*/.*{PART}")


@dataclass(frozen=True, slots=True)
class Mended:
    """Something that was put aside.

    Attributes:
        device: The device that it is of; empty if it is of the whole run.
        text: A line for people.
    """

    device: str
    text: str


def mend(folder: RunFolder) -> list[Mended]:
    """Remove what was never whole, and put damaged documents aside. Only under the run's lock.

    A step whose record is damaged is not done any more: its folder becomes an attempt. The plan is
    left as it is, as nothing can be done without it.

    Raises:
        FormatTooNewError: A document is of a newer benchhub.
        StoreError: A document cannot be read though it may be whole, or nothing can be written.
    """
    try:
        shutil.rmtree(folder.path / PARTS, ignore_errors=True)
        for pattern in _BEING_WRITTEN:
            for path in folder.path.glob(pattern):
                path.unlink(missing_ok=True)
        return [*_documents(folder), *_steps(folder)]
    except OSError as error:
        raise refused(folder.path, error) from error


def _documents(folder: RunFolder) -> Iterator[Mended]:
    for pattern, kind in _DOCUMENTS:
        for path in sorted(folder.path.glob(pattern)):
            if damage := _damage(path, kind):
                path.replace(path.with_name(path.name + DAMAGED))
                device = path.stem if kind is DeviceRecord else ""
                yield Mended(device, f"{damage} It is put aside and written again.")


def _steps(folder: RunFolder) -> Iterator[Mended]:
    for path in sorted(folder.path.glob(f"invocations/*/*/{INVOCATION}")):
        step = path.parent
        if damage := _damage(path, Invocation):
            aside = folder.attempt_folder(step)
            aside.parent.mkdir(parents=True, exist_ok=True)
            step.rename(aside)
            yield Mended(step.parent.name, f"{damage} It is put aside, the step measured again.")


def _damage(path: Path, kind: type[Any]) -> str:
    """Say what is wrong with a document; empty if nothing is."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror}.") from error
    try:
        decode(raw, kind, str(path))
    except FormatTooNewError:
        raise
    except StoreError as error:
        return error.message
    return ""
