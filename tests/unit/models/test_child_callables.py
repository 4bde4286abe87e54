from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchhub.models.child.callables import call, load_callable
from benchhub.models.child.job import Job, JobError

Write = Callable[[str, str], Job]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Write a module and return a job whose folder it lies in."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    # The hook would stay for the rest of the process; see the test that starts one of its own.
    monkeypatch.setattr(Job, "watch", lambda _job: None)
    before = set(sys.modules)

    def one(name: str, text: str) -> Job:
        (tmp_path / f"{name}.py").write_text(text)
        return Job(tmp_path / "job", {"folder": str(tmp_path)})

    yield one
    for name in set(sys.modules) - before:
        del sys.modules[name]


def error_of(where: str, job: Job, **arguments: object) -> JobError:
    with pytest.raises(JobError) as caught:
        call(where, job, **arguments)
    assert "\n" not in caught.value.message
    return caught.value


def test_a_function_is_called_with_its_arguments(write: Write) -> None:
    job = write("mine", "def scaled(by, job=0):\n    return 2 * by + job\n")

    assert load_callable("mine:scaled", job)(3) == 6
    # Names of arguments are the user's own, also those of `call` itself.
    assert call("mine:scaled", job, by=4, job=1) == 9


def test_modules_beside_the_suite_come_first(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    job = write("colorsys", "def mine():\n    return 'mine'\n")
    assert call("colorsys:mine", job) == "mine"


def test_names_that_are_wrong(write: Write, tmp_path: Path) -> None:
    job = write("network", "def trained():\n    return 1\nSIZE = 3\n")

    module = error_of("netwrok:trained", job)
    assert module.message == (
        f"netwrok:trained: there is no module 'netwrok' in {tmp_path}; did you mean network?"
    )
    function = error_of("network:traned", job)
    assert "network.py has no function 'traned'; did you mean trained?" in function.message
    assert "'SIZE' is of type int, not a function" in error_of("network:SIZE", job).message
    assert {module.kind, function.kind} == {"model"}
    assert "no module 'network.part' in" in error_of("network.part:trained", job).message


def test_what_the_code_raises_is_told_with_its_place(write: Write) -> None:
    job = write("broken", "def helper():\n    return [][1]\ndef go():\n    return helper()\n")
    assert error_of("broken:go", job).message == (
        "broken:go: broken.py:2: IndexError: list index out of range."
    )
    assert "got an unexpected keyword argument 'x'" in error_of("broken:go", job, x=1).message

    job = write("unfinished", "def go(:\n    pass\n")
    assert "unfinished.py:1: SyntaxError: " in error_of("unfinished:go", job).message

    job = write("raising", "x = 1\nraise ValueError('no data\\nat all')\n")
    assert error_of("raising:go", job).message == ("raising:go: raising.py:2: ValueError: no data.")

    job = write("leaving", "import sys\ndef go():\n    sys.exit(3)\n")
    assert error_of("leaving:go", job).message == (
        "leaving:go: leaving.py:3: it ended the process (SystemExit 3)."
    )


def test_a_package_that_is_not_installed_is_a_matter_of_tools(write: Write) -> None:
    job = write("needing", "import json\nimport nobody_has_this.part\n")
    error = error_of("needing:go", job)

    assert error.kind == "tool"
    assert error.message == (
        "needing:go: needing.py:2: ModuleNotFoundError: No module named 'nobody_has_this'."
    )
    assert error.advice == ("Install nobody_has_this into the environment that benchhub runs in.")


def test_the_files_that_it_reads_are_noted(tmp_path: Path) -> None:
    (tmp_path / "part.py").write_text("VALUE = 5\n")
    (tmp_path / "values.txt").write_text("7")
    (tmp_path / "unread.txt").write_text("8")
    (tmp_path / "mine.py").write_text(
        "from pathlib import Path\n"
        "from part import VALUE\n"
        "def total():\n"
        "    return VALUE + int((Path(__file__).parent / 'values.txt').read_text())\n"
    )
    code = (
        "import json, sys; from pathlib import Path\n"
        "from benchhub.models.child.callables import call\n"
        "from benchhub.models.child.job import Job\n"
        "job = Job(Path('unused'), {'folder': sys.argv[1]})\n"
        "print(json.dumps([call('mine:total', job), sorted(job.depends)]))\n"
    )
    for _ in range(2):  # the second time modules come from their .pyc files
        argv = [sys.executable, "-c", code, str(tmp_path)]
        done = subprocess.run(argv, capture_output=True, check=True, text=True)
        names = [str(tmp_path / name) for name in ("mine.py", "part.py", "values.txt")]
        assert json.loads(done.stdout) == [12, names]
