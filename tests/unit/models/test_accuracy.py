"""The variants of a network against each other, and what of that is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchhub.devices.digest import sha256_of
from benchhub.models.accuracy import Judge, Judgement
from benchhub.records import AccuracySpec, DataSpec, InputSpec, ModelVariant

from ...judged_models import CLASSES, doubling_model, nan_model

JUDGE = "def right(outputs, labels):\n    return (outputs.argmax(axis=1) == labels).mean()\n"
KILLED = "import os\n\ndef data():\n    os.abort()\n"
ENDLESS = "import time\n\ndef data():\n    time.sleep(60)\n"
STEP = 2**-6
SPEC = AccuracySpec(DataSpec("data.npz"), "judges:right")


class Stand:
    """Variants of a network in a workspace."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.told: list[str] = []
        self.variants: dict[str, ModelVariant] = {}
        (root / "judges.py").write_text(JUDGE)
        self.data(0)

    def data(self, seed: int) -> None:
        x = np.random.default_rng(seed).random((10, CLASSES), dtype=np.float32)
        np.savez(self.root / "data.npz", x=x, y=x.argmax(axis=1))

    def add(self, name: str, make: Callable[[Path], Path]) -> ModelVariant:
        path = make(self.root / f"{name}.tflite")
        size = path.stat().st_size
        self.variants[name] = ModelVariant("m", name, path.name, sha256_of(path), size)
        return self.variants[name]

    def judge(self, name: str, spec: AccuracySpec = SPEC, timeout_s: float = 60.0) -> Judgement:
        """Judge one variant; `told` is what was done for it."""
        self.told.clear()
        judge = Judge(self.root, spec, self.variants, self.told.append, timeout_s)
        judgement = judge.judge(self.variants[name])
        self.told = [text.partition(": ")[0] for text in self.told if text.endswith("accuracy")]
        return judgement


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    stand = Stand(tmp_path)
    stand.add("int8", lambda path: doubling_model(path, scale=STEP))
    stand.add("float32", doubling_model)
    return stand


def test_the_reference_comes_first_and_nothing_is_done_twice(stand: Stand) -> None:
    judgement = stand.judge("int8")
    assert stand.told == ["m/float32", "m/int8"]
    assert judgement.accuracy is not None
    with np.load(stand.root / "data.npz") as data:
        right = (np.floor(data["x"] / STEP + 0.5).argmax(axis=1) == data["y"]).mean()
    assert judgement.accuracy.value == right
    assert (judgement.accuracy.metric, judgement.accuracy.n) == ("right", 10)
    difference = judgement.difference
    assert difference is not None
    assert (difference.against, difference.n, difference.source) == ("float32", 10, "data.npz")
    assert 0 < difference.mean_abs < difference.max_abs <= STEP  # twice half a step
    assert judgement.failures == ()
    assert stand.judge("int8") == judgement
    assert stand.told == []
    reference = stand.judge("float32")
    assert stand.told == []
    assert (reference.accuracy and reference.accuracy.value) == 1.0
    assert reference.difference is None


def test_what_changed_is_judged_again(stand: Stand) -> None:
    stand.judge("int8")
    (stand.root / "judges.py").write_text(JUDGE.replace("return", "return 0 *"))
    judgement = stand.judge("int8")
    assert stand.told == ["m/float32", "m/int8"]
    assert (judgement.accuracy and judgement.accuracy.value) == 0.0
    stand.data(1)
    stand.judge("int8")
    assert stand.told == ["m/float32", "m/int8"]
    stand.judge("int8", replace(SPEC, metric="top1"))
    assert stand.told == ["m/float32", "m/int8"]
    stand.judge("int8", replace(SPEC, batch_size=2))
    assert stand.told == ["m/float32", "m/int8"]
    stand.add("int8", lambda path: doubling_model(path, scale=2**-7))
    stand.judge("int8")
    assert stand.told == ["m/int8"]
    stand.add("float32", lambda path: doubling_model(path, batch=1))
    stand.judge("int8")
    assert stand.told == ["m/float32"]  # another file with the same outputs


