"""Does one job: python -m benchhub.models.child FOLDER."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import sys
import traceback
from pathlib import Path
from typing import Any

from benchhub.models.child.job import REQUEST, RESULT, Job, JobError

# A module of this package for each kind of job; each has `run(job) -> dict`.
TASKS = ("source", "optimise", "convert", "quantise", "evaluate")


def main(argv: list[str]) -> int:
    """Do the job of a folder; return the exit code."""
    folder = Path(argv[0]).absolute()
    job = Job(folder, json.loads((folder / REQUEST).read_bytes()))
    task = job.request["task"]
    if task not in TASKS:
        raise ValueError(task)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        run = importlib.import_module(f"benchhub.models.child.{task}").run
        result: dict[str, Any] = {"done": run(job), "depends": job.depends}
    except JobError as error:
        if error.__cause__ is not None:
            traceback.print_exception(error.__cause__)
        result = {"error": {"kind": error.kind, "message": error.message, "advice": error.advice}}
    except OSError as error:  # no disk space, no rights
        traceback.print_exc()
        said = error.strerror or str(error)
        what = f"{error.filename}: {said}" if error.filename else said
        result = {"error": {"kind": "disk", "message": f"{what}.", "advice": ""}}
    if "error" in result:  # half of it is of no use, and the answer needs room on a full disk
        shutil.rmtree(folder / "out", ignore_errors=True)
    temporary = folder / f".{RESULT}"
    temporary.write_text(json.dumps(result), encoding="utf-8")
    temporary.replace(folder / RESULT)
    return 0 if "done" in result else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
