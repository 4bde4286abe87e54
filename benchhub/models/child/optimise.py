"""Fine-tunes a Keras model with TensorFlow's model optimisation toolkit: qat, pruned, clustered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchhub.models.child.data import is_random, load
from benchhub.models.child.job import Job, JobError

SAVED_MODEL = "saved_model"

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
    # Loads TensorFlow: only now, when nothing is left that could be told without it. The toolkit
    # makes tf.keras the old Keras, so it also comes before any module of the user's.
    from benchhub.models.child import toolkit  # noqa: PLC0415, I001
    from benchhub.models.child.exporting import export  # noqa: PLC0415
    from benchhub.models.child.finetuning import finetune, lesson  # noqa: PLC0415

    job.say("load data")
    examples = load(training, job)
    job.say("load the model")
    model = toolkit.opened(path, job)
    what = lesson(model, examples, training, job)
    toolkit.seed(int(job.request["seed"]))
    wrapped = toolkit.wrapped(model, job.request, what.steps)
    notes = [finetune(wrapped.model, what, wrapped.callbacks, job)]
    job.say("export")
    finished = toolkit.finished(wrapped, job.request)
    export(finished.model, str(job.folder / "out" / SAVED_MODEL), job.request["batch_size"])
    return {
        "tool": toolkit.TOOL,
        "sparsity": finished.sparsity,
        "clusters": finished.clusters,
        "notes": notes + list(finished.notes),
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