def test_a_reference_that_is_not_there(stand: Stand) -> None:
    judgement = stand.judge("int8", replace(SPEC, against="float16"))
    assert judgement.accuracy is not None
    assert judgement.difference is None
    (failure,) = judgement.failures
    assert "no difference to float16: it is not among the variants" in failure.message
    assert failure.kind == "accuracy"


def test_a_reference_that_fails_leaves_the_accuracy_of_others(stand: Stand) -> None:
    stand.add("float32", lambda path: Path(path.write_bytes(b"1234TFL3") and path))
    judgement = stand.judge("int8")
    assert judgement.accuracy is not None
    assert judgement.difference is None
    (failure,) = judgement.failures
    assert "no difference to float32: LiteRT's interpreter cannot run it" in failure.message
    reference = stand.judge("float32")
    assert reference.accuracy is None
    (failure,) = reference.failures
    assert failure.message.startswith("not judged: LiteRT's interpreter cannot run it")


def test_outputs_that_are_not_a_number_have_no_difference(stand: Stand) -> None:
    stand.add("broken", nan_model)
    judgement = stand.judge("broken", replace(SPEC, metric="top1"))
    assert (judgement.accuracy and judgement.accuracy.value) == 0.0
    assert judgement.difference is None
    (failure,) = judgement.failures
    assert failure.message == (
        "no difference: its outputs are not all finite, so they have no difference."
    )
    assert judgement.notes == ("output 'y' is NaN in 60 of 60 values",)


@pytest.mark.parametrize(
    ("module", "timeout_s", "message"),
    [
        (KILLED, 60.0, "not judged: evaluate: the process crashed with SIGABRT"),
        (ENDLESS, 2.0, "did not end within 2 s"),
    ],
)
def test_a_crash_and_a_time_out_are_told(
    stand: Stand, module: str, timeout_s: float, message: str
) -> None:
    (stand.root / "bad.py").write_text(module)
    spec = AccuracySpec(DataSpec("bad:data"))
    failures = stand.judge("float32", spec, timeout_s).failures
    assert [message in failure.message for failure in failures] == [True]


def test_what_failed_is_tried_again(stand: Stand) -> None:
    (stand.root / "judges.py").write_text("def right(outputs, labels):\n    import later\n")
    first = stand.judge("float32")
    assert "No module named 'later'" in first.failures[0].message
    stand.judge("float32")
    assert stand.told == ["m/float32"]


def test_data_that_are_not_there(stand: Stand) -> None:
    (stand.root / "data.npz").unlink()
    (failure,) = stand.judge("float32").failures
    assert "data.npz: the data cannot be read: No such file" in failure.message
    assert stand.told == []


def test_a_file_that_is_another_one_by_now(stand: Stand) -> None:
    doubling_model(stand.root / "float32.tflite", batch=2)
    (failure,) = stand.judge("float32").failures
    assert "float32.tflite: it is not the file that the run was planned with" in failure.message


def test_inputs_of_the_suite_reach_the_job(stand: Stand) -> None:
    wrong = (InputSpec("z", (1, CLASSES)), InputSpec("x", None, 0, 1))
    stand.variants["float32"] = replace(stand.variants["float32"], inputs=wrong)
    (failure,) = stand.judge("float32").failures
    assert "there is no input 'z'; there are: x" in failure.message


def test_the_shipped_networks(stand: Stand, repository: Path) -> None:
    models = repository / "suites" / "models"
    for name in ("float32", "int8"):
        path = models / f"mobilenet_v2_035_96_{name}.tflite"
        variant = ModelVariant("mobilenet", name, str(path), sha256_of(path), 1)
        stand.variants[name] = variant
    judgement = stand.judge("int8", AccuracySpec(DataSpec("random", samples=8)))
    assert stand.told == ["mobilenet/float32", "mobilenet/int8"]
    assert judgement.accuracy is None
    difference = judgement.difference
    assert difference is not None
    assert (difference.n, difference.source) == (8, "random")
    assert 0 < difference.mean_abs < difference.max_abs <= 1
    assert difference.cosine is not None
    assert 0 < difference.cosine < 1
