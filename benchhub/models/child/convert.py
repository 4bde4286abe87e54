"""Converts a SavedModel to one .tflite file by TensorFlow's converter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from benchhub.models.child.data import Examples, feed, load, random_examples
from benchhub.models.child.job import Job, JobError
from benchhub.models.child.packages import tensorflow

SIGNATURE = "serving_default"
RANDOM = "random"
# The converter's own examples use about a hundred; more changes the ranges little.
CALIBRATION_SAMPLES = 100
_CALIBRATED = ("int8", "int8_io", "int16x8")

# Lines of the converter, and what helps.
_ADVICE = (
    ("TensorListReserve", "Recurrent networks need a fixed batch: `batch_size: 1` in `source`."),
    (
        "Quantization to 16x8-bit not yet supported",
        "Leave int16x8 out, or ask for dynamic or float16.",
    ),
    (
        "are not supported by the native TFLite runtime",
        "`select_tf_ops: true` keeps TensorFlow's operators; LiteRT alone cannot run them.",
    ),
    ("needs custom implementation", "`custom_ops: true` keeps them, if your runtime has them."),
)
_LONGEST = 300


def run(job: Job) -> dict[str, Any]:
    """Convert the SavedModel of a request to out/model.tflite.

    Raises:
        JobError: It cannot be converted, or the data do not fit.
    """
    tf = tensorflow()
    job.watch()
    request = job.request
    form = str(request["form"])
    job.say("load")
    converter = tf.lite.TFLiteConverter.from_saved_model(
        request["saved_model"], signature_keys=[request["signature"] or SIGNATURE]
    )
    notes: list[str] = []
    _allow(tf, converter, request)
    if form != "float32" or request["optimisation"] == "qat":
        _quantise(tf, converter, form)
    if form in _CALIBRATED and request["optimisation"] != "qat":
        _calibrate(tf, converter, job, notes)
    job.say("convert")
    try:
        content = converter.convert()
    except Exception as error:  # the converter raises many kinds; which ones differs by version
        raise _explained(error) from error
    (job.folder / "out" / "model.tflite").write_bytes(content)
    return {"tool": f"tensorflow {tf.__version__}", "notes": notes}


def _allow(tf: Any, converter: Any, request: Mapping[str, Any]) -> None:
    if request["select_tf_ops"]:
        sets = (tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS)
        converter.target_spec.supported_ops = list(sets)
    converter.allow_custom_ops = bool(request["custom_ops"])


def _quantise(tf: Any, converter: Any, form: str) -> None:
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if form == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if form == "int8_io":
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.int8
        converter.inference_output_type = tf.int8
    if form == "int16x8":
        converter.target_spec.supported_ops = [
            tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
        ]


def _calibrate(tf: Any, converter: Any, job: Job, notes: list[str]) -> None:
    spec = job.request["representative"]
    if spec is None:
        raise JobError("data", "there are no representative data to calibrate on.")
    loaded = tf.saved_model.load(job.request["saved_model"])
    function = loaded.signatures[job.request["signature"] or SIGNATURE]
    wanted = function.structured_input_signature[1]
    inputs = [
        (name, [1 if size is None else int(size) for size in one.shape], one.dtype.as_numpy_dtype)
        for name, one in wanted.items()
    ]
    examples, samples = examples_of(spec, job, inputs, notes)
    shapes = [[-1 if size is None else int(size) for size in one.shape] for one in wanted.values()]
    kinds = [one.dtype.as_numpy_dtype for one in wanted.values()]
    fed = feed(examples, list(wanted), shapes, kinds)
    batch = max(1, *(shape[0] for shape in shapes)) if shapes else 1
    converter.representative_dataset = _batches(fed, samples, batch, job.say)


def examples_of(
    spec: Mapping[str, Any],
    job: Job,
    inputs: list[tuple[str, list[int], Any]],
    notes: list[str],
) -> tuple[Examples, int]:
    """Return examples to calibrate on and how many of them to take; random ones are noted."""
    wanted = spec["samples"]
    if spec["where"] == RANDOM:
        samples = wanted or CALIBRATION_SAMPLES
        notes.append("calibrated on random data: good for latency and size, not for accuracy")
        return random_examples(inputs, samples, int(spec["seed"])), samples
    job.say("load representative data")
    examples = load(spec, job)
    return examples, len(examples)


def _batches(
    fed: Mapping[str, Any], samples: int, batch: int, say: Callable[[str], None]
) -> Callable[[], Iterator[dict[str, Any]]]:
    def examples() -> Iterator[dict[str, Any]]:
        for start in range(0, samples - batch + 1, batch):
            if start % 50 == 0:
                say(f"calibrate, {start} of {samples}")
            yield {name: values[start : start + batch] for name, values in fed.items()}

    return examples


def _explained(error: Exception) -> JobError:
    """Return one line of what may be pages of MLIR."""
    text = str(error)
    advice = next((advice for words, advice in _ADVICE if words in text), "")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "error:" in line] or lines or [type(error).__name__]
    line = re.sub(r"^.*?error: ", "", telling[0])
    line = re.sub(r"loc\(.*", "", line).strip().rstrip(".") or type(error).__name__
    return JobError("convert", f"the converter cannot do it: {line[:_LONGEST]}.", advice)
