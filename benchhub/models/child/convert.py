"""Converts a SavedModel to a .tflite file with TensorFlow's converter, in one numeric form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchhub.models.child import tflite_types
from benchhub.models.child.calibration import Batch, batches
from benchhub.models.child.converter_errors import explained
from benchhub.models.child.disk import demand_disk, write
from benchhub.models.child.job import Job, JobError
from benchhub.models.child.packages import tensorflow, tool

# Forms whose ranges of activations are calibrated; quantisation-aware training has learned them.
_CALIBRATED = frozenset({"int8", "int8_io", "int16x8"})
# What becomes neither of integers nor of floats where the rest may stay in float32.
_BROKEN = {"int16x8": frozenset({"UNIDIRECTIONAL_SEQUENCE_LSTM"})}
# Progress is told that often.
_STEPS = 20


def run(job: Job) -> dict[str, Any]:
    """Convert the SavedModel of a request to out/model.tflite.

    Raises:
        JobError: The converter cannot do it, or the data do not fit.
        OSError: Files cannot be read or written.
    """
    tf = tensorflow()
    from benchhub.models.child import saved_model  # noqa: PLC0415 - loads TensorFlow

    request, notes = job.request, list[str]()
    path, form = Path(str(request["saved_model"])), str(request["form"])
    signatures = saved_model.signatures_of(path)
    signature = saved_model.choose(list(signatures), request["signature"], path)
    learned = request["optimisation"] == "qat"
    data: Sequence[Batch] = ()
    if form in _CALIBRATED and not learned:
        data = batches(job, saved_model.inputs_of(signatures[signature]), notes)
    job.say("convert")
    try:
        converter = tf.lite.TFLiteConverter.from_saved_model(str(path), signature_keys=[signature])
        _set_form(tf, converter, job)
        if data:
            converter.representative_dataset = lambda: _told(job, data)
        content: bytes = converter.convert()
    except Exception as error:  # which kinds it raises differs from version to version
        demand_disk(error, "what the converter writes")
        raise explained(error) from error
    _demand_sound(content, form)
    if form in _CALIBRATED and (names := tflite_types.float_operators(content)):
        notes.append(f"stay in float32, as {form} has no kernels for them: {', '.join(names)}")
    write(job.folder / "out" / "model.tflite", content)
    return {"tool": tool("tensorflow"), "notes": notes}


def _set_form(tf: Any, converter: Any, job: Job) -> None:
    """Tell the converter what to make.

    Operators that an integer form has no kernel for stay in float32, by the sets of kernels that
    are allowed; without that one of them would be the end of int16x8.
    """
    kinds, form = tf.lite.OpsSet, str(job.request["form"])
    allowed = [kinds.TFLITE_BUILTINS]
    if form != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if form == "float16":
        converter.target_spec.supported_types = [tf.float16]
    elif form == "int8_io":
        if job.request["optimisation"] != "qat":  # that set demands calibration
            allowed = [kinds.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.int8
        converter.inference_output_type = tf.int8
    elif form == "int16x8":
        allowed = [
            kinds.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8,
            kinds.TFLITE_BUILTINS,
        ]
    if job.request["select_tf_ops"]:
        allowed.append(kinds.SELECT_TF_OPS)
    converter.target_spec.supported_ops = allowed
    converter.allow_custom_ops = bool(job.request["custom_ops"])


def _demand_sound(content: bytes, form: str) -> None:
    """Raise JobError if the converter has made a file that nothing can run, and did not say so."""
    broken = _BROKEN.get(form, frozenset()) & tflite_types.operators(content)
    if broken:
        raise JobError(
            "convert",
            f"the converter does not support {form} for {', '.join(sorted(broken))}.",
            "Leave this variant out, or build the layer with unroll=True.",
        )


def _told(job: Job, data: Sequence[Batch]) -> Iterator[Batch]:
    """Yield batches and say how far it is."""
    every = max(1, len(data) // _STEPS)
    for place, batch in enumerate(data):
        if place % every == 0:
            job.say(f"calibrate, {place} of {len(data)}")
        yield batch
    job.say("convert")
