"""Files of models: the graph, what the author and the converter wrote, appended files."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from pathlib import Path

from benchhub.models.tflite.archive import files_of, unpack
from benchhub.models.tflite.flatbuffer import DamagedFileError
from benchhub.models.tflite.graph import parse
from benchhub.models.tflite.inspection import inspect, intensity
from benchhub.models.tflite.metadata import read_card, read_conversion
from benchhub.models.tflite.work import node_costs
from benchhub.tools.litert.child.failure import MeasureError
from benchhub.tools.litert.child.model_file import parse_model
from tests.fuzz.seeds import RECORDED, files, scratch
from tests.fuzz.target import Form, Target

_FILES = files("tests/recorded/graphs/*.tflite", "tests/recorded/models/*.tflite")


def _graph(data: bytes) -> None:
    with suppress(DamagedFileError):
        model = parse(data)
        for index in range(len(model.graphs)):
            node_costs(model, index)


def _inspect(data: bytes) -> None:
    path = scratch() / "m.tflite"
    path.write_bytes(data)
    for node in inspect(path).nodes:
        intensity(node.cost)


def _metadata(data: bytes) -> None:
    for read in (read_card, read_conversion):
        with suppress(DamagedFileError):
            read(data)


def _archive(data: bytes) -> None:
    with suppress(DamagedFileError):
        for file in files_of(data):
            unpack(data, file)


def _child_model(data: bytes) -> None:
    with suppress(DamagedFileError, MeasureError):
        parse_model(data).signature(None)


@cache
def _metadata_seeds() -> list[bytes]:
    found = []
    for path in sorted(Path(RECORDED).glob("graphs/*.tflite")):
        data = path.read_bytes()
        found += [
            data[buffer.start : buffer.start + buffer.size] for _, buffer in parse(data).metadata
        ]
    return found


TARGETS = (
    Target("tflite_graph", _graph, _FILES, Form.FLATBUFFER, ("TFL3",), weight=0.6),
    Target("tflite_inspect", _inspect, _FILES, Form.FLATBUFFER, ("TFL3",), weight=0.15),
    Target("tflite_metadata", _metadata, _metadata_seeds, Form.FLATBUFFER, ("M001",)),
    Target("tflite_archive", _archive, _FILES, Form.FLATBUFFER, ("PK\3\4", "PK\1\2", "PK\5\6")),
    Target("child_model_file", _child_model, _FILES, Form.FLATBUFFER, ("TFL3",), weight=0.6),
)
