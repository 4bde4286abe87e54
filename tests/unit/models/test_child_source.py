"""Networks become SavedModels: built, loaded, taken over, or refused with a reason."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchhub.errors import StoreError

from ...conversion import needs_tensorflow
from .child_jobs import IMAGE, PAIR, Bench, outputs, told

pytestmark = needs_tensorflow

# Converted to see that they compute what the network itself does.
EXPECTED = {
    "three": "three",
    "two": "two",
    "subclassed": "subclassed",
    "concrete": "concrete",
    "hidden": "files_three",
    "h5_two": "files_two",
    "keras_three": "files_three",
}


def sources(bench: Bench) -> dict[str, Any]:
    source, here = bench.source, bench.folder
    function = {"kind": "concrete_function"}
    saved = {"kind": "saved_model"}
    return {
        "three": source("nets:three", arguments={"told": "three"}),
        "two": source("nets:two", arguments={"told": "two"}),
        "other": source("nets:two", seed=1),
        "named": source("nets:named"),
        "subclassed": source("nets:subclassed"),
        "arguments": source("nets:three", arguments={"units": 7}, batch_size=2),
        "network": source("MobileNet", arguments={"input_shape": [32, 32, 3], "alpha": 0.25}),
        "files": source("nets:files"),
        "h5_two": source(str(here / "two.h5")),
        "h5_three": source(str(here / "three.h5")),
        "keras_two": source(str(here / "two.keras")),
        "keras_three": source(str(here / "renamed.bin")),
        "concrete": source("nets:concrete", **function, batch_size=3),
        "with_owner": source("nets:with_owner", **function),
        "hidden": source(str(here / "hidden"), **saved, batch_size=3),
        "twice": source(str(here / "several"), **saved, signature="twice"),
    }


def refused(bench: Bench) -> dict[str, Any]:
    source, here = bench.source, bench.folder
    kinds = {"concrete_function": ("not_concrete", "number", "without_owner")}
    kinds["keras"] = ("broken", "unbuilt", "with_owner", "missing", "number")
    kinds["saved_model"] = ("unsigned", "several", "damaged", "lacking", "nowhere", "nets.py", ".")
    files = ("only.weights.h5", "code.h5", "code_keras.keras", "code_tf_keras.keras", "own.keras")
    files += ("text.keras", "cut.keras", "nowhere.keras", "hidden")
    requests = {
        f"{kind} {name}": source(
            str(here / name) if kind == "saved_model" else f"nets:{name}", kind
        )
        for kind, names in kinds.items()
        for name in names
    }
    requests |= {f"keras {name}": source(str(here / name)) for name in files}
    requests["signature"] = source(str(here / "several"), "saved_model", signature="thrice")
    requests["name"] = source("MobilNetV2")
    requests["argument"] = source("MobileNet", arguments={"alfa": 0.25})
    requests["fixed"] = source(
        str(here / "arguments" / "out" / "saved_model"), "saved_model", batch_size=3
    )
    return requests


@dataclass(frozen=True)
class Answers:
    """What all these jobs answered."""

    bench: Bench
    results: dict[str, dict[str, Any]]

    def done(self, name: str) -> dict[str, Any]:
        assert "done" in self.results[name], self.results[name]
        done: dict[str, Any] = self.results[name]["done"]
        return done


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    bench = Bench(tmp_path_factory.mktemp("source"))
    jobs = sources(bench) | refused(bench)
    more = ("named", "with_owner", "twice", "other", "arguments")
    jobs |= {f"{name}.tflite": bench.convert(name) for name in (*EXPECTED, *more)}
    return Answers(bench, bench.many(jobs))


def run(answers: Answers, name: str, **inputs: Any) -> dict[str, Any]:
    return outputs(converted(answers, name), **inputs)


def converted(answers: Answers, name: str) -> Path:
    answers.done(f"{name}.tflite")
    return answers.bench.model(f"{name}.tflite")


@pytest.mark.parametrize(("name", "expected"), EXPECTED.items())
def test_what_is_exported_computes_what_the_network_does(
    answers: Answers, name: str, expected: str
) -> None:
    right = np.load(answers.bench.folder / f"{expected}.npy")
    images = IMAGE if name in ("concrete", "hidden") else IMAGE[:1]  # these have a fixed batch
    found = run(answers, name, image=images)
    np.testing.assert_allclose(found["output_0"], right[: len(images)], atol=1e-6)


def test_inputs_and_outputs_in_dictionaries_keep_their_names(answers: Answers) -> None:
    left, right = PAIR["left"][:1], PAIR["right"][:1]
    found = run(answers, "named", left_side=left, right=right)
    with np.load(answers.bench.folder / "named.npz") as expected:
        assert set(found) == set(expected)
        for name, values in found.items():
            np.testing.assert_allclose(values, expected[name][:1], atol=1e-6)


def test_the_same_request_gives_the_same_bytes_and_its_sources(
    answers: Answers, tmp_path: Path
) -> None:
    bench = Bench(tmp_path)
    request = bench.source("nets:two", arguments={"told": "two"})
    results = bench.many({"two": request, "two.tflite": bench.convert("two")})

    assert bench.model("two.tflite").read_bytes() == converted(answers, "two").read_bytes()
    assert list(results["two"]["depends"]) == [str(tmp_path / "nets.py")]
    parts = (tmp_path / "two" / "out").iterdir()
    assert sorted(path.name for path in parts) == ["model.keras", "saved_model"]


def test_the_seed_decides_random_weights(answers: Answers) -> None:
    image = IMAGE[:1]
    one, other = (run(answers, name, image=image)["output_0"] for name in ("two", "other"))
    assert np.abs(one - other).max() > 1e-3


def test_which_keras_it_is(answers: Answers) -> None:
    found = {
        name: answers.done(name)["framework"]
        for name in ("three", "two", "h5_two", "h5_three", "keras_two", "keras_three", "network")
    }
    assert found == {
        "three": "keras",
        "two": "tf_keras",
        "h5_two": "tf_keras",
        "h5_three": "keras",
        "keras_two": "tf_keras",
        "keras_three": "keras",
        "network": "tf_keras",
    }
    assert str(answers.done("three")["tool"]).startswith("keras 3.")
    assert str(answers.done("two")["tool"]).startswith("tf_keras 2.")
    assert answers.done("hidden")["framework"] == "tensorflow"


def test_a_model_of_tf_keras_is_kept_to_be_fine_tuned(answers: Answers) -> None:
    assert answers.done("two")["model_file"] == "model.keras"
    assert (answers.bench.folder / "two" / "out" / "model.keras").is_file()
    assert answers.done("three")["model_file"] is None


def test_arguments_and_a_fixed_batch(answers: Answers) -> None:
    found = run(answers, "arguments", image=IMAGE[:2])
    assert found["output_0"].shape == (2, 7)


def test_random_weights_are_noted(answers: Answers) -> None:
    assert answers.done("network")["notes"] == [
        "random weights: latency and size count, accuracy does not"
    ]
    assert answers.done("two")["notes"] == []


def test_variables_of_a_concrete_function(answers: Answers) -> None:
    x = np.array([[1, -2]], np.float32)
    assert run(answers, "with_owner", x=x)["output_0"].tolist() == [[3, -6]]
    assert (answers.bench.folder / "calls.txt").read_text().count("called") == 2  # and as keras


def test_one_of_several_signatures(answers: Answers) -> None:
    x = np.array([[1, -2]], np.float32)
    assert run(answers, "twice", x=x)["output_0"].tolist() == [[6, -12]]


REFUSED = {
    "keras broken": "model: nets:broken: ",
    "keras unbuilt": "model that is not built",
    "keras with_owner": "returned a tuple, not a Keras model. Return the model",
    "keras missing": "nets.py has no function 'missing'",
    "keras number": "nets:number returned a int, not a Keras model",
    "keras only.weights.h5": "only.weights.h5: it has weights only, not the model",
    "keras code.h5": "has a Lambda layer, whose code is not run",
    "keras code_keras.keras": "has a Lambda layer, whose code is not run",
    "keras code_tf_keras.keras": "has a Lambda layer, whose code is not run",
    "keras own.keras": "it has a 'Own', which is not of Keras",
    "keras text.keras": "neither a .keras nor a .h5 file of Keras",
    "keras cut.keras": "cut.keras: damaged: File is not a zip file",
    "keras nowhere.keras": "nowhere.keras: there is no such file",
    "keras hidden": "hidden: a folder; give it as `saved_model`",
    "concrete_function not_concrete": "returned a tf.function, not a concrete function",
    "concrete_function number": "returned a int, not a concrete function",
    "concrete_function without_owner": "the variables of the concrete function are gone",
    "saved_model unsigned": "unsigned has no signature. Save it with one",
    "saved_model several": "has several signatures: once, twice. Choose one",
    "saved_model damaged": "saved_model.pb: damaged",
    "saved_model lacking": "cannot be loaded: its folder `variables` is not complete",
    "saved_model nowhere": "nowhere: there is no such folder",
    "saved_model nets.py": "it is a file, not a folder",
    "saved_model .": "is no SavedModel: it has no saved_model.pb",
    "signature": "has no signature 'thrice'. It has once, twice",
    "name": "'MobilNetV2' is no network of keras.applications. Did you mean 'MobileNetV2'?",
    "argument": "MobileNet: Unknown argument(s): ",
    "fixed": "`batch_size: 3`, and the model's batch is 2 already",
}


@pytest.mark.parametrize(("name", "words"), REFUSED.items())
def test_what_cannot_be_had(answers: Answers, name: str, words: str) -> None:
    assert words in told(answers.results[name])


def test_all_that_is_refused_is_asked_for(tmp_path: Path) -> None:
    assert set(refused(Bench(tmp_path))) == set(REFUSED)


@contextmanager
def small_files(most: int) -> Iterator[None]:
    """Let no file become larger than some bytes, as on a disk that is almost full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with small_files(100_000), pytest.raises(StoreError) as error:
        bench.alone("large", bench.source("nets:large"))

    assert "the SavedModel cannot be written: File too large." in str(error.value)
    assert not (tmp_path / "large" / "out").exists()


def test_an_exception_of_the_users_code_names_its_line(answers: Answers) -> None:
    lines = (answers.bench.folder / "nets.py").read_text().splitlines()
    place = next(at for at, line in enumerate(lines, 1) if "left.weights" in line)
    assert f"nets:broken: nets.py:{place}: AttributeError: 'NoneType' object" in told(
        answers.results["keras broken"]
    )
