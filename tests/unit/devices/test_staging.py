from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from benchhub.devices.host import HostTransport
from benchhub.devices.staging import stage
from benchhub.errors import TransportError


def test_the_second_push_of_the_same_content_moves_nothing(tmp_path: Path) -> None:
    model = tmp_path / "m.tflite"
    model.write_bytes(b"content")
    digest = hashlib.sha256(b"content").hexdigest()
    transport = HostTransport("host", tmp_path)
    remote = stage(transport, model, digest)
    assert remote == f".benchhub/stage/{digest}.tflite"
    before = (tmp_path / remote).stat()
    model.unlink()  # what is there already needs no source
    assert stage(transport, model, digest) == remote
    assert (tmp_path / remote).stat() == before


def test_a_file_that_changed_meanwhile_is_refused(tmp_path: Path) -> None:
    model = tmp_path / "m.tflite"
    model.write_bytes(b"other")
    with pytest.raises(TransportError, match="changed after the run was planned"):
        stage(HostTransport("host", tmp_path), model, hashlib.sha256(b"content").hexdigest())


def test_a_damaged_copy_is_replaced(tmp_path: Path) -> None:
    model = tmp_path / "m.tflite"
    model.write_bytes(b"content")
    digest = hashlib.sha256(b"content").hexdigest()
    transport = HostTransport("host", tmp_path)
    copy = tmp_path / stage(transport, model, digest)
    copy.chmod(0o644)
    copy.write_bytes(b"half")
    assert (tmp_path / stage(transport, model, digest)).read_bytes() == b"content"
