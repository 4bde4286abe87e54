"""The .tflite files of a suite: found, hashed, and looked at once before anything is measured."""

from __future__ import annotations

import hashlib
from pathlib import Path

from benchhub.errors import ModelError
from benchhub.records import Failure, ModelVariant
from benchhub.suites.matrix import Variants
from benchhub.suites.suite import Suite
from benchhub.workspace import Workspace

# File identifier of a TFLite flatbuffer, at offset 4 (flatbuffers' file_identifier).
IDENTIFIER = b"TFL3"
HEADER_BYTES = 8


def find_variants(
    suite: Suite, folder: Path, workspace: Workspace
) -> tuple[Variants, dict[tuple[str, str], Failure]]:
    """Look at every file of a suite.

    Args:
        suite: The suite.
        folder: Folder of the suite file; relative paths start there.
        workspace: Paths inside it are kept relative to it.

    Returns:
        What each file is, and a failure for each that cannot be a model.
    """
    variants: dict[tuple[str, str], ModelVariant] = {}
    failures: dict[tuple[str, str], Failure] = {}
    for index, model in enumerate(suite.file.models):
        for name, entry in model.variants.items():
            path = folder / (entry.file or "")
            sha256, size = "", 0
            try:
                sha256, size = identify(path, entry.file or "")
            except ModelError as error:
                where = suite.document.place(("models", index, "variants", name))
                failures[model.name, name] = Failure(
                    "model", f"{where}: {error.message}", error.advice, error.exit_code
                )
            variants[model.name, name] = ModelVariant(
                model=model.name,
                variant=name,
                path=workspace.relative(path),
                sha256=sha256,
                size_bytes=size,
                signature=model.signature,
                inputs=model.input_specs(),
            )
    return variants, failures


def identify(path: Path, name: str) -> tuple[str, int]:
    """Return the sha256 and the size in bytes of a model file.

    Raises:
        ModelError: It is missing, empty, or no TFLite model.
    """
    try:
        with path.open("rb") as file:
            header = file.read(HEADER_BYTES)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except OSError as error:
        raise ModelError(
            f"{name}: the model file cannot be read: {error.strerror}.",
            "Correct the path in the suite; it is relative to the suite file.",
        ) from error
    if not size:
        raise ModelError(f"{name}: the model file is empty.", "Convert or copy it again.")
    if header[4:] != IDENTIFIER:
        raise ModelError(
            f"{name}: not a TFLite model (no TFL3 identifier).",
            "Give a .tflite file; Keras and SavedModel files have to be converted first.",
        )
    return digest, size
