"""LiteRT's family: versions, and libraries that have to fit the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchhub.errors import ToolError

from ....rigs.file_server import Answer, Cut, File
from .stand import HERE, Stand, other, stand

__all__ = ["stand"]  # pytest finds fixtures here

WEB_GPU = "libLiteRtWebGpuAccelerator.so"


def publish(stand: Stand, version: str, *names: str) -> None:
    """Put a version on the server; libraries have the program's bytes, but for one."""
    stand.server.files[f"/{version}/{HERE}/benchmark_model"] = File(stand.program)
    for name in names:
        stand.server.files[f"/{version}/{HERE}/{name}"] = File(other(stand.program))


def folder(stand: Stand) -> Path:
    return stand.workspace.root / ".benchhub/tools/benchmark_litert_model" / HERE


def names(stand: Stand) -> list[str]:
    return sorted(path.name for path in folder(stand).iterdir())


def test_the_program_and_the_libraries_of_a_version(stand: Stand) -> None:
    publish(stand, "2.1.4", WEB_GPU)
    assert stand.fetch("litert", version="2.1.4") == folder(stand) / "benchmark_model"
    assert names(stand) == ["benchmark_model", WEB_GPU]
    assert stand.said("litert 2.1.4 for linux_x86_64 has no libLiteRt.so")
    assert {entry["version"] for entry in stand.locked} == {"2.1.4"}
    # What a version does not have is not asked for again, and the locked version is the default.
    asked = len(stand.server.asked)
    stand.server.close()
    stand.fetch("litert")
    assert len(stand.server.asked) == asked


def test_another_version_takes_the_place_of_the_first(stand: Stand) -> None:
    publish(stand, "2.1.4", "libLiteRt.so", WEB_GPU)
    publish(stand, "2.2.0", WEB_GPU)
    stand.fetch("litert", version="2.1.4")
    (folder(stand) / "libMine.so").write_bytes(b"mine")
    stand.fetch("litert", version="2.2.0")
    assert names(stand) == ["benchmark_model", WEB_GPU, "libMine.so"]
    with pytest.raises(ToolError, match=r"several versions .*: 2\.1\.4, 2\.2\.0. Say which one"):
        stand.fetch("litert")
    stand.fetch("litert", version="2.1.4")
    assert names(stand) == ["benchmark_model", "libLiteRt.so", WEB_GPU, "libMine.so"]
    assert not stand.said("fetching it again")


def test_a_version_that_cannot_be_had_whole_leaves_the_first(stand: Stand) -> None:
    publish(stand, "2.1.4", WEB_GPU)
    publish(stand, "2.2.0", "libLiteRt.so", WEB_GPU)
    stand.fetch("litert", version="2.1.4")
    del stand.server.files[f"/2.2.0/{HERE}/benchmark_model"]
    with pytest.raises(ToolError) as caught:
        stand.fetch("litert", version="2.2.0")
    assert "litert 2.2.0 for linux_x86_64 is not published" in str(caught.value)
    assert "Look at --version: latest, nightly, or a release" in str(caught.value)
    assert names(stand) == ["benchmark_model", WEB_GPU]
    assert {entry["version"] for entry in stand.locked} == {"2.1.4"}
    # Later, what was fetched before the trouble is not fetched again: its last byte is.
    stand.server.asked.clear()
    publish(stand, "2.2.0")
    stand.fetch("litert", version="2.2.0")
    ranges = [asked.headers.get("Range") for asked in stand.server.asked]
    last = f"bytes={len(stand.program) - 1}-"
    assert ranges == [last, last, None]


def test_a_library_that_is_not_published_any_more_is_not_locked_any_more(stand: Stand) -> None:
    publish(stand, "latest", "libLiteRt.so", WEB_GPU)
    stand.fetch("litert")
    del stand.server.files[f"/latest/{HERE}/libLiteRt.so"]
    stand.fetch("litert", update=True)
    assert names(stand) == ["benchmark_model", WEB_GPU]
    assert [entry["file"] for entry in stand.locked] == ["benchmark_model", WEB_GPU]
    stand.server.close()
    stand.fetch("litert")


def test_trouble_with_a_library_is_trouble(stand: Stand) -> None:
    publish(stand, "latest", WEB_GPU)
    stand.server.faults += [Answer(404)] + [Answer(500)] * 3
    with pytest.raises(ToolError, match="the server answers 500, 3 times"):
        stand.fetch("litert")
    stand.server.faults += [Answer(404)] + [Cut(0)] * 3
    with pytest.raises(ToolError, match="the connection was cut"):
        stand.fetch("litert")
    assert not folder(stand).exists()


def test_both_families_have_their_own_place(stand: Stand) -> None:
    publish(stand, "nightly")
    assert stand.fetch("litert", version="nightly") != stand.fetch()
    assert {entry["family"] for entry in stand.locked} == {"litert", "tflite"}
