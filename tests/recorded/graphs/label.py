"""Makes labelled.tflite of plain.tflite: `python label.py`. Needs tflite-support 0.4.4."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import flatbuffers
from tflite_support import metadata
from tflite_support import metadata_schema_py_generated as schema

HERE = Path(__file__).parent
LABELS = ["tench", "goldfish", "great white shark", "Zürich", *(f"class {n}" for n in range(4, 33))]


def normalised() -> Any:
    unit = schema.ProcessUnitT()
    unit.optionsType = schema.ProcessUnitOptions.NormalizationOptions
    unit.options = schema.NormalizationOptionsT()
    unit.options.mean, unit.options.std = [123.5, 116.0, 103.25], [58.5]
    return unit


def file(name: str, kind: int, description: str = "", locale: str | None = None) -> Any:
    one = schema.AssociatedFileT()
    one.name, one.type, one.description, one.locale = name, kind, description, locale
    return one


def image() -> Any:
    card = schema.TensorMetadataT()
    card.name, card.description = "image", "What is to be told apart."
    card.content = schema.ContentT()
    card.content.contentPropertiesType = schema.ContentProperties.ImageProperties
    card.content.contentProperties = schema.ImagePropertiesT()
    card.content.contentProperties.colorSpace = schema.ColorSpaceType.RGB
    card.processUnits = [normalised()]
    card.stats = schema.StatsT()
    card.stats.min, card.stats.max = [0.0], [255.0]
    return card


def probability() -> Any:
    card = schema.TensorMetadataT()
    card.name, card.description = "probability", "Of each class."
    kind = schema.AssociatedFileType.TENSOR_AXIS_LABELS
    card.associatedFiles = [file("labels.txt", kind, "Names of the classes.", "en")]
    return card


def model() -> bytes:
    graph = schema.SubGraphMetadataT()
    graph.inputTensorMetadata, graph.outputTensorMetadata = [image()], [probability()]
    card = schema.ModelMetadataT()
    card.name, card.version, card.author = "plain net", "v1.2", "Nobody"
    card.description = "Tells nothing apart.\nIts weights are random."
    card.license = "Apache License, Version 2.0"
    card.subgraphMetadata = [graph]
    card.associatedFiles = [file("words.txt", schema.AssociatedFileType.VOCABULARY)]
    builder = flatbuffers.Builder(0)
    builder.Finish(card.Pack(builder), b"M001")
    return bytes(builder.Output())


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        labels, words = Path(folder) / "labels.txt", Path(folder) / "words.txt"
        labels.write_text("\n".join(LABELS) + "\n", encoding="utf-8")
        words.write_text("a\nb\n", encoding="utf-8")
        content = bytearray((HERE / "plain.tflite").read_bytes())
        writer = metadata.MetadataPopulator.with_model_buffer(content)
        writer.load_metadata_buffer(bytearray(model()))
        writer.load_associated_files([str(labels), str(words)])
        writer.populate()
        (HERE / "labelled.tflite").write_bytes(writer.get_model_buffer())


if __name__ == "__main__":
    main()
