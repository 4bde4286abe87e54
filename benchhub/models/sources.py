"""What a model's variants are made of: from the words of a suite to one value. Nothing is read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchhub.records import RANDOM, AccuracySpec, DataSpec
from benchhub.suites.model_entries import (
    CALLABLE_PATTERN,
    AccuracyEntry,
    DataEntry,
    SourceEntry,
)
from benchhub.workspace import Workspace

TFLITE = ".tflite"
_KERAS_FILES = (".keras", ".h5", ".hdf5")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a network comes from.

    Attributes:
        kind: `file`, `url`, `keras`, `saved_model` or `concrete_function`.
        where: An absolute path, an address, a name of keras.applications or `module:function`.
        folder: Folder that modules are imported from; absolute.
        sha256: Digest that a download has to have.
        arguments: For the function or the network of keras.applications.
        signature: Of a SavedModel; None for its only one.
        batch_size: Fixes the batch; None leaves it open.
        seed: Of random weights and of training.
        text: What people call it, e.g. `keras digits_net:trained`.
    """

    kind: str
    where: str
    folder: str
    sha256: str
    arguments: Mapping[str, Any]
    signature: str | None
    batch_size: int | None
    seed: int
    text: str

    @property
    def is_tflite(self) -> bool:
        """Whether it is a .tflite file already."""
        return self.kind in ("file", "url") and Path(self.where.partition("?")[0]).suffix == TFLITE

    @property
    def local(self) -> Path | None:
        """The file or folder that it is; None for code and addresses."""
        path = Path(self.where)
        return path if self.kind != "url" and path.is_absolute() else None

    def request(self) -> dict[str, Any]:
        """Return what a `source` job is asked."""
        return {
            "folder": self.folder,
            "kind": self.kind,
            "where": self.where,
            "arguments": dict(self.arguments),
            "batch_size": self.batch_size,
            "seed": self.seed,
            "signature": self.signature,
        }


def read_source(entry: SourceEntry, folder: Path) -> Source:
    """Return the source that an entry names.

    Args:
        entry: The entry of the suite.
        folder: Folder of the suite file; absolute.
    """
    kind = entry.kind
    given: str = getattr(entry, kind)
    where = given
    if kind in ("file", "saved_model") or (kind == "keras" and given.endswith(_KERAS_FILES)):
        where = str(folder / given)
    arguments = f" {json.dumps(entry.arguments)}" if entry.arguments else ""
    return Source(
        kind=kind,
        where=where,
        folder=str(folder),
        sha256=entry.sha256 or "",
        arguments=entry.arguments,
        signature=entry.signature,
        batch_size=entry.batch_size,
        seed=entry.seed,
        text=f"{kind} {given}{arguments}",
    )


def read_data(entry: DataEntry, folder: Path, workspace: Workspace) -> DataSpec:
    """Return where the examples of an entry come from; `folder` as in `read_source`."""
    where = entry.data
    if where != RANDOM and not re.match(CALLABLE_PATTERN, where):
        where = workspace.relative(folder / where)
    return DataSpec(where, workspace.relative(folder), entry.samples, entry.seed)


def read_accuracy(entry: AccuracyEntry, folder: Path, workspace: Workspace) -> AccuracySpec:
    """Return how variants are judged; `folder` as in `read_source`."""
    data = read_data(entry, folder, workspace)
    return AccuracySpec(data, entry.metric, entry.against, entry.batch_size)


def data_request(spec: DataSpec, root: Path) -> dict[str, Any]:
    """Return what a job is told of examples; a file becomes absolute."""
    is_file = not spec.is_random and not re.match(CALLABLE_PATTERN, spec.where)
    where = str(root / spec.where) if is_file else spec.where
    return {"where": where, "samples": spec.samples, "seed": spec.seed}
