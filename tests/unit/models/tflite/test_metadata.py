"""What the author of a model wrote: metadata by the official writer, labels in the archive."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import flatbuffers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchhub.models.tflite import archive, extras
from benchhub.models.tflite.archive import MAX_BYTES, files_of, unpack
from benchhub.models.tflite.extras import Labels
from benchhub.models.tflite.flatbuffer import DamagedFileError
from benchhub.models.tflite.inspection import Inspection, inspect
from benchhub.models.tflite.metadata import (
    AssociatedFile,
    Conversion,
    Normalisation,
    read_card,
    read_conversion,
)

from .forge import GRAPHS, MOBILENETS, Forge

LABELLED = GRAPHS / "labelled.tflite"


def test_the_card_is_what_the_official_writer_was_given() -> None:
    """See tests/recorded/graphs/label.py."""
    card = inspect(LABELLED).card
    assert card is not None
    assert (card.name, card.version, card.author) == ("plain net", "v1.2", "Nobody")
    assert card.description == "Tells nothing apart.\nIts weights are random."
    assert card.licence == "Apache License, Version 2.0"
    assert card.min_parser_version == "1.0.1"
    assert card.files == (AssociatedFile("words.txt", "vocabulary"),)
    (image,), (probability,) = card.inputs, card.outputs
    assert (image.name, image.content) == ("image", "image RGB")
    assert image.normalisation == Normalisation((123.5, 116.0, 103.25), (58.5,))
    assert (image.minimum, image.maximum) == ((0.0,), (255.0,))
    assert probability.files == (
        AssociatedFile("labels.txt", "labels", "Names of the classes.", "en"),
    )


def test_the_labels_are_those_of_the_archive() -> None:
    found = inspect(LABELLED)
    first = ("tench", "goldfish", "great white shark", "Zürich", "class 4")
    assert found.labels == (Labels("labels.txt", 33, first),)
    assert [(one.name, one.size) for one in found.archived] == [
        ("labels.txt", 296),
        ("words.txt", 4),
    ]
    assert found.troubles == ()


def test_what_the_converter_notes() -> None:
    found = inspect(MOBILENETS[1])
    assert found.conversion == Conversion("2.21.0", "Keras model", ("full integer",))
    assert [(one.name, one.text) for one in found.metadata] == [
        ("min_runtime_version", "1.14.0"),
        ("CONVERSION_METADATA", None),
    ]
    assert found.description == "MLIR Converted."
    assert found.card is None


# Archives.


def _zipped(files: dict[str, bytes], method: int, before: bytes = b"") -> bytes:
    stream = io.BytesIO(before)
    stream.seek(0, io.SEEK_END)
    with zipfile.ZipFile(stream, "a", method) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return stream.getvalue()


names = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=20)


@settings(deadline=None)
@given(
    st.dictionaries(names, st.binary(max_size=2000), max_size=4),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    st.binary(max_size=50),
    st.integers(0, 1),
)
def test_archives_of_zipfile_are_read(
    files: dict[str, bytes], method: int, before: bytes, moved: int
) -> None:
    data = before + _zipped(files, method) if moved else _zipped(files, method, before)
    found = files_of(data)
    assert {one.name: unpack(data, one) for one in found} == files
    assert [one.size for one in found] == [len(content) for content in files.values()]


def test_a_bomb_is_unpacked_to_its_limit_only() -> None:
    data = _zipped({"labels.txt": bytes(64 << 20)}, zipfile.ZIP_DEFLATED)
    assert len(data) < 100_000
    (file,) = files_of(data)
    assert file.size == 64 << 20
    assert len(unpack(data, file)) == MAX_BYTES


def test_a_long_file_of_labels_is_not_counted(tmp_path: Path) -> None:
    content = _with_card(_zipped({"labels.txt": b"one\n" * MAX_BYTES}, zipfile.ZIP_DEFLATED))
    path = tmp_path / "m.tflite"
    path.write_bytes(content)
    assert inspect(path).labels == (Labels("labels.txt", None, ("one",) * 5),)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_to_pack_are_refused(method: int) -> None:
    data = _zipped({"labels.txt": bytes(9999)}, method)
    with pytest.raises(DamagedFileError, match="packed in another way"):
        unpack(data, files_of(data)[0])


def test_too_many_files_are_refused() -> None:
    data = _zipped({str(number): b"" for number in range(257)}, zipfile.ZIP_STORED)
    with pytest.raises(DamagedFileError, match="257 files"):
        files_of(data)


def test_bytes_that_look_like_an_end_are_no_archive() -> None:
    assert files_of(b"weights PK\5\6" + bytes(100)) == ()
    assert files_of(b"PK\5\6") == ()
    assert files_of(b"") == ()


SMALL = _zipped({"a.txt": b"abc" * 50, "b.txt": b"x"}, zipfile.ZIP_DEFLATED, b"before")


@settings(deadline=None, max_examples=500)
@given(st.integers(0, len(SMALL) - 1), st.integers(0, 255), st.integers(0, len(SMALL)))
def test_a_damaged_archive_is_an_error_or_read(place: int, value: int, length: int) -> None:
    data = bytearray(SMALL)
    data[place] = value
    for damaged in (bytes(data), bytes(data[:length])):
        try:
            for file in files_of(damaged):
                assert len(unpack(damaged, file, 100)) <= 100
        except DamagedFileError:
            continue


# Metadata that is wrong leaves the model readable.


def _with_card(appended: bytes = b"", content: bytes | None = None) -> bytes:
    forge = Forge()
    x, y = forge.tensor("x", (2,)), forge.tensor("y", (2,))
    forge.node("ABS", (x,), (y,))
    forge.graph.inputs, forge.graph.outputs = [x], [y]
    card = (GRAPHS / "labelled.tflite").read_bytes()
    forge.metadata("TFLITE_METADATA", _card_of(card) if content is None else content)
    return forge.content() + appended


def _card_of(model: bytes) -> bytes:
    from benchhub.models.tflite.graph import parse  # noqa: PLC0415 - one helper

    buffer = dict(parse(model).metadata)["TFLITE_METADATA"]
    return model[buffer.start : buffer.start + buffer.size]


def _inspected(folder: Path, content: bytes) -> Inspection:
    path = folder / "m.tflite"
    path.write_bytes(content)
    return inspect(path)


@pytest.mark.parametrize(
    ("appended", "content", "trouble"),
    [
        (b"", None, "labels labels.txt are not appended to the file."),
        (
            b"",
            b"nonsense of some length",
            "metadata TFLITE_METADATA is damaged: no identifier M001.",
        ),
        (b"", b"\xff\xff\xff\x7fM001", "metadata TFLITE_METADATA is damaged: byte "),
        (
            _zipped({"labels.txt": b"a\n"}, zipfile.ZIP_DEFLATED).replace(b"PK\1\2", b"PK\1\3"),
            None,
            "the appended files cannot be read: an archive whose directory is damaged.",
        ),
        (
            _zipped({"labels.txt": b"a\n" * 99}, zipfile.ZIP_LZMA),
            None,
            "labels labels.txt cannot be read: an archived file that is encrypted",
        ),
    ],
)
def test_trouble_with_metadata_is_told(
    tmp_path: Path, appended: bytes, content: bytes | None, trouble: str
) -> None:
    found = _inspected(tmp_path, _with_card(appended, content))
    assert any(one.startswith(trouble) for one in found.troubles)
    assert found.facts.macs == 0


def test_metadata_of_many_megabytes_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extras, "MAX_METADATA", 8)
    found = _inspected(tmp_path, _with_card())
    assert found.card is None
    assert "too long to be read" in found.troubles[0]


CARD = _card_of(LABELLED.read_bytes())


@settings(deadline=None, max_examples=300)
@given(st.integers(0, len(CARD) - 1), st.integers(0, 255), st.integers(0, len(CARD)))
def test_a_damaged_card_is_an_error_or_read(place: int, value: int, length: int) -> None:
    content = bytearray(CARD)
    content[place] = value
    for damaged in (bytes(content), bytes(content[:length])):
        try:
            card = read_card(damaged)
        except DamagedFileError:
            continue
        assert card.name.isprintable()


@given(st.binary(max_size=200))
def test_any_bytes_as_a_conversion(content: bytes) -> None:
    try:
        assert read_conversion(content).tensorflow.isprintable()
    except DamagedFileError:
        return


def test_modes_that_are_not_known_keep_their_number() -> None:
    builder: Any = flatbuffers.Builder(64)
    builder.StartVector(4, 2, 4)
    builder.PrependInt32(4711)
    builder.PrependInt32(1003)
    modes = builder.EndVector()
    builder.StartObject(5)
    builder.PrependUOffsetTRelativeSlot(0, modes, 0)
    options = builder.EndObject()
    builder.StartObject(2)
    builder.PrependUOffsetTRelativeSlot(1, options, 0)
    builder.Finish(builder.EndObject())
    found = read_conversion(bytes(builder.Output()))
    assert found == Conversion("", "", ("full integer", "mode 4711"))


def test_the_limit_on_labels_is_below_what_a_bomb_holds() -> None:
    assert archive.MAX_BYTES * extras.MAX_LABEL_FILES <= 16 << 20
