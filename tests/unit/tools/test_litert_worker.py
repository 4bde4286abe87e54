"""The measuring program as one file."""

from __future__ import annotations

import ast
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import benchhub
from benchhub.tools.litert import child, worker

PACKAGE = Path(str(benchhub.__file__)).parent
SHARED = [PACKAGE / name for name in worker.SHARED]
SOURCES = sorted(Path(str(child.__file__)).parent.glob("*.py"))
MODEL = Path(__file__).parents[2] / "recorded" / "models" / "smallconv_f32.tflite"


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "worker.pyz"
    path.write_bytes(worker.pack())
    return path


def start(packed: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Start it as a board would: of benchhub only what the archive holds can be imported."""
    code = (
        "import runpy, sys\n"
        f"sys.path.remove({str(PACKAGE.parent)!r})\n"
        "sys.argv = sys.argv[1:]\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    )
    return subprocess.run(
        [sys.executable, "-P", "-c", code, packed, *words],
        cwd=packed.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_same_sources_are_the_same_bytes() -> None:
    content = worker.pack()
    worker.pack.cache_clear()
    assert worker.pack() == content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = {f"benchhub_litert/{path.name}" for path in SOURCES} | {"__main__.py"}
        names |= {f"benchhub/{name}" for name in worker.SHARED}
        assert set(archive.namelist()) == names
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}


def test_it_measures(packed: Path) -> None:
    ended = start(packed, "measure", f"--graph={MODEL}", "--num_runs=3", "--min_secs=0")
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert len(found["timed"]["samples_ns"]) == 3


def test_it_identifies_the_wheel(packed: Path) -> None:
    found = json.loads(start(packed, "identify").stdout)
    assert found["executable"] == sys.executable
    assert Path(found["library"]).name == "libLiteRt.so"


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 9, 99)])
def test_an_old_python_is_told(packed: Path, version: tuple[int, ...]) -> None:
    """The version is pretended: nobody has all of them."""
    code = f"import sys, runpy; sys.version_info = {version}; runpy.run_path(sys.argv[1])"
    ended = subprocess.run(
        [sys.executable, "-c", code, packed], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    error = json.loads(ended.stdout)["error"]
    assert error["message"] == f"Python {version[0]}.{version[1]} is too old for litert."
    assert "3.10" in error["advice"]


def test_the_start_is_in_words_that_old_pythons_read() -> None:
    with zipfile.ZipFile(io.BytesIO(worker.pack())) as archive:
        start = archive.read("__main__.py").decode()
    ast.parse(start, feature_version=(3, 4))
    assert 'f"' not in start
    assert "print" not in start


@pytest.mark.parametrize("source", [*SOURCES, *SHARED], ids=lambda path: str(path.name))
def test_sources_need_no_more_than_the_oldest_python_and_what_is_packed(source: Path) -> None:
    tree = ast.parse(source.read_text(), feature_version=worker.OLDEST)
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        for name in names:
            if name == "benchhub.models.tflite.flatbuffer":
                continue
            top = name.partition(".")[0]
            assert top in sys.stdlib_module_names | {"ai_edge_litert", "numpy"}, name
