"""The lock file: written at the first fetch, obeyed from then on."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchhub.devices.digest import sha256_of
from benchhub.errors import ConfigError, ToolError
from benchhub.tools.official.cache import cached, read_record, verify
from benchhub.tools.official.lock import read_lock

from ....rigs.file_server import Answer, File, Stall
from .stand import HERE, IMPATIENT, REMOTE, Heard, Stand, other, sha256, stand

__all__ = ["stand"]  # pytest finds fixtures here

DIGEST = "ab" * 32
ENTRY = """\
- family: tflite
  version: latest
  platform: linux_x86_64
  file: linux_x86-64_benchmark_model
  address: http://127.0.0.1/x
  sha256: {digest}
  size: 10
  date: 2026-11-20
"""


def write(stand: Stand, text: str) -> None:
    (stand.workspace.root / "tools.lock.yaml").write_text(text)


def test_the_first_fetch_writes_the_lock(stand: Stand) -> None:
    assert cached(stand.workspace, "tflite", HERE) is None
    program = stand.fetch()
    assert program == stand.target == cached(stand.workspace, "tflite", HERE)
    assert program.read_bytes() == stand.program
    assert program.stat().st_mode & 0o777 == 0o755
    assert stand.locked == [
        {
            "family": "tflite",
            "version": "latest",
            "platform": HERE,
            "file": REMOTE[1:],
            "address": f"{stand.server.url}{REMOTE}",
            "sha256": sha256(stand.program),
            "size": len(stand.program),
            "date": datetime.now(UTC).date(),
        }
    ]
    record = read_record(stand.workspace, "tflite", HERE)
    assert record is not None
    assert (record.version, record.files) == ("latest", {"benchmark_model": REMOTE[1:]})
    assert stand.said("is not encrypted; tools.lock.yaml gets the digests of what comes")
    assert stand.said(f"tflite latest, 750 kB, sha256 {sha256(stand.program)}")
    # The folder goes to devices whole, so nothing else may be in it.
    assert [path.name for path in program.parent.iterdir()] == ["benchmark_model"]
    assert not stand.part.parent.exists()


def test_what_is_there_needs_no_network(stand: Stand) -> None:
    stand.fetch()
    before = (stand.workspace.root / "tools.lock.yaml").stat().st_mtime_ns
    stand.server.close()
    assert stand.fetch() == stand.target
    assert stand.said("there already, as locked (750 kB)")
    assert (stand.workspace.root / "tools.lock.yaml").stat().st_mtime_ns == before


def test_another_content_than_the_locked_one_is_refused(stand: Stand) -> None:
    stand.fetch()
    stand.server.files[REMOTE] = File(other(stand.program), etag='"two"')
    stand.target.unlink()
    with pytest.raises(ToolError) as caught:
        stand.fetch()
    message = str(caught.value)
    assert f"its sha256 is {sha256(other(stand.program))}" in message
    assert f"tools.lock.yaml says {sha256(stand.program)}" in message
    assert "the same command with --update" in message
    assert not stand.target.exists()
    assert not stand.part.exists()
    assert stand.locked[0]["sha256"] == sha256(stand.program)


def test_update_takes_and_locks_what_is_published_now(stand: Stand) -> None:
    stand.fetch()
    stand.server.files[REMOTE] = File(other(stand.program), etag='"two"')
    assert stand.fetch().read_bytes() == stand.program  # the locked one is here
    assert stand.fetch(update=True).read_bytes() == other(stand.program)
    assert [entry["sha256"] for entry in stand.locked] == [sha256(other(stand.program))]
    asked = len(stand.server.asked)
    stand.fetch()
    assert len(stand.server.asked) == asked


def test_an_update_that_fails_changes_nothing(stand: Stand) -> None:
    stand.fetch()
    stand.server.files[REMOTE] = File(b"<html>sorry</html>")
    with pytest.raises(ToolError, match="it is no program for linux"):
        stand.fetch(update=True)
    stand.server.faults.append(Answer(404))
    with pytest.raises(ToolError, match="is not published"):
        stand.fetch(update=True)
    assert stand.target.read_bytes() == stand.program
    assert stand.locked[0]["sha256"] == sha256(stand.program)


def test_a_cached_file_that_changed_is_told_and_fetched_again(stand: Stand) -> None:
    stand.fetch()
    verify(stand.workspace, "tflite", HERE)
    stand.target.write_bytes(other(stand.program))
    with pytest.raises(ToolError, match="tools fetch --family tflite --platform linux_x86_64"):
        verify(stand.workspace, "tflite", HERE)
    assert stand.fetch().read_bytes() == stand.program
    assert stand.said(
        f".benchhub/tools/benchmark_model/{HERE}/benchmark_model: its sha256 is "
        f"{sha256(other(stand.program))}, tools.lock.yaml says {sha256(stand.program)}"
    )
    verify(stand.workspace, "tflite", HERE)


def test_a_colleague_gets_what_is_locked(stand: Stand, tmp_path: Path) -> None:
    stand.fetch()
    clone = Stand(type(stand.workspace)(tmp_path / "clone"), stand.server, stand.program)
    clone.workspace.root.mkdir()
    text = (stand.workspace.root / "tools.lock.yaml").read_text()
    write(clone, text)
    assert clone.fetch().read_bytes() == stand.program
    assert (clone.workspace.root / "tools.lock.yaml").read_text() == text
    assert not clone.said("not encrypted")  # the digest was known


def test_a_program_that_was_brought_by_hand_is_known_by_its_digest(stand: Stand) -> None:
    write(stand, "version: 1\nfiles:\n" + ENTRY.format(digest=sha256(stand.program)))
    stand.target.parent.mkdir(parents=True)
    stand.target.write_bytes(stand.program)
    stand.server.close()
    assert stand.fetch() == stand.target
    assert read_record(stand.workspace, "tflite", HERE) is not None


def test_another_program_that_was_put_there_by_hand_is_told(stand: Stand) -> None:
    stand.target.parent.mkdir(parents=True)
    mine = b"#!/bin/sh\n"
    stand.target.write_bytes(mine)
    assert cached(stand.workspace, "tflite", HERE) == stand.target
    verify(stand.workspace, "tflite", HERE)
    assert stand.fetch().read_bytes() == stand.program
    assert stand.said(f"put there by hand (sha256 {sha256(mine)}); replacing")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "tools.lock.yaml: the file is empty."),
        ("version: 2\nfiles: []\n", "tools.lock.yaml:1:1: 'version' cannot be '2'"),
        ("version: 1\n", "tools.lock.yaml:1:1: key 'files' is missing"),
        ("version: 1\nfiles:\n<<<<<<< HEAD\n", "tools.lock.yaml:"),
        (
            "version: 1\nfiles:\n" + ENTRY.format(digest=DIGEST[1:]),
            "tools.lock.yaml:8:3: 'sha256'",
        ),
        (
            "version: 1\nfiles:\n" + ENTRY.format(digest=DIGEST).replace("size", "seize"),
            "tools.lock.yaml:9:3: unknown key 'seize' in file 1; did you mean 'size'?",
        ),
        (
            "version: 1\nfiles:\n" + ENTRY.format(digest=DIGEST).replace("tflite", "other"),
            "tools.lock.yaml:3:3: 'family' cannot be 'other'",
        ),
        (
            "version: 1\nfiles:\n" + 2 * ENTRY.format(digest=DIGEST),
            "tools.lock.yaml:11:3: tflite latest linux_x86_64 linux_x86-64_benchmark_model is lock",
        ),
        ("#" * 300_000, "tools.lock.yaml: larger than 256 KiB"),
        ("version: 1\nfiles: " + "[" * 100 + "]" * 100, "too many nested"),
    ],
)
def test_a_wrong_lock_file_is_told_with_its_place(stand: Stand, text: str, message: str) -> None:
    write(stand, text)
    with pytest.raises(ConfigError) as caught:
        stand.fetch()
    assert message in str(caught.value)
    assert stand.server.asked == []


def test_the_lock_reads_back_as_it_was_written(stand: Stand) -> None:
    stand.server.files["/linux_x86-64_benchmark_model_plus_flex"] = File(other(stand.program))
    stand.fetch()
    assert stand.fetch(flex=True).read_bytes() == other(stand.program)
    text = (stand.workspace.root / "tools.lock.yaml").read_text()
    assert read_lock(stand.workspace).text == text
    assert text.startswith("# Official programs")
    assert [entry["file"] for entry in stand.locked] == [
        "linux_x86-64_benchmark_model",
        "linux_x86-64_benchmark_model_plus_flex",
    ]
    # Back to the plain one: it is another file, not a damaged one.
    assert stand.fetch().read_bytes() == stand.program
    assert not stand.said("fetching it again")


def test_a_lock_that_cannot_be_written_installs_nothing(stand: Stand) -> None:
    (stand.workspace.root / "tools.lock.yaml").symlink_to("/nowhere/at/all")
    stand.fetch()  # the link is replaced, as an editor would do
    assert not (stand.workspace.root / "tools.lock.yaml").is_symlink()


def test_a_damaged_record_costs_nothing(stand: Stand) -> None:
    stand.fetch()
    record = stand.target.parent.with_suffix(".json")
    asked = len(stand.server.asked)
    for text in ("", "{", "[]", '{"format": 9}', json.dumps({"format": 1, "version": "latest",
                 "files": {"../../../x": "y"}})):  # fmt: skip
        record.write_text(text)
        assert read_record(stand.workspace, "tflite", HERE) is None
        verify(stand.workspace, "tflite", HERE)
        stand.fetch()
    assert len(stand.server.asked) == asked


def test_two_fetches_at_the_same_time_ask_once(stand: Stand) -> None:
    stand.server.faults.append(Stall(100_000))
    second = Heard()
    threads = [
        threading.Thread(target=stand.fetch, kwargs={"limits": IMPATIENT}),
        threading.Thread(target=stand.fetch, kwargs={"watcher": second}),
    ]
    threads[0].start()
    assert stand.server.stalled.wait(10)
    threads[1].start()
    deadline = time.monotonic() + 10
    while not second.lines and time.monotonic() < deadline:
        time.sleep(0.01)
    for thread in threads:
        thread.join(20)
    assert sha256_of(stand.target) == sha256(stand.program)
    assert stand.statuses == [200, 206]  # of the first, which was stalled
    assert "somebody else fetches into this workspace" in second.lines[0]
    assert "there already" in second.lines[1]
