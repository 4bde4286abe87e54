"""Quantises a float32 .tflite file by a recipe of ai-edge-quantizer; TensorFlow is not needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ai_edge_litert.interpreter import Interpreter

from benchhub.models.child import tflite_types
from benchhub.models.child.calibration import Input, batches
from benchhub.models.child.disk import write
from benchhub.models.child.job import Job, JobError
from benchhub.models.child.packages import load, quantizer, tool
from benchhub.models.child.telling import first_line

# What the package calls the recipes.
_RECIPES = {
    "dynamic_wi8": "dynamic_wi8_afp32",
    "dynamic_wi4": "dynamic_wi4_afp32",
    "weight_only_wi8": "weight_only_wi8_afp32",
    "weight_only_wi4": "weight_only_wi4_afp32",
    "static_wi8_ai8": "static_wi8_ai8",
    "static_wi8_ai16": "static_wi8_ai16",
}
_THREADS = 2
_UNCHANGED = "the quantizer found nothing that this recipe quantises"
# Calibration looks at each tensor; those inside a loop or of an empty size are not there.
_UNREADABLE = "Tensor data is null"
_LOOPS = (
    "Known of files with a loop, such as an LSTM or GRU of Keras 3: build the layer with "
    "unroll=True, or leave static recipes out."
)
_SIGNATURE = (
    "Calibration goes through a signature; recipes that are not static work without, and a model "
    "that is converted anew has one."
)


def run(job: Job) -> dict[str, Any]:
    """Quantise the file of a request to out/model.tflite.

    Raises:
        JobError: It cannot be quantised, or the data do not fit.
        OSError: Files cannot be read or written.
    """
    quantizer()
    path, notes = Path(str(job.request["model"])), list[str]()
    content = path.read_bytes()
    try:
        made = _quantised(job, content, path, notes)
    except (JobError, OSError):
        raise
    except Exception as error:  # which kinds it raises differs from version to version
        loop = _UNREADABLE in str(error)
        raise JobError(
            "convert",
            f"ai-edge-quantizer cannot {'calibrate' if loop else 'do'} it: {first_line(error)}",
            _LOOPS if loop else "",
        ) from error
    write(job.folder / "out" / "model.tflite", made)
    if tflite_types.tensor_types(made) == tflite_types.tensor_types(content):
        notes.append(_UNCHANGED)
    return {"tool": tool("ai-edge-quantizer"), "notes": notes}


def _quantised(job: Job, content: bytes, path: Path, notes: list[str]) -> bytes:
    recipe = load("ai_edge_quantizer.recipe", "quantize")
    library = load("ai_edge_quantizer.quantizer", "quantize")
    signature, inputs = _signature(content, path)
    job.say("quantise")
    work = library.Quantizer(content, getattr(recipe, _RECIPES[str(job.request["form"])])())
    ranges = None
    if work.need_calibration:
        if signature is None:
            raise JobError("model", f"{path.name}: it has no signature.", _SIGNATURE)
        data = {signature: batches(job, inputs, notes)}
        job.say("calibrate")
        ranges = work.calibrate(data, num_threads=_THREADS)
    return bytes(work.quantize(ranges, enable_progress_report=False).quantized_model)


def _signature(content: bytes, path: Path) -> tuple[str | None, list[Input]]:
    """Return the first signature of a file, None for one without, and its inputs.

    Raises:
        JobError: The file is damaged, or nothing here can run it.
    """
    try:
        interpreter = Interpreter(model_content=content)
        signatures = list(interpreter.get_signature_list())
        if signatures:
            runner = interpreter.get_signature_runner(signatures[0])
            details = runner.get_input_details()
        else:
            details = {str(one["name"]): one for one in interpreter.get_input_details()}
    except (ValueError, RuntimeError) as error:
        raise JobError("model", f"{path.name}: cannot be opened: {first_line(error)}") from error
    inputs: list[Input] = []
    for name, one in details.items():
        free = one["shape_signature"] if len(one["shape_signature"]) else one["shape"]
        inputs.append((name, [None if size < 0 else int(size) for size in free], one["dtype"]))
    return (signatures[0] if signatures else None), inputs
