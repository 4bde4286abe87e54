from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchhub.models.child import arrays
from benchhub.models.child import data as data_module
from benchhub.models.child.data import Examples, feed, load, random_examples
from benchhub.models.child.job import Job, JobError

IMAGES = np.arange(48, dtype=np.uint8).reshape(3, 4, 4)
SHAPE = (None, 4, 4, 1)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path / "job", {"folder": str(tmp_path)})


@pytest.fixture
def returning(monkeypatch: pytest.MonkeyPatch, job: Job) -> Callable[[Any], Examples]:
    """Load what a function returns."""

    def one(value: Any) -> Examples:
        monkeypatch.setattr(data_module, "call", lambda _where, _job: value)
        return load({"where": "mine:examples", "samples": None, "seed": 0}, job)

    return one


def from_file(path: Path, job: Job, samples: int | None = None) -> Examples:
    return load({"where": str(path), "samples": samples, "seed": 0}, job)


def error_of(do: Callable[[], object]) -> str:
    with pytest.raises(JobError) as caught:
        do()
    assert caught.value.kind == "data"
    assert "\n" not in caught.value.message
    return caught.value.message


def one_input(examples: Examples, dtype: Any = np.float32, shape: Any = SHAPE) -> Any:
    return feed(examples, ["image"], [shape], [dtype])["image"]


@pytest.mark.parametrize("inputs", ["x", "inputs", "image", "whatever"])
@pytest.mark.parametrize("labels", ["y", "labels"])
def test_a_npz_file_of_one_input(inputs: str, labels: str, tmp_path: Path, job: Job) -> None:
    path = tmp_path / "d.npz"
    np.savez_compressed(path, **{inputs: IMAGES, labels: [3, 1, 2]})
    examples = from_file(path, job)

    assert (len(examples), examples.source) == (3, "d.npz")
    assert examples.labels is not None
    assert examples.labels.tolist() == [3, 1, 2]
    assert str(path) in job.depends
    fed = one_input(examples)
    # Cast, never scaled; the dimension of 1 is added.
    assert (fed.shape, fed.dtype, fed.max()) == ((3, 4, 4, 1), np.float32, 47.0)


def test_several_inputs_go_by_name(tmp_path: Path, job: Job) -> None:
    path = tmp_path / "d.npz"
    np.savez(path, b=np.ones((2, 3)), a=np.zeros((2, 5)), y=[0, 1])
    examples = from_file(path, job)
    kinds = [np.float32, np.float32]

    fed = feed(examples, ["a", "b"], [(None, 5), (-1, 3)], kinds)
    assert [(name, values.shape) for name, values in fed.items()] == [("a", (2, 5)), ("b", (2, 3))]
    message = error_of(lambda: feed(examples, ["a", "c"], [(None, 5), (None, 3)], kinds))
    assert message == "d.npz: it has b, a and nothing for the model's input c."


def test_samples_are_the_first_ones(tmp_path: Path, job: Job) -> None:
    np.save(tmp_path / "d.npy", IMAGES)
    np.savez(tmp_path / "d.npz", x=IMAGES, y=[3, 1, 2])

    for name in ("d.npy", "d.npz"):
        some = from_file(tmp_path / name, job, samples=2)
        assert len(some) == 2
        assert np.array_equal(some.named["x"], IMAGES[:2])
        assert len(from_file(tmp_path / name, job, samples=9)) == 3
    labels = from_file(tmp_path / "d.npz", job, samples=2).labels
    assert labels is not None
    assert labels.tolist() == [3, 1]


def test_what_functions_return(returning: Callable[[Any], Examples]) -> None:
    assert returning(IMAGES).labels is None
    assert returning([[1.0], [2.0]]).named["x"].shape == (2, 1)
    pair = returning((IMAGES, [1, 2, 3]))
    assert pair.labels is not None
    assert pair.labels.tolist() == [1, 2, 3]
    named = returning(({"a": IMAGES, "b": IMAGES}, np.eye(3)))
    assert list(named.named) == ["a", "b"]
    table = returning({"a": IMAGES, "labels": [0, 0, 1]})
    assert table.labels is not None
    assert list(table.named) == ["a"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "x is an array of objects, not of numbers"),
        ("text", "x is an array of <U4, not of numbers"),
        (3, "x is a single number, not an array"),
        ([[1], [1, 2]], "x is no array: its rows differ"),
        ({"y": [1]}, "it has labels and no inputs"),
        ({"a": [1, 2], "b": [1]}, "its inputs differ in their number of examples: a 2, b 1"),
        (([1, 2], [1, 2, 3]), "2 examples and 3 labels"),
        (([1, 2], ["cat", "dog"]), "labels is an array of <U3, not of numbers"),
        (np.zeros((0, 4)), "it has no examples"),
        (np.array([[1.0], [np.nan], [np.inf]]), "not finite (NaN or infinite), first in example 1"),
        (np.ones(3, complex), "x is an array of complex128, not of numbers"),
    ],
)
def test_what_is_no_examples(
    value: Any, message: str, returning: Callable[[Any], Examples]
) -> None:
    said = error_of(lambda: returning(value))
    assert said.startswith("mine:examples: ")
    assert message in said


