"""The .tflite files of a suite: named or made, and looked at before anything is measured."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchhub.errors import BenchhubError, ModelError
from benchhub.models.making import Maker, Wish
from benchhub.models.recipes import Recipe, read_recipe
from benchhub.models.sources import data_request, read_data, read_source
from benchhub.models.worker import Tell
from benchhub.records import Failure, ModelVariant, Origin
from benchhub.suites.matrix import Variants
from benchhub.suites.model_entries import ModelEntry, VariantEntry
from benchhub.suites.suite import Suite
from benchhub.workspace import Workspace

# File identifier of a TFLite flatbuffer, at offset 4 (flatbuffers' file_identifier).
IDENTIFIER = b"TFL3"
HEADER_BYTES = 8

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """The variants of a suite.

    Attributes:
        variants: What each is, by model and variant; without digest where it is not there.
        failures: Why some cannot be had.
        unmade: Those that would have to be made or downloaded first.
    """

    variants: Variants
    failures: Mapping[Pair, Failure]
    unmade: tuple[Pair, ...] = ()


def declared_variants(suite: Suite) -> Variants:
    """Return the variants as the suite names them; no file is looked at."""
    return {
        (model.name, name): ModelVariant(
            model=model.name,
            variant=name,
            path=entry.file or "",
            sha256="",
            size_bytes=0,
            signature=model.signature,
            inputs=model.input_specs(),
        )
        for model in suite.file.models
        for name, entry in model.variants.items()
    }


def find_variants(
    suite: Suite,
    folder: Path,
    workspace: Workspace,
    wanted: Collection[Pair],
    tell: Tell,
    *,
    making: bool,
) -> Found:
    """Look at the files of a suite and make those that have to be made.

    Args:
        suite: The suite.
        folder: Folder of the suite file, absolute; relative paths start there.
        workspace: Paths inside it are kept relative to it.
        wanted: Models and variants; the others are not looked at.
        tell: Is told what is being made.
        making: Whether variants are made and downloaded; else only what is there is found.
    """
    finder = _Finder(suite, folder, workspace, Maker(workspace.root, tell, making=making), tell)
    variants: dict[Pair, ModelVariant] = {}
    failures: dict[Pair, Failure] = {}
    unmade: list[Pair] = []
    declared = declared_variants(suite)
    for index, model, name, entry in _entries(suite):
        pair = model.name, name
        if pair not in wanted:
            continue
        variants[pair] = declared[pair]
        try:
            found = finder.find(declared[pair], model, entry, making=making)
        except BenchhubError as error:
            where = suite.document.place(("models", index, "variants", name))
            failures[pair] = Failure(
                "model", f"{where}: {_named(error, pair)}", error.advice, error.exit_code
            )
        else:
            variants[pair] = found or declared[pair]
            unmade += [] if found else [pair]
    return Found(_twins_noted(variants), failures, tuple(unmade))


def with_models(suite: Suite, folder: Path) -> Suite:
    """Return a suite whose .tflite files are those of another folder; what it lacks is left out.

    A file is looked for as the suite names it, by its name alone if no other has that, and as
    `model/variant.tflite`; never outside of the folder, where the suite's own files are.

    Raises:
        ModelError: None of them is there.
    """
    models = []
    looked_for: list[str] = []
    files = [entry.file for _, _, _, entry in _entries(suite) if entry.file]
    names = Counter(Path(file).name for file in files)
    for model in suite.file.models:
        variants = {}
        for name, entry in model.variants.items():
            ways = _ways(entry.file, names) if entry.file else []
            ways.append(f"{model.name}/{name}.tflite")
            looked_for += ways[:1]
            found = next((folder / way for way in ways if (folder / way).is_file()), None)
            if found is not None:
                variants[name] = VariantEntry(file=str(found))
        if variants:
            models.append(model.model_copy(update={"variants": variants}))
    if not models:
        raise ModelError(
            f"{folder}: none of the files of {suite.document.name} is there, such as "
            f"{looked_for[0]}.",
            "Files are looked for as the suite names them, or as MODEL/VARIANT.tflite.",
        )
    kept = {f"{model.name}/{variant}" for model in models for variant in model.variants}
    canary = suite.file.canary
    if canary and "/".join(canary.split("/")[:2]) not in kept:
        canary = None  # left out with its model, which is no mistake of the suite
    update = {"models": models, "canary": canary}
    return replace(suite, file=suite.file.model_copy(update=update))


def _ways(file: str, names: Mapping[str, int]) -> list[str]:
    """Return how a file may be called in another folder, by how often each name is there."""
    path = Path(file)
    inside = not path.is_absolute() and ".." not in path.parts
    return [*([file] if inside else []), *([path.name] if names[path.name] == 1 else [])]


def _entries(suite: Suite) -> Iterator[tuple[int, ModelEntry, str, VariantEntry]]:
    for index, model in enumerate(suite.file.models):
        for name, entry in model.variants.items():
            yield index, model, name, entry


def _named(error: BenchhubError, pair: Pair) -> str:
    name = "/".join(pair)
    return error.message if name in error.message else f"{name}: {error.message}"


def _twins_noted(variants: Mapping[Pair, ModelVariant]) -> dict[Pair, ModelVariant]:
    """Note made variants whose file is that of another one: the recipe changed nothing."""
    first: dict[tuple[str, str], str] = {}
    noted = dict(variants)
    for pair, variant in variants.items():
        same = first.setdefault((variant.model, variant.sha256), variant.variant)
        if variant.sha256 and variant.origin and same != variant.variant:
            origin = variant.origin
            origin = replace(origin, notes=(*origin.notes, f"the same file as {same}"))
            noted[pair] = replace(variant, origin=origin)
    return noted


@dataclass(frozen=True, slots=True)
class _Finder:
    """Finds one variant after the other."""

    suite: Suite
    folder: Path
    workspace: Workspace
    maker: Maker
    tell: Tell

    def find(
        self, declared: ModelVariant, model: ModelEntry, entry: VariantEntry, *, making: bool
    ) -> ModelVariant | None:
        """Return a variant; None if it is not there and nothing is to be made.

        Raises:
            BenchhubError: It cannot be had.
        """
        origin: Origin | None = None
        if entry.file is not None:
            path, called = self.folder / entry.file, entry.file
        elif entry.url is not None:
            if not making:
                return None
            from benchhub.models.fetching import fetch_model  # noqa: PLC0415 - loads requests

            path = fetch_model(entry.url, entry.sha256 or "", self.workspace.root, self.tell)
            called, origin = entry.url, Origin(f"url {entry.url}", "")
        else:
            made = self.maker.make(self._wish(declared, model, entry))
            if made is None:
                return None
            path, origin, called = made.path, made.origin, made.path.name
        sha256, size = identify(path, called)
        return replace(
            declared,
            path=self.workspace.relative(path),
            sha256=sha256,
            size_bytes=size,
            origin=origin,
        )

    def _wish(self, declared: ModelVariant, model: ModelEntry, entry: VariantEntry) -> Wish:
        if model.source is None:  # the suite's validation has refused that
            raise ModelError(f"{declared.model} has no source.")
        data = entry.representative or model.representative
        recipe = _recipe(declared.variant, entry)
        return Wish(
            name=f"{declared.model}/{declared.variant}",
            source=read_source(model.source, self.folder),
            recipe=recipe,
            representative=read_data(data, self.folder, self.workspace) if data else None,
            training=self._training(model, entry),
            options=_options(recipe, entry),
            flags={"select_tf_ops": entry.select_tf_ops, "custom_ops": entry.custom_ops},
            signature=declared.signature,
            inputs=declared.inputs,
        )

    def _training(self, model: ModelEntry, entry: VariantEntry) -> dict[str, Any] | None:
        training = model.training
        if training is None:
            return None
        data = read_data(training, self.folder, self.workspace)
        return {
            **data_request(data, self.workspace.root),
            "epochs": entry.epochs or training.epochs,
            "batch_size": training.batch_size,
            "learning_rate": entry.learning_rate or training.learning_rate,
            "optimizer": training.optimizer,
            "loss": training.loss,
        }


def _recipe(name: str, entry: VariantEntry) -> Recipe:
    try:
        return read_recipe(entry.recipe or name)
    except ValueError as error:
        hint = "" if entry.recipe else "Name its file, or say how it is made: `recipe`."
        raise ModelError(f"{error}.", hint) from error


def _options(recipe: Recipe, entry: VariantEntry) -> dict[str, Any]:
    """Return only what matters to the recipe: the rest would make it twice."""
    every: dict[str, dict[str, Any]] = {
        "pruned": {"sparsity": entry.sparsity},
        "clustered": {"clusters": entry.clusters},
    }
    return every.get(recipe.optimisation, {})


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
            "Give a .tflite file; a network that has to be converted is a model's `source`.",
        )
    return digest, size
