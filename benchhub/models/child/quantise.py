"""Quantises a float32 .tflite file by the recipes of ai-edge-quantizer; no TensorFlow is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchhub.models.child.convert import examples_of
from benchhub.models.child.data import feed
from benchhub.models.child.job import Job, JobError
from benchhub.models.child.packages import quantizer

_STATIC = ("static_wi8_ai8", "static_wi8_ai16")


def run(job: Job) -> dict[str, Any]:
    """Quantise the file of a request to out/model.tflite.

    Raises:
        JobError: It cannot be quantised, or the data do not fit.
    """
    quantizer()
    from ai_edge_quantizer import quantizer as library  # noqa: PLC0415
    from ai_edge_quantizer import recipe  # noqa: PLC0415

    job.watch()
    form, path = str(job.request["form"]), str(job.request["model"])
    notes: list[str] = []
    job.say("quantise")
    try:
        work = library.Quantizer(path, _recipe(recipe, form))
        ranges = None
        if form in _STATIC:
            job.say("calibrate")
            ranges = work.calibrate(_calibration(job, path, notes))
        result = work.quantize(ranges)
    except JobError:
        raise
    except Exception as error:  # it raises many kinds; which ones differs by version
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        line = (lines or [type(error).__name__])[0][:300].rstrip(".")
        raise JobError("convert", f"ai-edge-quantizer cannot do it: {line}.") from error
    content = bytes(result.quantized_model)
    (job.folder / "out" / "model.tflite").write_bytes(content)
    if content == Path(path).read_bytes():
        notes.append("the quantizer changed nothing")
    return {"tool": f"ai-edge-quantizer {version('ai-edge-quantizer')}", "notes": notes}


def _recipe(recipe: Any, form: str) -> Any:
    makers: Mapping[str, Callable[[], Any]] = {
        "dynamic_wi8": recipe.dynamic_wi8_afp32,
        "dynamic_wi4": recipe.dynamic_wi4_afp32,
        "weight_only_wi8": recipe.weight_only_wi8_afp32,
        "weight_only_wi4": recipe.weight_only_wi4_afp32,
        "static_wi8_ai8": recipe.static_wi8_ai8,
        "static_wi8_ai16": recipe.static_wi8_ai16,
    }
    return makers[form]()


def _calibration(job: Job, path: str, notes: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the examples by signature, as the quantizer wants them."""
    from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415 - for calibration only

    spec = job.request["representative"]
    if spec is None:
        raise JobError("data", "there are no representative data to calibrate on.")
    interpreter = Interpreter(model_path=path)
    signatures = interpreter.get_signature_list()
    if not signatures:
        raise JobError("model", "the file has no signature, which calibration needs.")
    key = next(iter(signatures))
    details = interpreter.get_signature_runner(key).get_input_details()
    inputs = [
        (name, [int(size) for size in one["shape"]], one["dtype"]) for name, one in details.items()
    ]
    examples, samples = examples_of(spec, job, inputs, notes)
    shapes = [[-1, *shape[1:]] for _, shape, _ in inputs]
    fed = feed(examples, list(details), shapes, [kind for _, _, kind in inputs])
    batch = max(1, inputs[0][1][0]) if inputs[0][1] else 1
    return {
        key: [
            {name: values[start : start + batch] for name, values in fed.items()}
            for start in range(0, samples - batch + 1, batch)
        ]
    }
