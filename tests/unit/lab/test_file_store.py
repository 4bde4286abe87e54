"""Files of a host by their content: whole and right, or not there."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from pathlib import Path

import pytest

from benchhub.errors import StoreError
from benchhub.lab.file_store import KEPT_S, FileStore

CONTENT = b"one two three"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
OTHER = hashlib.sha256(b"other").hexdigest()
TOKEN = "ab" * 16


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "lab" / "files")


def names(store: FileStore) -> list[str]:
    return sorted(path.name for path in store.folder.iterdir())


def test_a_file_comes_in_pieces_and_is_there_with_the_last(store: FileStore) -> None:
    store.write(DIGEST, TOKEN, 0, CONTENT[:4], last=False)
    assert store.lacking([DIGEST, OTHER, DIGEST]) == (DIGEST, OTHER)
    store.write(DIGEST, TOKEN, 4, CONTENT[4:], last=True)
    assert store.lacking([DIGEST, OTHER]) == (OTHER,)
    assert store.path(DIGEST).read_bytes() == CONTENT
    assert stat.S_IMODE(store.path(DIGEST).stat().st_mode) == 0o555  # it may be a program
    assert names(store) == [DIGEST]


def test_an_empty_file(store: FileStore) -> None:
    empty = hashlib.sha256(b"").hexdigest()
    store.write(empty, TOKEN, 0, b"", last=True)
    assert store.path(empty).read_bytes() == b""


def test_two_deliveries_of_the_same_file_are_apart(store: FileStore) -> None:
    other = "cd" * 16
    store.write(DIGEST, TOKEN, 0, CONTENT[:4], last=False)
    store.write(DIGEST, other, 0, CONTENT, last=True)
    store.write(DIGEST, TOKEN, 4, CONTENT[4:], last=True)
    assert (store.path(DIGEST).read_bytes(), names(store)) == (CONTENT, [DIGEST])


@pytest.mark.parametrize("offset", [3, 5, 0])
def test_a_piece_that_is_missing_or_comes_twice(store: FileStore, offset: int) -> None:
    store.write(DIGEST, TOKEN, 0, CONTENT[:4], last=False)
    with pytest.raises(StoreError, match=f"{DIGEST[:12]}: a piece of the file is missing"):
        store.write(DIGEST, TOKEN, offset, CONTENT[offset:], last=True)
    assert names(store) == []


def test_another_content_is_refused_in_words(store: FileStore) -> None:
    with pytest.raises(StoreError) as caught:
        store.write(DIGEST, TOKEN, 0, CONTENT + b"!", last=True)
    said = f"{DIGEST[:12]}: the file changed after the run was planned. Start the run again."
    assert str(caught.value) == said
    assert names(store) == []


@pytest.mark.parametrize(
    "digest", ["", "../../etc/passwd", DIGEST[:63], DIGEST.upper(), f"{DIGEST}\n", f"{DIGEST}/x"]
)
def test_what_is_no_digest(store: FileStore, digest: str) -> None:
    with pytest.raises(StoreError, match="is no sha256"):
        store.path(digest)
    with pytest.raises(StoreError, match="is no sha256"):
        store.lacking([DIGEST, digest])
    with pytest.raises(StoreError, match="is no sha256"):
        store.write(digest, TOKEN, 0, CONTENT, last=True)
    assert names(store) == []


@pytest.mark.parametrize("token", ["", "../" * 10 + "xx", TOKEN[:31], TOKEN.upper(), f"{TOKEN}\n"])
def test_what_is_no_token(store: FileStore, token: str) -> None:
    with pytest.raises(StoreError, match="is no token of a delivery"):
        store.write(DIGEST, token, 0, CONTENT, last=True)
    assert names(store) == []


def test_a_full_disk_leaves_nothing(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="cannot be written: No space left on device. Make room"):
        store.write(DIGEST, TOKEN, 0, CONTENT, last=True)
    assert names(store) == []


def test_a_sweep_takes_what_is_old_and_what_is_half(store: FileStore) -> None:
    other = b"other"
    store.write(DIGEST, TOKEN, 0, CONTENT, last=True)
    store.write(OTHER, TOKEN, 0, other, last=True)
    store.write(DIGEST, "cd" * 16, 0, CONTENT[:4], last=False)
    old = time.time() - KEPT_S - 60
    os.utime(store.path(DIGEST), (old, old))
    store.sweep()
    assert names(store) == [OTHER]
