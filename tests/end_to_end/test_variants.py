"""Suites that start from a network: variants made, judged and measured, as a user sees it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import yaml

from ..conversion import needs_quantizer, needs_scikit_learn, needs_tensorflow
from .conftest import ONE_CONFIGURATION, Shop

BRIEF = "measure: {rounds: 1, profile_rounds: 0, num_runs: 3, warmup_runs: 1, timeout: 60}\n"

# A network of tf-keras, one of Keras 3 that TFMOT cannot take, a recurrent one that crashes the
# converter, and data of which some do not fit.
NETS = """\
import numpy as np


def small():
    import tf_keras

    tf_keras.utils.set_random_seed(1)
    layers = tf_keras.layers
    return tf_keras.Sequential(
        [
            layers.Input((6, 6, 1), name="image"),
            layers.Conv2D(4, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(5, activation="softmax"),
        ]
    )


def recurrent():
    import keras

    keras.utils.set_random_seed(1)
    return keras.Sequential([keras.layers.Input((5, 3)), keras.layers.LSTM(4)])


def images():
    return np.random.default_rng(0).random((40, 6, 6, 1), np.float32)


def sequences():
    return np.random.default_rng(0).random((10, 5, 3), np.float32)


def too_large():
    return np.zeros((10, 8, 8, 1), np.float32)


def labelled():
    return images(), np.arange(40) % 5
"""
SUITE = """\
name: mine
models:
  - name: small
    source: {keras: "nets:small"}
    variants:
      float32:
      int8: {representative: "nets:images"}
      uncalibrated: {recipe: int8}
      unfit: {recipe: int8, representative: "nets:too_large"}
      qat:
      int9:
    accuracy: "nets:labelled"
  - name: recurrent
    source: {keras: "nets:recurrent", batch_size: 1}
    variants: [float32, int8]
    representative: "nets:sequences"
"""


def variants(shop: Shop) -> dict[str, str]:
    """Failures and recipes of the variants of the latest run."""
    plan = shop.run().plan
    refused = {one.case_id: one.failure.message for one in plan.refusals}
    return {
        f"{case.variant.model}/{case.variant.variant}": refused.get(
            case.id, case.variant.origin.recipe if case.variant.origin else ""
        )
        for case in plan.cases
    }


@needs_tensorflow
def test_what_cannot_be_made_is_told_and_the_rest_is_measured(shop: Shop) -> None:
    (shop.root / "suites" / "nets.py").write_text(NETS)
    ended = shop.call("run", shop.suite(SUITE + ONE_CONFIGURATION + BRIEF), "--devices", "host")
    told = variants(shop)

    assert ended.code == 2, ended.err
    assert told["small/float32"] == "float32"
    assert told["small/int8"] == "int8"
    assert told["recurrent/float32"] == "float32"
    assert "suites/mine.yaml:8:" in told["small/uncalibrated"]
    assert "has no `representative` data" in told["small/uncalibrated"]
    assert "(8, 8, 1)" in told["small/unfit"]
    assert "(6, 6, 1)" in told["small/unfit"]
    assert "has no `training`" in told["small/qat"]
    assert "did you mean 'int8'" in told["small/int9"]
    assert "SIGSEGV" in told["recurrent/int8"]
    for message in told.values():
        assert "Traceback" not in message
        if " " in message:
            assert message in ended.err
    run = shop.run()
    measured = {one.case_id for one in run.invocations}
    assert measured == {
        "small/float32/xnnpack/t1",
        "small/int8/xnnpack/t1",
        "recurrent/float32/xnnpack/t1",
    }
    facts = {one.variant: one for one in run.variants if one.model == "small"}
    assert facts["float32"].accuracy is not None
    assert facts["int8"].accuracy is not None
    assert facts["int8"].accuracy.n == 40
    assert facts["int8"].difference is not None
    assert facts["int8"].graph is not None
    assert facts["int8"].graph.gzip_bytes < facts["int8"].graph.size_bytes

    # What was made before is there; only what failed is tried again.
    log = shop.root / ".benchhub" / "model_logs"
    assert any("recurrent" in one.name for one in log.iterdir())
    made = shop.call("models", "make", "suites/mine.yaml", "--variants", "small/int8")
    assert made.code == 0
    assert made.err == ""
    assert "small/int8" in made.out


@needs_quantizer
def test_variants_of_a_tflite_file_need_no_tensorflow(shop: Shop) -> None:
    suite = shop.suite(
        "name: mine\nmodels:\n  - name: net\n"
        "    source: models/mobilenet_v2_035_96_float32.tflite\n"
        "    variants: [float32, dynamic_wi8, weight_only_wi4, static_wi8_ai8, int8]\n"
        "    representative: {data: random, samples: 4}\n" + ONE_CONFIGURATION + BRIEF
    )
    dry = shop.call("run", suite, "--devices", "host", "--dry-run")
    assert dry.code == 0
    assert "net/dynamic_wi8/xnnpack/t1  to be made" in dry.out
    assert "net/float32/xnnpack/t1\n" in dry.out

    ended = shop.call("run", suite, "--devices", "host")
    told = variants(shop)
    assert ended.code == 2
    assert "int8 cannot be made of a .tflite file" in told["net/int8"]
    assert "net/static_wi8_ai8: calibrated on random data" in ended.err
    measured = [one for one in shop.run().invocations if one.reading.latency]
    assert len(measured) == 4
    sizes = {
        case.variant.variant: case.variant.size_bytes
        for case in shop.run().plan.cases
        if case.variant.sha256
    }
    assert sizes["float32"] > 3 * sizes["dynamic_wi8"] > 4 * sizes["weight_only_wi4"]


@needs_tensorflow
@needs_scikit_learn
def test_the_digits_example(shop: Shop) -> None:
    """As in the README, with one round: at least nine variants with all their figures.

    Of thirteen, three are made in ways that others are made in, too.
    """
    suite = shop.root / "suites" / "digits.yaml"
    told = yaml.safe_load(suite.read_text())
    for name in ("float16", "dynamic", "clustered_int8"):
        del told["models"][0]["variants"][name]
    suite.write_text(yaml.safe_dump(told, sort_keys=False))
    words = ("--devices", "host", "--rounds", "1", "--cases", "*/none/*", "--json")
    ended = shop.call("run", "suites/digits.yaml", *words)
    run = shop.run()
    facts = {one.variant: one for one in run.variants}
    good = [name for name, one in facts.items() if one.accuracy and one.graph]

    assert len(good) >= 9, ended.err
    for name in good:
        accuracy = facts[name].accuracy
        assert accuracy is not None
        assert accuracy.metric == "top1"
        assert accuracy.value > 0.9, name
    assert {one.case_id.split("/")[1] for one in run.invocations} >= set(good)
    origins = {case.variant.variant: case.variant.origin for case in run.plan.cases}
    pruned, clustered = origins["pruned"], origins["clustered"]
    assert pruned is not None
    assert pruned.sparsity is not None
    assert pruned.sparsity > 0.4
    assert clustered is not None
    assert clustered.clusters is not None
    assert clustered.clusters <= 16

    # Nothing is trained or converted twice.
    again = shop.call("models", "make", "suites/digits.yaml")
    assert again.err == ""
    answer = shop.call("recommend", "--json", "--device", "host")
    assert json.loads(answer.out)


@needs_tensorflow
def test_a_suite_with_functions_is_made_again_when_its_code_changes(shop: Shop) -> None:
    nets = shop.root / "suites" / "nets.py"
    nets.write_text(NETS)
    text = 'name: mine\nmodels:\n  - name: small\n    source: {keras: "nets:small"}\n'
    suite = shop.suite(text + "    variants: [float32]\n" + ONE_CONFIGURATION + BRIEF)
    first = shop.call("models", "make", suite, "--json").json["variants"][0]

    nets.write_text(NETS.replace("Dense(5", "Dense(50"))
    second = shop.call("models", "make", suite, "--json").json["variants"][0]
    assert second["size_bytes"] > first["size_bytes"]


def test_without_the_extra_it_is_said_how_to_get_it(shop: Shop, tmp_path: Path) -> None:
    """Hidden by a folder without metadata: nothing is uninstalled."""
    suite = shop.suite(
        'name: mine\nmodels:\n  - name: small\n    source: {keras: "nets:small"}\n'
        "    variants: {int8: models/mobilenet_v2_035_96_int8.tflite, float32: }\n"
        + ONE_CONFIGURATION
        + BRIEF
    )
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(
        "import importlib.metadata as m\n"
        "found = m.version\n"
        "def version(name):\n"
        "    if name == 'tensorflow':\n"
        "        raise m.PackageNotFoundError(name)\n"
        "    return found(name)\n"
        "m.version = version\n"
    )
    ended = shop.program("run", suite, "--devices", "host", PYTHONPATH=str(hidden))

    assert "small/float32: tensorflow is not installed" in ended.err
    assert "pip install 'benchhub[convert]'" in ended.err
    assert ended.code == 3
    assert len([one for one in shop.run().invocations if one.reading.latency]) == 1
    shutil.rmtree(hidden)
