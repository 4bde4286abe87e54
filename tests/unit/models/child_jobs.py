"""Jobs of child processes in a folder with networks: many in one process, or as benchhub does."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from benchhub.models.worker import Done, Worker

Request = Mapping[str, Any]

# What `networks.py` has as well.
IMAGE = np.random.default_rng(5).random((3, 6, 6, 1), np.float32)
PAIR = {
    "left": np.random.default_rng(6).random((2, 4), np.float32),
    "right": np.random.default_rng(7).random((2, 3), np.float32),
}

# Loading TensorFlow takes longer than a job: the same program, with one folder after the other.
_MANY = (
    "import sys; from benchhub.models.child.__main__ import main; "
    "[main([folder]) for folder in sys.argv[1:]]"
)


class Bench:
    """A folder with `nets.py`, and the jobs done there.

    Args:
        folder: For all.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copyfile(Path(__file__).with_name("networks.py"), folder / "nets.py")

    def many(self, jobs: Mapping[str, Request]) -> dict[str, dict[str, Any]]:
        """Do jobs in one process; return their results by name."""
        return many(self.folder, jobs, self.folder)

    def alone(self, name: str, request: Request) -> Done:
        """Do one job in a process of its own."""
        worker = Worker(self.folder, lambda _: None)
        task = str(request["task"])
        plain = {"folder": str(self.folder), **request}
        return worker.do(task, plain, self.folder / name, name, 120)

    def source(self, where: str, kind: str = "keras", **more: Any) -> Request:
        """Return a request to export a network."""
        plain = {"arguments": {}, "batch_size": None, "seed": 0, "signature": None}
        return {**plain, "task": "source", "kind": kind, "where": where, **more}

    def convert(self, source: str, form: str = "float32", **more: Any) -> Request:
        """Return a request to convert what a job has exported."""
        plain = {
            "optimisation": "",
            "representative": None,
            "select_tf_ops": False,
            "custom_ops": False,
            "signature": None,
            "seed": 0,
        }
        path = self.folder / source / "out" / "saved_model"
        return {**plain, "task": "convert", "saved_model": str(path), "form": form, **more}

    def model(self, name: str) -> Path:
        """Return the file that a job has made."""
        return self.folder / name / "out" / "model.tflite"


def many(root: Path, jobs: Mapping[str, Request], folder: Path) -> dict[str, dict[str, Any]]:
    """Do jobs of the networks of `root` in one process; their folders are in `folder`."""
    for name, request in jobs.items():
        (folder / name / "out").mkdir(parents=True)
        document = {"folder": str(root), **request}
        (folder / name / "request.json").write_text(json.dumps(document))
    command = [sys.executable, "-c", _MANY, *(str(folder / name) for name in jobs)]
    ended = subprocess.run(
        command, cwd=root, capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    return {name: json.loads((folder / name / "result.json").read_bytes()) for name in jobs}


def outputs(path: Path, **inputs: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Run a model once; a single input need not be named rightly."""
    runner = Interpreter(model_path=str(path)).get_signature_runner()
    names = list(runner.get_input_details())
    fed = inputs if len(names) > 1 else {names[0]: next(iter(inputs.values()))}
    return {name: np.asarray(value) for name, value in runner(**fed).items()}


def ends(path: Path) -> tuple[str, str]:
    """Return the types of the first input and output."""
    interpreter = Interpreter(model_path=str(path))
    first, last = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    return first["dtype"].__name__, last["dtype"].__name__


def told(result: Mapping[str, Any]) -> str:
    """Return kind, message and advice of a job that failed."""
    error = result["error"]
    for text in (error["message"], error["advice"]):
        assert "\n" not in text
    return f"{error['kind']}: {error['message']} {error['advice']}"
