from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from benchhub.errors import ModelError
from benchhub.models.fetching import fetch_model

from ...rigs.file_server import Cut, File, FileServer

MODEL = b"\x1c\0\0\0TFL3" + b"weights " * 5000
SHA256 = hashlib.sha256(MODEL).hexdigest()


def fetch(server: FileServer, root: Path, sha256: str = SHA256, name: str = "net.tflite") -> Path:
    return fetch_model(f"{server.url}/{name}?raw=1", sha256, root, lambda _: None)


def test_a_model_is_downloaded_once(tmp_path: Path) -> None:
    with FileServer() as server:
        server.files["/net.tflite"] = File(MODEL)
        path = fetch(server, tmp_path)
        assert path == tmp_path / ".benchhub" / "downloads" / f"{SHA256}.tflite"
        assert path.read_bytes() == MODEL
        assert fetch(server, tmp_path) == path
        asked = len(server.asked)

        path.write_bytes(b"spoiled")
        assert fetch(server, tmp_path).read_bytes() == MODEL
    assert asked == 1


def test_a_cut_connection_goes_on(tmp_path: Path) -> None:
    with FileServer() as server:
        server.files["/net.tflite"] = File(MODEL)
        server.faults.append(Cut(after=20_000))
        assert fetch(server, tmp_path).read_bytes() == MODEL


def test_another_content_is_refused_and_not_kept(tmp_path: Path) -> None:
    with FileServer() as server:
        server.files["/net.tflite"] = File(MODEL)
        with pytest.raises(ModelError, match=f"its sha256 is {SHA256}, the suite says 00"):
            fetch(server, tmp_path, "0" * 64)
    assert list((tmp_path / ".benchhub" / "downloads").iterdir()) == []


def test_what_is_not_there(tmp_path: Path) -> None:
    with FileServer() as server, pytest.raises(ModelError, match=r"/absent\.tflite") as error:
        fetch(server, tmp_path, name="absent.tflite")
    assert error.value.advice == "Correct `url`."
