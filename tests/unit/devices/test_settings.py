from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchhub.devices.host import HostTransport
from benchhub.devices.settings import (
    PROPERTY,
    Change,
    affinity_problem,
    apply,
    plan_governor,
    read_governors,
    restore,
)

from .rooted import Rooted, rooted
from .test_facts import SHELLS

CPUS = tuple(sorted(os.sched_getaffinity(0)))


@pytest.fixture(params=SHELLS)
def board(tmp_path: Path, request: pytest.FixtureRequest) -> Rooted:
    return rooted(tmp_path, "board", request.param)


def values(board: Rooted) -> list[str]:
    return [board.governor(cpu).read_text().strip() for cpu in range(4)]


def test_a_change_and_its_way_back(board: Rooted) -> None:
    assert list(read_governors(board).values()) == ["ondemand"] * 4
    plan = plan_governor(board, "performance")
    assert plan.problem == ""
    assert plan.changes == tuple(
        Change(str(board.governor(cpu)), "ondemand", "performance") for cpu in range(4)
    )
    assert values(board) == ["ondemand"] * 4
    assert apply(board, plan.changes) == ""
    assert values(board) == ["performance"] * 4
    assert plan_governor(board, "performance").changes == ()
    assert restore(board, plan.changes) == ""
    assert values(board) == ["ondemand"] * 4


def test_undoing_what_was_never_done_changes_nothing(board: Rooted) -> None:
    plan = plan_governor(board, "performance")
    assert restore(board, plan.changes) == ""
    assert values(board) == ["ondemand"] * 4
    assert apply(board, ()) == restore(board, ()) == ""


@pytest.mark.parametrize("old", ["", "0", "a value with blanks"])
def test_a_property_of_android_and_its_way_back(
    board: Rooted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str
) -> None:
    """The two programs of Android, on files; the shells and the script are real."""
    programs, kept = tmp_path / "bin", tmp_path / "properties"
    for folder in (programs, kept):
        folder.mkdir()
    for name, line in (
        ("getprop", 'cat "$0.d/$1" 2>/dev/null'),
        ("setprop", 'echo "$2" >"$0.d/$1"'),
    ):
        (programs / name).write_text(f"#!/bin/sh\n{line}; true\n")
        (programs / name).chmod(0o755)
        (programs / f"{name}.d").symlink_to(kept)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    if old:
        (kept / "debug.one").write_text(f"{old}\n")
    change = Change(f"{PROPERTY}debug.one", old, "1")
    assert apply(board, [change]) == ""
    assert (kept / "debug.one").read_text() == "1\n"
    assert restore(board, [change]) == ""
    assert (kept / "debug.one").read_text().strip() == old
    (kept / "debug.one").write_text("somebody's\n")
    assert "was not accepted" in apply(board, [change])
    assert restore(board, [change]) == ""
    assert (kept / "debug.one").read_text() == "somebody's\n"


def test_what_somebody_else_set_is_left_alone(board: Rooted) -> None:
    plan = plan_governor(board, "performance")
    assert apply(board, plan.changes) == ""
    board.governor(2).write_text("powersave\n")
    assert restore(board, plan.changes) == ""
    assert values(board) == ["ondemand", "ondemand", "powersave", "ondemand"]


def test_a_governor_that_the_kernel_does_not_have(board: Rooted) -> None:
    plan = plan_governor(board, "schedutil")
    assert plan.changes == ()
    said = "bench: there is no governor 'schedutil': ondemand performance powersave."
    assert plan.problem == said


def test_a_device_without_governors(tmp_path: Path) -> None:
    empty = Rooted(tmp_path)
    assert read_governors(empty) == {}
    plan = plan_governor(empty, "performance")
    assert plan.problem == "bench: no governor is told by this device."


def test_a_file_that_does_not_take_the_value_undoes_the_others(tmp_path: Path) -> None:
    board = rooted(tmp_path, "board")
    # the kernel's own, which not even root can write; it reads `Linux`
    stubborn = board.governor(3)
    stubborn.unlink()
    stubborn.symlink_to("/proc/sys/kernel/ostype")
    changes = tuple(
        Change(str(board.governor(cpu)), "Linux" if cpu == 3 else "ondemand", "performance")
        for cpu in range(4)
    )
    problem = apply(board, changes)
    assert problem == f"bench: 'performance' was not accepted by {stubborn}."
    assert values(board) == ["ondemand"] * 3 + ["Linux"]
    # a lease may hold a change that cannot be undone: it is said, not hidden
    stuck = (Change(str(stubborn), "ondemand", "Linux"),)
    assert restore(board, stuck) == f"bench: 'ondemand' could not be restored by {stubborn}."


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users can reach, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_user_who_may_not_write(open_folder: Path) -> None:
    nobody = ("setpriv", "--reuid=65534", "--clear-groups", "sh")
    board = rooted(open_folder, "board", nobody if os.geteuid() == 0 else ("sh",))
    for cpu in range(4):
        board.governor(cpu).chmod(0o444)
    plan = plan_governor(board, "performance")
    assert plan.changes == ()
    assert plan.problem == (
        f"bench: the governor is 'ondemand' and may not be changed: "
        f"{board.governor(0)} is not writable."
    )


def test_affinity_on_this_machine(tmp_path: Path) -> None:
    host = HostTransport("host", tmp_path)
    assert affinity_problem(host, CPUS) == ""
    assert affinity_problem(host, CPUS[-1:]) == ""


def test_cpus_that_do_not_exist_are_noticed(tmp_path: Path) -> None:
    host = HostTransport("host", tmp_path)
    alone = affinity_problem(host, (4000,))
    assert alone.startswith("host: a process cannot be kept on CPUs 4000: ")
    assert "taskset" in alone
    some = affinity_problem(host, (CPUS[0], 4000))
    assert some == (
        f"host: a process cannot be kept on CPUs {CPUS[0]},4000; the system allowed {CPUS[0]}."
    )


def test_without_taskset(tmp_path: Path) -> None:
    shell = ("env", "PATH=/nowhere", shutil.which("sh") or "")
    problem = affinity_problem(Rooted(tmp_path, shell), (0,))
    assert problem == "bench: there is no taskset, so affinity cannot be set."
