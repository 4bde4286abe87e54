from __future__ import annotations

import hashlib
import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from benchhub.errors import MeasurementError, StoreError
from benchhub.models.cache import Cache, code, digest_of, key
from benchhub.models.worker import Done

REQUEST = {"form": "int8"}


def job(content: bytes, depends: dict[str, str] | None = None) -> Callable[[Path], Done]:
    def do(folder: Path) -> Done:
        (folder / "out").mkdir(parents=True)
        (folder / "out" / "model.tflite").write_bytes(content)
        return Done({"notes": ["n"]}, depends or {}, folder / "out", 1.5)

    return do


def test_what_was_made_is_found_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    assert cache.find("convert", REQUEST) is None

    made = cache.make("convert", REQUEST, job(b"x"))
    found = Cache(tmp_path).find("convert", REQUEST)

    assert found is not None
    assert (found.out, found.values, found.content) == (made.out, made.values, made.content)
    assert (made.seconds, found.seconds) == (1.5, 0.0)
    assert (found.out / "model.tflite").read_bytes() == b"x"
    assert cache.find("convert", {"form": "int16x8"}) is None
    assert cache.find("quantise", REQUEST) is None


def test_a_file_that_a_job_read_and_that_changed(tmp_path: Path) -> None:
    cache, script = Cache(tmp_path), tmp_path / "net.py"
    script.write_text("epochs = 1")
    digest = hashlib.sha256(script.read_bytes()).hexdigest()
    cache.make("source", REQUEST, job(b"1", {str(script): digest}))
    assert cache.find("source", REQUEST) is not None

    script.write_text("epochs = 2")
    assert cache.find("source", REQUEST) is None
    again = hashlib.sha256(script.read_bytes()).hexdigest()
    cache.make("source", REQUEST, job(b"2", {str(script): again}))
    found = cache.find("source", REQUEST)
    assert found is not None
    assert (found.out / "model.tflite").read_bytes() == b"2"

    script.unlink()
    assert cache.find("source", REQUEST) is None


def test_what_failed_leaves_nothing(tmp_path: Path) -> None:
    cache = Cache(tmp_path)

    def fail(folder: Path) -> Done:
        folder.mkdir(parents=True)
        raise MeasurementError("no")

    with pytest.raises(MeasurementError):
        cache.make("convert", REQUEST, fail)
    assert cache.find("convert", REQUEST) is None
    assert list((tmp_path / ".benchhub" / "models").iterdir()) == []


def test_a_damaged_entry_is_none(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    made = cache.make("convert", REQUEST, job(b"x"))
    (made.out.parent / "entry.json").write_text("{")

    assert cache.find("convert", REQUEST) is None
    assert cache.make("convert", REQUEST, job(b"y")).out == made.out


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    cache, limits = Cache(tmp_path), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(StoreError, match="cannot be written"):
            cache.make("convert", REQUEST, job(b"x" * 5000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_the_key_changes_with_all_that_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key("convert", REQUEST)
    assert key("convert", {"form": "int8_io"}) != before
    assert key("source", REQUEST) != before

    monkeypatch.setattr("benchhub.models.cache.makers", lambda: {"tensorflow": "9"})
    assert key("convert", REQUEST) != before


def test_the_code_of_a_task_is_that_of_all_its_modules() -> None:
    assert len({code(task) for task in ("source", "optimise", "convert", "quantise")}) == 4


def test_the_digest_of_a_folder_is_that_of_names_and_contents(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in "abc"]
    for folder, name, content in zip(folders, "xxy", (b"1", b"1", b"1"), strict=True):
        (folder / "deep").mkdir(parents=True)
        (folder / "deep" / name).write_bytes(content)
    same, other = digest_of(folders[0]), digest_of(folders[2])

    assert digest_of(folders[1]) == same != other


@pytest.mark.parametrize(
    "text",
    ["5", "[]", '{"depends": "x"}', '{"depends": []}', '{"depends": {"a": 1}}', "[" * 90_000],
)
def test_an_entry_of_another_form_is_none(tmp_path: Path, text: str) -> None:
    cache = Cache(tmp_path)
    made = cache.make("convert", REQUEST, job(b"x"))
    (made.out.parent / "entry.json").write_text(text)
    assert cache.find("convert", REQUEST) is None