def test_files_that_cannot_be_read(tmp_path: Path, job: Job) -> None:
    files = {
        "text.npz": b"x,y\n1,2\n",
        "cut.npz": b"PK\x03\x04 and nothing more",
        "empty.npy": b"",
        "cut.npy": b"\x93NUMPY\x01\x00",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    np.save(tmp_path / "objects.npy", np.array([{}]), allow_pickle=True)
    np.savez(tmp_path / "objects.npz", x=np.array([[1], [1, 2]], dtype=object))
    with zipfile.ZipFile(tmp_path / "foreign.npz", "w") as archive:
        archive.writestr("readme.txt", "no array")

    def said(name: str) -> str:
        return error_of(lambda: from_file(tmp_path / name, job))

    assert said("text.npz") == "text.npz: neither a .npz nor a .npy file of numpy."
    assert said("empty.npy") == "empty.npy: neither a .npz nor a .npy file of numpy."
    assert said("cut.npz").startswith("cut.npz: cannot be read: ")
    assert said("cut.npy").startswith("cut.npy: cannot be read: ")
    assert said("foreign.npz").startswith("foreign.npz: cannot be read: ")
    assert "objects" in said("objects.npy").lower()
    assert said("objects.npz") == ("objects.npz: cannot be read: x.npy is an array of objects.")
    assert said("nowhere.npz") == f"{tmp_path / 'nowhere.npz'}: there is no such file."
    (tmp_path / "folder.npz").mkdir()
    assert "a folder, not a .npz or .npy file" in said("folder.npz")
    assert "random examples cannot serve" in error_of(
        lambda: load({"where": "random", "samples": None, "seed": 0}, job)
    )


def test_arrays_that_would_fill_the_memory_are_not_unpacked(
    tmp_path: Path, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez_compressed(tmp_path / "large.npz", x=np.zeros((1000, 1000)))
    np.save(tmp_path / "large.npy", np.zeros((1000, 1000)))
    monkeypatch.setattr(arrays, "MAX_BYTES", 1_000_000)

    assert "its arrays take 0.0 GB, more than" in error_of(
        lambda: from_file(tmp_path / "large.npz", job)
    )
    assert "more than" in error_of(lambda: from_file(tmp_path / "large.npy", job))
    # Of a .npy file only the rows that are asked for are read.
    assert len(from_file(tmp_path / "large.npy", job, samples=10)) == 10


def test_shapes(returning: Callable[[Any], Examples]) -> None:
    flat = returning(np.zeros((3, 64), np.float32))
    assert error_of(lambda: one_input(flat, shape=(None, 8, 8, 1))) == (
        "mine:examples: 'image' has shape (64,) an example, the model's input wants (8, 8, 1)."
    )
    assert one_input(flat, shape=(None, None)).shape == (3, 64)
    assert one_input(flat, shape=(1, 64)).shape == (3, 64)
    assert one_input(flat, shape=(None, 1, 1, 64)).shape == (3, 1, 1, 64)
    assert one_input(flat, shape=(None, None, 1)).shape == (3, 64, 1)
    assert "wants (?, 3)" in error_of(lambda: one_input(flat, shape=(None, None, 3)))
    assert one_input(returning(np.zeros((5, 1))), shape=(None,)).shape == (5,)


def test_values_keep_their_meaning(returning: Callable[[Any], Examples]) -> None:
    def cast(values: Any, dtype: Any) -> Any:
        return one_input(returning(np.asarray(values)), dtype, (None, 2))

    assert cast([[0.0, 255.0]], np.uint8).tolist() == [[0, 255]]
    assert cast([[True, False]], np.int32).tolist() == [[1, 0]]
    assert cast([[0, 1]], np.bool_).tolist() == [[False, True]]
    assert cast([[1, 2]], np.float16).dtype == np.float16
    assert error_of(lambda: cast([[0.5, 1.0]], np.int32)) == (
        "mine:examples: 'image' has float64 values from 0.5 to 1, the model's input is int32."
    )
    assert "values from -1 to 0" in error_of(lambda: cast([[-1, 0]], np.uint8))
    assert "values from 0 to 200" in error_of(lambda: cast([[0, 200]], np.int8))
    assert "takes object" in error_of(lambda: cast([[0, 1]], object))


def test_labels_as_classes() -> None:
    def classes(labels: Any) -> Any:
        found = Examples({"x": np.zeros((2, 1))}, np.asarray(labels), "d").classes()
        return None if found is None else found.tolist()

    assert classes([3, 1]) == [3, 1]
    assert classes([[3.0], [1.0]]) == [3, 1]
    assert classes([[0, 0, 1], [1, 0, 0]]) == [2, 0]
    assert classes([[0, 1, 1], [1, 0, 0]]) is None
    assert classes([0.5, 1]) is None


def test_random_examples_are_the_same_each_time() -> None:
    inputs = [("a", (None, 4, -1), np.float32), ("b", (1, 3), np.int64), ("c", (None,), np.bool_)]
    one, same = random_examples(inputs, 50, 7), random_examples(inputs, 50, 7)

    assert {name: values.shape for name, values in one.named.items()} == {
        "a": (50, 4, 1),
        "b": (50, 3),
        "c": (50,),
    }
    assert all(np.array_equal(one.named[name], same.named[name]) for name in one.named)
    assert not np.array_equal(one.named["a"], random_examples(inputs, 50, 8).named["a"])
    assert 0 <= one.named["a"].min() < 0.1
    assert 0.9 < one.named["a"].max() < 1
    assert set(one.named["b"].flat) == {0, 1}
    assert one.named["c"].dtype == np.bool_
    assert "takes no numbers" in error_of(lambda: random_examples([("s", (1,), object)], 1, 0))
    assert "too large" in error_of(
        lambda: random_examples([("a", (None, 1 << 20, 1 << 12), np.float32)], 10, 0)
    )
