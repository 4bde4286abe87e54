"""Fine-tunes a Keras model with TensorFlow's model optimisation toolkit: qat, pruned, clustered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchhub.models.child.data import is_random, load
from benchhub.models.child.job import Job, JobError
from benchhub.models.child.packages import load as load_package
from benchhub.models.child.packages import tensorflow, tool

TOOLKIT = "tensorflow-model-optimization"

_TRAINING = "Give the model of the suite `training: {data: ...}` with real examples and labels."


def run(job: Job) -> dict[str, Any]:
    """Optimise the model that a `source` job left, and export it as a SavedModel.

    Raises:
        JobError: The toolkit cannot do it to this model, or the training data do not fit.
    """
    path = _model_file(job)
    training = job.request.get("training")
    if training is None:
        raise JobError("data", "it is fine-tuned, and there are no training data.", _TRAINING)
    if is_random(training):
        raise JobError("data", "it is fine-tuned, and random data teach it nothing.", _TRAINING)
    job.say("load TensorFlow")
    # The toolkit makes tf.keras the old Keras, so it comes before all that could touch tf.keras.
    load_package(TOOLKIT.replace("-", "_"), "convert")
    tensorflow()
    from benchhub.models.child import finetuning, keras_model, saved_model, toolkit  # noqa: PLC0415

    job.say("load data")
    examples = load(training, job)
    job.say("load the model")
    model = toolkit.opened(path, job)
    what = finetuning.lesson(model, examples, training, job)
    keras_model.seed_all(int(job.request["seed"]))
    wrapped = toolkit.wrapped(model, job.request, what.steps)
    done = finetuning.finetune(wrapped.model, what, wrapped.callbacks, job)
    job.say("export")
    finished = toolkit.finished(wrapped, job.request)
    target = job.folder / "out" / saved_model.FOLDER
    keras_model.export(finished.model, target, job.request["batch_size"])
    return {
        "tool": tool(TOOLKIT),
        "sparsity": finished.sparsity,
        "clusters": finished.clusters,
        "history": [done],
        "notes": list(finished.notes),
    }


def _model_file(job: Job) -> Path:
    """Return the file that the `source` job left for this."""
    name, framework = job.request["model_file"], job.request["framework"]
    if framework == "keras":
        raise JobError(
            "model",
            "it is a Keras 3 model, and TensorFlow's model optimisation toolkit only takes models "
            "of tf_keras.",
            "Build it with tf_keras: `import tf_keras as keras` in its module.",
        )
    if framework != "tf_keras" or not name:
        raise JobError(
            "model",
            "it cannot be saved as a Keras file, which fine-tuning starts from.",
            "Give a Sequential or Functional model of tf_keras as `keras` source.",
        )
    return Path(job.request["source"]) / str(name)
