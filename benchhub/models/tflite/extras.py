"""What a .tflite file holds besides its graphs: metadata entries, the author's words, labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap

from benchhub.models.tflite.archive import ArchivedFile, files_of, unpack
from benchhub.models.tflite.flatbuffer import DamagedFileError
from benchhub.models.tflite.graph import Model
from benchhub.models.tflite.metadata import (
    CONVERSION_ENTRY,
    ENTRY,
    LABELS,
    Conversion,
    ModelCard,
    read_card,
    read_conversion,
)
from benchhub.models.tflite.text import printable

# Metadata and label files beyond this are not opened.
MAX_METADATA = 16 << 20
MAX_LABEL_FILES = 16
FIRST_LABELS = 5
_LABEL_LENGTH = 100
_TEXT_ENTRIES = frozenset({"min_runtime_version"})
_MAX_TEXT = 256


@dataclass(frozen=True, slots=True)
class MetadataEntry:
    """One metadata entry of the file.

    Attributes:
        name: Its name.
        bytes: Length of its content.
        text: The content of one that is known to be text.
    """

    name: str
    bytes: int
    text: str | None


@dataclass(frozen=True, slots=True)
class Labels:
    """Names of classes, from a file in the archive.

    Attributes:
        file: Its name.
        count: How many; None if the file is too long to count.
        first: The first few.
    """

    file: str
    count: int | None
    first: tuple[str, ...]


class Extras:
    """What a runtime does not need, so that damage there is told and not fatal."""

    def __init__(self, model: Model, data: mmap) -> None:
        self._data = data
        self.troubles: list[str] = []
        self.card: ModelCard | None = None
        self.conversion: Conversion | None = None
        self.archived: tuple[ArchivedFile, ...] = ()
        self.entries = tuple(
            self._entry(name, buffer.start, buffer.size) for name, buffer in model.metadata
        )
        try:
            self.archived = files_of(data)
        except DamagedFileError as error:
            self.troubles.append(f"the appended files cannot be read: {error}.")
        self.labels = tuple(self._labels())

    def _entry(self, name: str, start: int, size: int) -> MetadataEntry:
        text = None
        if name in _TEXT_ENTRIES:
            content = self._data[start : start + min(size, _MAX_TEXT)]
            text = printable(content.split(b"\0")[0].decode("utf-8", "replace"))
        elif name in (ENTRY, CONVERSION_ENTRY):
            self._read(name, start, size)
        return MetadataEntry(name, size, text)

    def _read(self, name: str, start: int, size: int) -> None:
        """Read what is said once; a second entry of the same name is only listed."""
        if size > MAX_METADATA:
            self.troubles.append(f"metadata {name} is too long to be read ({size} bytes).")
            return
        content = self._data[start : start + size]
        try:
            if name == ENTRY and self.card is None:
                self.card = read_card(content)
            elif name == CONVERSION_ENTRY and self.conversion is None:
                self.conversion = read_conversion(content)
        except DamagedFileError as error:
            self.troubles.append(f"metadata {name} is damaged: {error}.")

    def _labels(self) -> Iterator[Labels]:
        if self.card is None:
            return
        tensors = (*self.card.inputs, *self.card.outputs)
        files = (*(file for tensor in tensors for file in tensor.files), *self.card.files)
        names = dict.fromkeys(file.name for file in files if file.kind in LABELS)
        by_name = {file.name: file for file in self.archived}
        for name in list(names)[:MAX_LABEL_FILES]:
            if name not in by_name:
                self.troubles.append(f"labels {name} are not appended to the file.")
                continue
            try:
                yield _first_of(name, unpack(self._data, by_name[name]), by_name[name].size)
            except DamagedFileError as error:
                self.troubles.append(f"labels {name} cannot be read: {error}.")


def _first_of(name: str, content: bytes, size: int) -> Labels:
    labels = content.decode("utf-8", "replace").splitlines()
    first = tuple(printable(label[:_LABEL_LENGTH]) for label in labels[:FIRST_LABELS])
    return Labels(name, len(labels) if size <= len(content) else None, first)
