"""Makes a .tflite file of a source by a recipe: source, optimise, convert, quantise, check.

Each step is a job of its own process and an entry of the cache, so that variants share what they
have in common: a network is built or trained once, pruned once, and converted as often as asked.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchhub.errors import BenchhubError, ModelError, ToolError
from benchhub.models.cache import Cache, Entry, digest_of, makers
from benchhub.models.recipes import OPTIMISATIONS, QUANTIZER_FORMS, Recipe
from benchhub.models.sources import TFLITE, Source, data_request
from benchhub.models.worker import Done, Tell, Worker
from benchhub.records import DataSpec, InputSpec, Origin
from benchhub.workspace import STATE

MODEL = f"model{TFLITE}"
LOGS = "model_logs"
# Training may take a night; a conversion that takes an hour hangs.
TRAINING_S = 86_400.0
CONVERSION_S = 3600.0

_NEEDED = {"quantise": "ai-edge-quantizer", "optimise": "tensorflow-model-optimization"}
_EXTRA = {"quantise": "quantize"}


@dataclass(frozen=True, slots=True)
class Wish:
    """A variant that is to be made.

    Attributes:
        name: For people, e.g. `digits/int8`.
        source: What it is made of.
        recipe: How.
        representative: Examples to calibrate on; None for none.
        training: What an `optimise` job is told of fine-tuning; None for nothing.
        options: Of the `optimise` job: sparsity, clusters.
        flags: Of the `convert` job: select_tf_ops, custom_ops.
        signature: To run it once.
        inputs: Likewise.
    """

    name: str
    source: Source
    recipe: Recipe
    representative: DataSpec | None
    training: Mapping[str, Any] | None
    options: Mapping[str, Any]
    flags: Mapping[str, Any]
    signature: str | None
    inputs: tuple[InputSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """A variant that is here.

    Attributes:
        path: The .tflite file.
        origin: How it was made.
    """

    path: Path
    origin: Origin


@dataclass(frozen=True, slots=True)
class _Step:
    """A job, and all that determines its answer.

    Attributes:
        task: Module of `benchhub.models.child`.
        request: What it is asked.
        key: The same with digests in place of paths.
        timeout_s: It is ended after that time.
    """

    task: str
    request: Mapping[str, Any]
    key: Mapping[str, Any]
    timeout_s: float


class Maker:
    """Makes variants.

    Args:
        root: Folder of the workspace.
        tell: Is told what is being made.
        making: Whether to make what is not there; else only what is there is found.
    """

    def __init__(self, root: Path, tell: Tell, *, making: bool = True) -> None:
        self._root = root
        self._cache = Cache(root)
        self._tell = tell
        self._worker = Worker(root, tell)
        self._making = making
        self._failed: dict[tuple[str, str], BenchhubError] = {}

    def make(self, wish: Wish) -> Made | None:
        """Return the file of a wish; None if it is not there and nothing is to be made.

        Raises:
            BenchhubError: It cannot be made.
        """
        with suppress(_NotHereError):
            return self._make(wish)
        return None

    def _make(self, wish: Wish) -> Made:
        source, recipe = wish.source, wish.recipe
        if source.is_tflite:
            start = self._tflite(wish)
            if not recipe.by_quantizer:
                return Made(start, Origin(source.text, str(recipe)))
            return self._finished(wish, self._quantised(wish, start), None)
        optimised = None
        network = self._network(wish)
        saved_model = network.out / "saved_model"
        content, notes = network.content, tuple(network.values["notes"])
        if recipe.optimisation:
            optimised = self._optimised(wish, network)
            saved_model, content = optimised.out / "saved_model", optimised.content
            notes += tuple(optimised.values["notes"])
        form = recipe.base if recipe.by_quantizer else recipe
        entry = self._step(wish, _conversion(wish, form, saved_model, content, self._root))
        seconds = network.seconds + (optimised.seconds if optimised else 0) + entry.seconds
        if recipe.by_quantizer:
            notes += tuple(entry.values["notes"])
            entry = self._quantised(wish, entry.out / MODEL)
            seconds += entry.seconds
        return self._finished(wish, entry, optimised, notes, seconds)

    def _finished(
        self,
        wish: Wish,
        entry: Entry,
        optimised: Entry | None,
        notes: tuple[str, ...] = (),
        seconds: float | None = None,
    ) -> Made:
        """Run the file once, unless that was done, and say how it came about."""
        path = entry.out / MODEL
        notes += self._checked(wish, path)
        values = optimised.values if optimised else {}
        tools = [str(one["tool"]) for one in (values, entry.values) if one]
        return Made(
            path,
            Origin(
                source=wish.source.text,
                recipe=str(wish.recipe),
                tool=", ".join(tools),
                notes=(*notes, *entry.values["notes"]),
                sparsity=values.get("sparsity"),
                clusters=values.get("clusters"),
                seconds=entry.seconds if seconds is None else seconds,
                history=tuple(values.get("history", ())),
            ),
        )

    def _checked(self, wish: Wish, path: Path) -> tuple[str, ...]:
        """Run a file once; return what to know of that."""
        try:
            self._step(wish, _check(wish, path))
        except ModelError as error:
            if not any(wish.flags.values()):
                raise
            return (f"not checked, as LiteRT alone cannot run it: {error.message}",)
        return ()

    def _tflite(self, wish: Wish) -> Path:
        """Return the .tflite file that a source is."""
        source, recipe = wish.source, wish.recipe
        if recipe.optimisation or (not recipe.by_quantizer and recipe.form != "float32"):
            raise ModelError(
                f"{recipe} cannot be made of a .tflite file.",
                f"Of a float32 .tflite file: {', '.join(QUANTIZER_FORMS)}; for others give the "
                "network: keras, saved_model or concrete_function.",
            )
        return self._local(source)

    def _local(self, source: Source) -> Path:
        """Return the file or folder of a source, downloaded if need be."""
        if source.kind == "url":
            if not self._making and not (self._root / STATE).exists():
                raise _NotHereError
            from benchhub.models.fetching import fetch_model  # noqa: PLC0415 - loads requests

            return fetch_model(source.where, source.sha256, self._root, self._tell)
        path = source.local
        if path is None or not path.exists():
            raise ModelError(
                f"{source.text}: it does not exist.",
                "Correct `source` in the suite; paths are relative to the suite file.",
            )
        return path

    def _network(self, wish: Wish) -> Entry:
        """Return the network of a source as a SavedModel."""
        source = wish.source
        if source.kind == "file":
            raise ModelError(
                f"{source.text}: `file` is for .tflite files.",
                "Give a Keras file as `keras`, a folder as `saved_model`.",
            )
        request = source.request()
        key = dict(request)
        if source.kind == "url" or source.local is not None:
            path = self._local(source)
            request |= {"kind": "keras" if source.kind == "url" else source.kind}
            request |= {"where": str(path)}
            key |= {"where": _digest(path)}
        return self._step(wish, _Step("source", request, key, TRAINING_S))

    def _optimised(self, wish: Wish, network: Entry) -> Entry:
        source, recipe = wish.source, wish.recipe
        if source.kind not in ("keras", "url"):
            raise ModelError(
                f"{recipe}: {' and '.join(OPTIMISATIONS)} need a Keras model as source, not "
                f"{source.kind}.",
                "Give it as `keras`.",
            )
        if wish.training is None:
            raise ModelError(
                f"{recipe} is fine-tuned, and the suite has no `training`.",
                "Say what to train on: `training: {data: module:function}` in the model.",
            )
        plain = {
            "folder": source.folder,
            "optimisation": recipe.optimisation,
            "training": wish.training,
            "seed": source.seed,
            "batch_size": source.batch_size,
            **wish.options,
        }
        request = {
            **plain,
            "source": str(network.out),
            "model_file": network.values["model_file"],
            "framework": network.values["framework"],
            # Classes of the user's own are found by importing where they are from.
            "where": source.where if ":" in source.where and source.local is None else None,
        }
        return self._step(
            wish, _Step("optimise", request, {**plain, "source": network.content}, TRAINING_S)
        )

    def _quantised(self, wish: Wish, model: Path) -> Entry:
        plain = {
            "folder": wish.source.folder,
            "form": wish.recipe.form,
            "representative": _representative(wish, self._root),
            "seed": wish.source.seed,
        }
        request = {**plain, "model": str(model)}
        return self._step(
            wish, _Step("quantise", request, {**plain, "model": _digest(model)}, CONVERSION_S)
        )

    def _step(self, wish: Wish, step: _Step) -> Entry:
        """Return what a job makes, from the cache if it was done before.

        What failed for one variant fails for the others at once.
        """
        found = self._cache.find(step.task, step.key)
        if found is not None:
            return found
        if not self._making:
            raise _NotHereError
        mark = step.task, repr(sorted(step.key.items()))
        if mark in self._failed:
            raise self._failed[mark]
        _demand(step.task)
        what = f"{wish.name}: {step.task}"
        folder: Path | None = None

        def do(new: Path) -> Done:
            nonlocal folder
            folder = new
            try:
                return self._worker.do(step.task, step.request, new, what, step.timeout_s)
            except BenchhubError as error:
                self._keep_log(new, wish, step, error)
                raise

        try:
            return self._cache.make(step.task, step.key, do)
        except BenchhubError as error:
            self._failed[mark] = error
            raise

    def _keep_log(self, folder: Path, wish: Wish, step: _Step, error: BenchhubError) -> None:
        """Keep what a failed job printed, and say where."""
        log = self._root / STATE / LOGS / f"{wish.name.replace('/', '.')}.{step.task}.txt"
        with suppress(OSError):
            log.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / "log.txt", log)
            where = log.relative_to(self._root)
            error.advice = f"{error.advice} All that it printed: {where}".strip()


class _NotHereError(Exception):
    """Something would have to be made first."""


def _conversion(wish: Wish, recipe: Recipe, saved_model: Path, content: str, root: Path) -> _Step:
    plain = {
        "folder": wish.source.folder,
        "form": recipe.form,
        "optimisation": recipe.optimisation,
        "representative": _representative(wish, root) if recipe.needs_data else None,
        # A SavedModel that was given was exported again, under the one name.
        "signature": None,
        "seed": wish.source.seed,
        **wish.flags,
    }
    request = {**plain, "saved_model": str(saved_model)}
    return _Step("convert", request, {**plain, "saved_model": content}, CONVERSION_S)


def _check(wish: Wish, path: Path) -> _Step:
    """Return one inference on random values."""
    plain = {
        "signature": wish.signature,
        "inputs": {one.name: list(one.shape) for one in wish.inputs if one.shape},
        "data": None,
        "metric": None,
        "batch_size": 1,
        "seed": 0,
        "reference": None,
    }
    request = {**plain, "folder": wish.source.folder, "model": str(path)}
    return _Step("evaluate", request, {**plain, "model": _digest(path)}, CONVERSION_S)


def _representative(wish: Wish, root: Path) -> dict[str, Any] | None:
    if not wish.recipe.needs_data:
        return None
    if wish.representative is None:
        raise ModelError(
            f"{wish.recipe} is calibrated, and the suite has no `representative` data.",
            "Give `representative: calibration.npz` or `module:function` in the model; "
            "`representative: random` measures latency, not accuracy.",
        )
    return data_request(wish.representative, root)


def _digest(path: Path) -> str:
    try:
        return digest_of(path)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}.") from error


def _demand(task: str) -> None:
    """Make sure that what a job needs is installed. Raises ToolError."""
    if task == "evaluate":
        return
    package = _NEEDED.get(task, "tensorflow")
    if makers()[package] is None:
        extra = _EXTRA.get(task, "convert")
        raise ToolError(
            f"{package} is not installed, which making this variant needs.",
            f"pip install 'benchhub[{extra}]'; in a checkout: pip install -e '.[{extra}]'",
        )
