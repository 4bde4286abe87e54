"""What the author of a model wrote into it: TFLite Metadata.

It is a FlatBuffer of its own in the metadata entry `TFLITE_METADATA`; the numbers are field
positions of its schema (metadata_schema.fbs of tflite-support, identifier M001, version 1.4).
Labels lie in the archive that is appended to the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchhub.models.tflite.flatbuffer import DamagedFileError, Source, Table
from benchhub.models.tflite.text import lines, printable

ENTRY = "TFLITE_METADATA"
IDENTIFIER = b"M001"
_NORMALISATION, _IMAGE = 1, 2
_KINDS = (
    "file",
    "description",
    "labels",
    "value labels",
    "score calibration",
    "vocabulary",
    "ScaNN index",
)
LABELS = frozenset({"labels", "value labels"})
_COLOURS = ("", "RGB", "grey")
# An image has three channels; more values than a person would read come from a forged file.
_MAX_CHANNELS = 16
_MAX_ITEMS = 64


@dataclass(frozen=True, slots=True)
class AssociatedFile:
    """A file that belongs to a model or to one of its tensors.

    Attributes:
        name: In the archive that is appended to the model.
        kind: `labels`, `vocabulary`, ...
        description: The author's words.
        locale: Language of labels, e.g. `en`.
    """

    name: str
    kind: str
    description: str = ""
    locale: str = ""


@dataclass(frozen=True, slots=True)
class Normalisation:
    """What is done to the numbers before they go in: (x - mean) / std, for each channel.

    Attributes:
        mean: One for each channel, or one for all; None for one that is no finite number.
        std: Likewise.
    """

    mean: tuple[float | None, ...]
    std: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class TensorCard:
    """What the author says of an input or output.

    Attributes:
        name: Its name.
        description: The author's words.
        content: `image RGB`, or empty.
        normalisation: None if nothing is said.
        minimum: Smallest values, for each channel or for all.
        maximum: Largest values likewise.
        files: Labels and the like.
    """

    name: str
    description: str = ""
    content: str = ""
    normalisation: Normalisation | None = None
    minimum: tuple[float | None, ...] = ()
    maximum: tuple[float | None, ...] = ()
    files: tuple[AssociatedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What the author says of a model.

    Attributes:
        name: Its name.
        description: The author's words.
        version: The author's.
        author: Who made it.
        licence: Under which it is; texts over 1024 bytes are cut.
        min_parser_version: Of the metadata.
        inputs: In the order of the main graph's inputs.
        outputs: In the order of the main graph's outputs.
        files: Of the model as a whole.
    """

    name: str = ""
    description: str = ""
    version: str = ""
    author: str = ""
    licence: str = ""
    min_parser_version: str = ""
    inputs: tuple[TensorCard, ...] = ()
    outputs: tuple[TensorCard, ...] = ()
    files: tuple[AssociatedFile, ...] = ()


def read_card(content: bytes) -> ModelCard:
    """Read the content of the metadata entry.

    Raises:
        DamagedFileError: It is no TFLite Metadata, or damaged.
    """
    if content[4:8] != IDENTIFIER:
        raise DamagedFileError("no identifier M001")
    root = Source(content).root()
    graph = next(root.tables(3), None)
    return ModelCard(
        name=printable(root.text(0)),
        description=lines(root.text(1)),
        version=printable(root.text(2)),
        author=printable(root.text(4)),
        licence=lines(root.text(5)),
        min_parser_version=printable(root.text(7)),
        inputs=() if graph is None else tuple(_tensors(graph, 2)),
        outputs=() if graph is None else tuple(_tensors(graph, 3)),
        files=(*_files(root, 6), *(() if graph is None else _files(graph, 4))),
    )


def _tensors(graph: Table, field: int) -> Iterator[TensorCard]:
    for table in _some(graph, field):
        stats = table.table(5)
        yield TensorCard(
            name=printable(table.text(0)),
            description=lines(table.text(1)),
            content=_content(table.table(3)),
            normalisation=_normalisation(table),
            minimum=_reals(stats, 1),
            maximum=_reals(stats, 0),
            files=_files(table, 6),
        )


def _content(table: Table | None) -> str:
    if table is None or table.number(0, "B") != _IMAGE:
        return ""
    properties = table.table(1)
    colour = properties.number(0, "b") if properties else 0
    return f"image {_named(_COLOURS, colour)}".rstrip()


def _normalisation(tensor: Table) -> Normalisation | None:
    for unit in _some(tensor, 4):
        if unit.number(0, "B") == _NORMALISATION:
            options = unit.table(1)
            return Normalisation(_reals(options, 0), _reals(options, 1))
    return None


def _reals(table: Table | None, field: int) -> tuple[float | None, ...]:
    if table is None:
        return ()
    start, length = table.vector(field, 4)
    return tuple(table.real(start + 4 * at) for at in range(min(length, _MAX_CHANNELS)))


def _files(table: Table, field: int) -> tuple[AssociatedFile, ...]:
    return tuple(
        AssociatedFile(
            name=printable(file.text(0)),
            kind=_named(_KINDS, file.number(2, "b")) or _KINDS[0],
            description=lines(file.text(1)),
            locale=printable(file.text(3)),
        )
        for file in _some(table, field)
    )


def _some(table: Table, field: int) -> Iterator[Table]:
    for _, one in zip(range(_MAX_ITEMS), table.tables(field), strict=False):
        yield one


def _named(names: tuple[str, ...], number: int) -> str:
    return names[number] if 0 <= number < len(names) else ""


@dataclass(frozen=True, slots=True)
class Conversion:
    """How a converter says that it made the file.

    Attributes:
        tensorflow: Version of TensorFlow.
        source: What was converted, e.g. `SavedModel`.
        modes: Optimisations, e.g. `full integer`.
    """

    tensorflow: str
    source: str
    modes: tuple[str, ...]


CONVERSION_ENTRY = "CONVERSION_METADATA"
_SOURCES = ("", "SavedModel", "Keras model", "concrete functions", "GraphDef", "session", "JAX")
_MODES: Mapping[int, str] = {
    1001: "float16",
    1002: "dynamic range",
    1003: "full integer",
    1004: "16-bit activations",
    2000: "quantisation-aware training",
    3001: "random sparsity",
    3002: "block sparsity",
    3003: "structured sparsity",
}


def read_conversion(content: bytes) -> Conversion:
    """Read what the TensorFlow converter notes (tensorflow/lite/schema/conversion_metadata.fbs).

    Raises:
        DamagedFileError: It is damaged.
    """
    root = Source(content).root()
    environment, options = root.table(0), root.table(1)
    modes = options.integers(0)[:_MAX_ITEMS] if options else ()
    return Conversion(
        tensorflow=printable(environment.text(0)) if environment else "",
        source=_named(_SOURCES, environment.number(2, "i")) if environment else "",
        modes=tuple(_MODES.get(mode, f"mode {mode}") for mode in modes),
    )
