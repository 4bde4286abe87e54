"""Examples: for calibration, fine-tuning and accuracy, from files, functions or at random."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from benchhub.models.child.arrays import MAX_BYTES, cast, fitted, numeric, read_npy, read_npz
from benchhub.models.child.callables import call
from benchhub.models.child.job import Job, JobError

RANDOM = "random"
# Keys of labels in a .npz file or a dictionary; all others are inputs.
LABELS = ("y", "labels")
# Name of an input that has none: the array of a .npy file, or what a function returns.
ONLY = "x"

_WAYS = (
    "Return an array, (inputs, labels), or a dictionary with an array for each input and y or "
    "labels."
)

Values = NDArray[Any]
Shape = Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Examples:
    """Examples of what a model is fed with; the first dimension of each array counts them.

    Attributes:
        named: Inputs by name; all have the same length.
        labels: What is right, as the data have it: class numbers, one-hot rows or anything
            numeric; None if they have none.
        source: The file or function that they come from, for people.
    """

    named: Mapping[str, Values]
    labels: Values | None
    source: str

    def __len__(self) -> int:
        return len(next(iter(self.named.values())))

    def first(self, samples: int | None) -> Examples:
        """Return the first examples, or all for None or if there are no more."""
        if samples is None or samples >= len(self):
            return self
        labels = None if self.labels is None else self.labels[:samples]
        named = {name: values[:samples] for name, values in self.named.items()}
        return Examples(named, labels, self.source)

    def classes(self) -> NDArray[np.int64] | None:
        """Return the labels as class numbers; None if they are neither numbers nor one-hot rows."""
        labels = self.labels
        if labels is None or labels.dtype.kind not in "biuf":
            return None
        if labels.ndim == 2 and labels.shape[1] > 1 and is_one_hot(labels):
            return np.asarray(labels.argmax(axis=1), dtype=np.int64)
        flat = labels.reshape(-1)
        if flat.size != len(labels) or not (flat == np.floor(flat.astype(np.float64))).all():
            return None
        return flat.astype(np.int64)


def is_one_hot(labels: Values) -> bool:
    """Return whether each row has a single 1 and otherwise zeros."""
    return bool(((labels == 0) | (labels == 1)).all() and (labels.sum(axis=1) == 1).all())


def is_random(spec: Mapping[str, Any]) -> bool:
    """Return whether the examples are made up: by `random_examples`, which knows the inputs."""
    return bool(spec["where"] == RANDOM)


def load(spec: Mapping[str, Any], job: Job) -> Examples:
    """Return the examples of a file or a function.

    A .npz file has an array for each input, by name, and `y` or `labels`; with a single input its
    name does not matter. A .npy file has the only input. A function without arguments returns an
    array, (inputs, labels), or a dictionary like a .npz file. Nothing is unpickled. With `samples`
    the first ones are taken, in their order.

    Args:
        spec: `where` (an absolute path or `module:function`), `samples` (or None), `seed`.
        job: As in `callables.load_callable`.

    Raises:
        JobError: They are not there, or are no such examples.
    """
    where, samples = str(spec["where"]), spec.get("samples")
    if is_random(spec):
        raise JobError("data", "random examples cannot serve here; they have no meaning.")
    path = Path(where)
    if path.is_absolute():
        source, given = path.name, _read(path, samples)
        job.depends[str(path)] = _digest(path)
    else:
        source, given = where, call(where, job)
    return _examples(given, source).first(samples)


def feed(
    examples: Examples,
    names: Sequence[str],
    shapes: Sequence[Shape],
    dtypes: Sequence[DTypeLike],
) -> dict[str, Values]:
    """Return the arrays of a model's inputs, by name and in the model's order.

    With one input and one array names do not matter. Dimensions of 1 that lack are added, e.g.
    (n, 8, 8) is (n, 8, 8, 1). Values are cast to the input's type and never scaled: uint8 images
    of 0 to 255 reach a float32 input as 0.0 to 255.0, so scale them where the model does not.
    Floats reach an integer input only if they are whole numbers of its range.

    Args:
        examples: What was loaded.
        names: Of the model's inputs.
        shapes: Of each, with the dimension of the examples first; None or -1 is open.
        dtypes: Of each, as numpy knows it.

    Raises:
        JobError: An input has no array, or one of another shape, or values that it cannot take.
    """
    named = _by_input(examples, names)
    return {
        name: cast(fitted(named[name], shape, name, examples.source), dtype, name, examples.source)
        for name, shape, dtype in zip(names, shapes, dtypes, strict=True)
    }


def random_examples(
    inputs: Sequence[tuple[str, Shape, DTypeLike]], samples: int, seed: int
) -> Examples:
    """Return seeded random values: floats uniform in 0 to 1, integers 0 or 1.

    Args:
        inputs: Name, shape as in `feed`, and type of each input; open dimensions become 1.
        samples: How many.
        seed: Of numpy's default generator.

    Raises:
        JobError: An input takes no numbers, or they would be too large.
    """
    generator = np.random.default_rng(seed)
    named: dict[str, Values] = {}
    for name, shape, kind in inputs:
        dtype = np.dtype(kind)
        sizes = (samples, *(1 if size is None or size < 1 else int(size) for size in shape[1:]))
        if np.prod(sizes, dtype=np.float64) * dtype.itemsize > MAX_BYTES:
            raise JobError("data", f"{samples} random examples of '{name}' are too large.", "")
        if dtype.kind == "f":
            named[name] = generator.random(sizes, dtype=np.float32).astype(dtype)
        elif dtype.kind in "iub":
            named[name] = generator.integers(0, 2, sizes).astype(dtype)
        else:
            raise JobError(
                "data", f"the input '{name}' takes no numbers, so random ones cannot do."
            )
    return Examples(named, None, RANDOM)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(path: Path, samples: int | None) -> Any:
    try:
        with path.open("rb") as file:
            magic = file.read(6)
        if magic.startswith(b"PK"):
            return read_npz(path)
        if magic == b"\x93NUMPY":
            return read_npy(path, samples)
    except FileNotFoundError as error:
        raise JobError(
            "data", f"{path}: there is no such file.", "Paths are relative to the suite file."
        ) from error
    except IsADirectoryError as error:
        raise JobError("data", f"{path}: a folder, not a .npz or .npy file.", "") from error
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        what = str(error).strip().splitlines() or [type(error).__name__]
        raise JobError("data", f"{path.name}: cannot be read: {what[0]}.", _SAVING) from error
    raise JobError("data", f"{path.name}: neither a .npz nor a .npy file of numpy.", _SAVING)


_SAVING = "Save it with numpy.savez(path, x=..., y=...); arrays of objects cannot be read."


def _examples(given: Any, source: str) -> Examples:
    labels: Any = None
    if isinstance(given, tuple) and len(given) == 2:
        given, labels = given
    if isinstance(given, Mapping):
        named = {str(key): value for key, value in given.items() if key not in LABELS}
        found = [given[key] for key in LABELS if key in given]
        labels = found[0] if found and labels is None else labels
    else:
        named = {ONLY: given}
    arrays = {name: numeric(values, name, source, _WAYS) for name, values in named.items()}
    if not arrays:
        raise JobError("data", f"{source}: it has labels and no inputs.", _WAYS)
    lengths = {name: len(values) for name, values in arrays.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise JobError("data", f"{source}: its inputs differ in their number of examples: {told}.")
    n = next(iter(lengths.values()))
    if not n:
        raise JobError("data", f"{source}: it has no examples.")
    known = None if labels is None else numeric(labels, "labels", source, _WAYS)
    if known is not None and len(known) != n:
        raise JobError("data", f"{source}: {n} examples and {len(known)} labels.")
    return Examples(arrays, known, source)


def _by_input(examples: Examples, names: Sequence[str]) -> Mapping[str, Values]:
    there = examples.named
    if len(names) == 1 and len(there) == 1:
        return {names[0]: next(iter(there.values()))}
    missing = [name for name in names if name not in there]
    if missing:
        raise JobError(
            "data",
            f"{examples.source}: it has {', '.join(there)} and nothing for the model's "
            f"{'input' if len(missing) == 1 else 'inputs'} {', '.join(missing)}.",
            "Name the arrays as the model's inputs are named; labels are y or labels.",
        )
    return there
