from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from benchhub.errors import ModelError
from benchhub.models.worker import Done, Worker

from ...conversion import needs_tensorflow
from .child_jobs import many

PROBE = Path(__file__).with_name("finetuning_probe.py")

# A network with layers of several kinds, and images that are bright or dark.
NETS = """\
import numpy as np


def small():
    import tf_keras

    layers = tf_keras.layers
    tf_keras.utils.set_random_seed(1)
    image = layers.Input((6, 6, 1), name="image")
    x = layers.Conv2D(8, 3, use_bias=False)(image)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.DepthwiseConv2D(3)(x)
    x = layers.Dense(24, activation="relu")(layers.Flatten()(x))
    return tf_keras.Model(image, layers.Dense(2, activation="softmax", name="bright")(x))


def bright():
    images = np.random.default_rng(0).random((96, 6, 6), np.float32)
    return images, (images.mean(axis=(1, 2)) > 0.5).astype(int)
"""
TRAINING = {
    "where": "nets:bright",
    "samples": None,
    "seed": 0,
    "epochs": 2,
    "batch_size": 16,
    "learning_rate": 0.01,
    "optimizer": "adam",
    "loss": "sparse_categorical_crossentropy",
}


class Bench:
    """Does jobs with one network.

    Args:
        root: Folder for them.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.jobs = root / ".benchhub"  # what lies there is no file of the user's
        self.said: list[str] = []
        (root / "nets.py").write_text(NETS)

    def do(self, task: str, name: str, **request: Any) -> Done:
        worker = Worker(self.root, self.said.append)
        request = {"folder": str(self.root), "seed": 0, **request}
        return worker.do(task, request, self.jobs / name, name, 300)

    def source(self) -> Done:
        keras = {"kind": "keras", "where": "nets:small", "signature": None}
        return self.do("source", "source", **keras, arguments={}, batch_size=None)

    def optimise(self, name: str, source: Mapping[str, Any], **request: Any) -> Done:
        return self.do("optimise", name, **self.optimising(source, **request))

    def optimising(self, source: Mapping[str, Any], **request: Any) -> dict[str, Any]:
        return {
            "source": str(self.jobs / "source" / "out"),
            "model_file": source["model_file"],
            "framework": source["framework"],
            "where": "nets:small",
            "batch_size": None,
            "training": TRAINING,
            **request,
        }

    def int8(self, name: str) -> dict[str, Any]:
        return {
            "task": "convert",
            "seed": 0,
            "saved_model": str(self.jobs / name / "out" / "saved_model"),
            "form": "int8",
            "optimisation": name,
            "representative": {"where": "nets:bright", "samples": 20, "seed": 0},
            "select_tf_ops": False,
            "custom_ops": False,
            "signature": None,
        }

    def model(self, name: str) -> Path:
        return self.jobs / name / "out" / "model.tflite"


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("optimise"))


@pytest.fixture(scope="session")
def source(bench: Bench) -> Mapping[str, Any]:
    return bench.source().values


@pytest.fixture(scope="session")
def pruned(bench: Bench, source: Mapping[str, Any]) -> Done:
    return bench.optimise("pruned", source, optimisation="pruned", sparsity=0.75)


@pytest.fixture(scope="session")
def others(bench: Bench, source: Mapping[str, Any], pruned: Done) -> dict[str, Any]:
    """What the other jobs answer, done in one process: it loads TensorFlow once."""
    jobs = {
        "clustered": bench.optimising(source, optimisation="clustered", clusters=6),
        "qat": bench.optimising(source, optimisation="qat"),
    }
    for job in jobs.values():
        job |= {"task": "optimise", "seed": 0}
    jobs |= {f"{name}_int8": bench.int8(name) for name in ("pruned", *jobs)}
    results = many(bench.root, jobs, bench.jobs)
    return {name: result["done"] for name, result in results.items()}


def kernels(path: Path) -> list[Any]:
    """Quantised kernels of a .tflite file by their output channel: those that were wrapped."""
    interpreter = Interpreter(model_path=str(path))
    interpreter.allocate_tensors()
    found = []
    for tensor in interpreter.get_tensor_details():
        sizes = [size for size in tensor["shape"] if size > 1]
        if tensor["dtype"] is np.int8 and len(sizes) > 1 and "epthwise" not in tensor["name"]:
            try:
                values = interpreter.get_tensor(tensor["index"])
            except ValueError:  # an activation, which has no values before a run
                continue
            if tensor["quantization_parameters"]["scales"].size > 1:
                found.append(values)
    return found


@needs_tensorflow
def test_pruned_weights_are_zeros_and_stay_so_in_int8(
    bench: Bench, pruned: Done, others: dict[str, Any]
) -> None:
    done = pruned
    assert done.values["sparsity"] == pytest.approx(0.75, abs=0.01)
    assert done.values["clusters"] is None
    assert done.values["tool"].startswith("tensorflow-model-optimization ")
    (told,) = done.values["history"]
    assert done.values["notes"] == []
    assert told.startswith("fine-tuned for 2 epochs on 96 examples of nets:bright, loss 0.")
    assert list(done.depends) == [str(bench.root / "nets.py")]
    assert "pruned: load TensorFlow" in bench.said  # epochs may pass between two looks
    zeros = [float((kernel == 0).mean()) for kernel in kernels(bench.model("pruned_int8"))]
    assert len(zeros) >= 2
    # Small weights round to zero as well, so there may be more.
    assert min(zeros) >= 0.74


@needs_tensorflow
def test_clustered_weights_have_few_values_and_stay_so_in_int8(
    bench: Bench, others: dict[str, Any]
) -> None:
    done = others["clustered"]
    assert (done["clusters"], done["sparsity"]) == (6, None)
    small = bench.model("clustered_int8")
    # int8 scales each output channel by itself; in each the values are no more than they were.
    most = [max(np.unique(one).size for one in kernel) for kernel in kernels(small)]
    assert len(most) >= 2
    assert max(most) <= 6


@needs_tensorflow
def test_quantisation_aware_training_makes_an_int8_file(
    bench: Bench, others: dict[str, Any]
) -> None:
    done = others["qat"]
    assert (done["sparsity"], done["clusters"]) == (None, None)

    interpreter = Interpreter(model_path=str(bench.model("qat_int8")))
    runner = interpreter.get_signature_runner()
    assert list(runner.get_input_details()) == ["image"]
    (scores,) = runner(image=np.full((1, 6, 6, 1), 0.9, np.float32)).values()
    assert scores.shape == (1, 2)
    assert scores.sum() == pytest.approx(1, abs=0.02)
    assert "int8" in {np.dtype(one["dtype"]).name for one in interpreter.get_tensor_details()}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"framework": "keras"}, "it is a Keras 3 model"),
        ({"framework": "tensorflow", "model_file": None}, "it cannot be saved as a Keras file"),
        ({"training": None}, "there are no training data"),
        ({"training": {**TRAINING, "where": "random"}}, "random data teach it nothing"),
    ],
)
def test_what_is_refused_before_tensorflow_is_loaded(
    change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    known = {"model_file": "model.keras", "framework": "tf_keras"}
    with pytest.raises(ModelError, match=message) as caught:
        Bench(tmp_path).optimise("x", known, optimisation="qat", **change)
    assert caught.value.advice


@pytest.fixture(scope="session")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `finetuning_probe` answers."""
    argv = [sys.executable, str(PROBE), str(tmp_path_factory.mktemp("probe"))]
    done = subprocess.run(argv, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@needs_tensorflow
def test_losses_and_labels_are_brought_together(answers: dict[str, Any]) -> None:
    # Outputs without a softmax are logits; the loss is told so.
    assert answers["probabilities"] == ["SparseCategoricalCrossentropy", False, [16]]
    assert answers["logits"] == ["SparseCategoricalCrossentropy", True, [16]]
    assert answers["one-hot"] == ["CategoricalCrossentropy", False, [16, 3]]
    assert answers["one-hot labels"] == [number % 3 for number in range(16)]
    for name in ("squared", "own loss"):
        assert answers[name].startswith("fine-tuned for 1 epoch on 16 examples of d, loss 0.")


@needs_tensorflow
@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("no labels", "data: d: there are no labels to train on."),
        ("label 3", "data: d: there is a label 3, and the model's classes are 0 to 2."),
        ("no classes", "data: d: its labels have shape (16,) and are no classes."),
        ("wrong shape", "data: it cannot be fine-tuned on d: ValueError: Dimensions must be equal"),
        ("own loss fails", "data: it cannot be fine-tuned on d: KeyError: 'no such thing'."),
        ("not finite", "data: its loss is not finite after epoch 1 of fine-tuning."),
        ("optimizer", "model: Keras knows no optimizer 'adamm'."),
        ("loss", "model: Keras knows no loss 'crossentropy'."),
        ("outputs", "model: it has 2 outputs, and fine-tuning knows one loss for one output."),
        ("qat unknown", "model: the toolkit cannot make it qat: "),
        ("pruned unknown", "model: the toolkit cannot make it pruned: Please initialize `Prune`"),
        ("clustered unknown", "model: the toolkit cannot make it clustered: Please initialize"),
        ("pruned nothing", "model: it has no layer that the toolkit prunes."),
        ("clustered nothing", "model: it has no layer that the toolkit clusters."),
    ],
)
def test_what_cannot_be_fine_tuned(question: str, answer: str, answers: dict[str, Any]) -> None:
    assert str(answers[question]).startswith(answer)
    assert "\n" not in answers[question]


@needs_tensorflow
@pytest.mark.parametrize(("steps", "sparsity"), [(1, 0.5), (2, 0.5), (7, 0.8)])
def test_few_steps_suffice_to_prune(steps: int, sparsity: float, answers: dict[str, Any]) -> None:
    done, reached, notes = answers[f"{steps} step{'s' * (steps > 1)}"]
    assert (done, notes) == (steps, [])
    assert reached == pytest.approx(sparsity, abs=0.01)
