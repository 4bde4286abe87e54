from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from benchhub.devices.fake import Answer, FakeTransport
from benchhub.devices.host import HostTransport
from benchhub.devices.lease import acquire, look
from benchhub.devices.settings import Change
from benchhub.errors import DeviceError, TransportError


def transport(folder: Path, session: str = "") -> HostTransport:
    made = HostTransport("dut", folder, session)
    made.lease_path = str(folder / "lease")
    return made


def rewrite(folder: Path, **fields: object) -> None:
    path = folder / "lease"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_taken_told_and_given_back(tmp_path: Path) -> None:
    held = acquire(transport(tmp_path), "01RUN", 10)
    lease = look(transport(tmp_path)).lease
    assert lease is not None
    assert (lease.run_id, lease.pid, lease.changes) == ("01RUN", os.getpid(), ())
    with pytest.raises(DeviceError, match=r"dut: in use by .*run 01RUN.* Wait for its end"):
        acquire(transport(tmp_path), "02RUN", 10)
    held.release()
    assert not (tmp_path / "lease").exists()
    assert not (tmp_path / "lease.swap").exists()


def test_the_lease_of_a_lost_connection_of_the_same_work_is_taken_over(tmp_path: Path) -> None:
    acquire(transport(tmp_path, "mine"), "01RUN", 10)
    acquire(transport(tmp_path), "01RUN", 10, ["mine"]).release()


@pytest.mark.fault("two controllers: eight ask for a device at once", place="host")
def test_only_one_of_many_gets_it(tmp_path: Path) -> None:
    got: list[str] = []
    refused: list[str] = []

    def take(name: str) -> None:
        try:
            acquire(transport(tmp_path, name), name, 10)
            got.append(name)
        except DeviceError:
            refused.append(name)

    threads = [threading.Thread(target=take, args=(f"n{i}",)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(got), len(refused)) == (1, 7)


@pytest.mark.fault("lease holder dead: {why}", place="host")
@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"boot_id": "another"}, "the device was restarted since"),
        ({"started": "1"}, "its process is gone"),
        ({"where": "elsewhere", "expires_s": 1.0}, "it was not renewed in time"),
    ],
)
def test_a_stale_lease_is_taken_over(tmp_path: Path, fields: dict[str, object], why: str) -> None:
    acquire(transport(tmp_path), "01RUN", 10)
    rewrite(tmp_path, **fields)
    assert look(transport(tmp_path)).stale() == why
    acquire(transport(tmp_path), "02RUN", 10).release()


def test_the_lease_of_another_machine_counts_while_it_is_renewed(tmp_path: Path) -> None:
    acquire(transport(tmp_path), "01RUN", 10)
    rewrite(tmp_path, where="elsewhere", pid=1, started="1")
    with pytest.raises(DeviceError, match="in use"):
        acquire(transport(tmp_path), "02RUN", 10)


@pytest.mark.fault("lease holder dead: it left a process, a governor and scratch", place="host")
def test_what_a_killed_owner_left_is_healed(tmp_path: Path) -> None:
    governor = tmp_path / "scaling_governor"
    governor.write_text("schedutil\n")
    script = f"""
import os, subprocess
from pathlib import Path
from benchhub.devices.host import HostTransport
from benchhub.devices.lease import acquire
from benchhub.devices.settings import Change, apply
transport = HostTransport("dut", Path({str(tmp_path)!r}))
transport.lease_path = {str(tmp_path / "lease")!r}
held = acquire(transport, "01RUN", 10)
changes = [Change({str(governor)!r}, "schedutil", "performance")]
held.note(changes)
assert apply(transport, changes) == ""
env = {{**os.environ, "BENCHHUB_PROCESS_TOKEN": transport.session + ".x"}}
subprocess.Popen(["sleep", "97540"], env=env, start_new_session=True)
os.kill(os.getpid(), 9)
"""
    (tmp_path / ".benchhub" / "scratch" / "0001").mkdir(parents=True)
    subprocess.run([sys.executable, "-c", script], check=False)
    assert governor.read_text() == "performance\n"
    assert subprocess.run(["pgrep", "-f", "sleep 97540"], check=False).returncode == 0
    held = acquire(transport(tmp_path), "02RUN", 10)
    assert governor.read_text() == "schedutil\n"
    assert subprocess.run(["pgrep", "-f", "sleep 97540"], check=False).returncode == 1
    assert not (tmp_path / ".benchhub" / "scratch").exists()
    assert held.changes == ()
    held.release()


def test_release_puts_back(tmp_path: Path) -> None:
    governor = tmp_path / "scaling_governor"
    governor.write_text("performance\n")
    held = acquire(transport(tmp_path), "01RUN", 10)
    held.note([Change(str(governor), "schedutil", "performance")])
    held.release()
    assert governor.read_text() == "schedutil\n"


@pytest.mark.parametrize(
    "changed",
    [
        {"expires_s": "soon"},
        {"expires_s": float("nan")},
        {"expires_s": -1},
        {"pid": "1/../2"},
        {"pid": 0},
        {"pid": True},
        {"owner": ["a"]},
        {"since": "\ud800"},
        {"host": "a\nb"},
        {"changes": [{"path": 1, "old": "a", "new": "b"}]},
    ],
)
def test_a_lease_of_odd_parts_is_none(changed: dict[str, object]) -> None:
    lease = {
        "owner": "a", "host": "h", "pid": 7, "where": "w", "started": "5", "since": "now",
        "run_id": "", "session": "s", "boot_id": "b", "expires_s": 9.5, "changes": [],
    }  # fmt: skip
    for text, there in ((json.dumps(lease), True), (json.dumps(lease | changed), False)):
        sight = look(FakeTransport("dut", [Answer("", f"b\n1.5\n{text}")]))
        assert (sight.lease is not None) is there
        sight.stale()


@pytest.mark.parametrize("up", ["nan", "1e999", "-5", "x"])
def test_a_device_that_does_not_know_how_long_it_is_up(up: str) -> None:
    assert look(FakeTransport("dut", [Answer("", f"b\n{up}\n{'[' * 9000}")])).up_s == 0


def test_what_is_no_lease_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "lease").write_text("{}")
    with pytest.raises(DeviceError, match=r"dut: .*lease is there, but is no lease .*--force"):
        acquire(transport(tmp_path), "01RUN", 10)
    assert (tmp_path / "lease").read_text() == "{}"


def test_a_lease_that_was_lost_is_noticed(tmp_path: Path) -> None:
    held = acquire(transport(tmp_path), "01RUN", 10)
    rewrite(tmp_path, owner="ana", session="another")
    with pytest.raises(DeviceError, match="dut: the lease was lost to ana on "):
        held.note([Change("x", "y", "z")])


@pytest.mark.fault("lease holder dead: while it took the lease", place="host")
def test_a_lock_left_by_a_crash_is_overcome(tmp_path: Path) -> None:
    (tmp_path / "lease.swap").mkdir()
    acquire(transport(tmp_path), "01RUN", 10).release()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    made = transport(tmp_path)
    made.lease_path = "/proc/lease"
    with pytest.raises(TransportError, match=r"dut: the lease /proc/lease cannot be written: "):
        acquire(made, "01RUN", 10)


def test_it_is_renewed_when_half_of_its_time_is_over(tmp_path: Path) -> None:
    held = acquire(transport(tmp_path), "01RUN", 10)
    before = (tmp_path / "lease").read_text()
    held.renew()
    assert (tmp_path / "lease").read_text() == before
    held._offset_s += 1000.0
    held.renew()
    now = look(transport(tmp_path)).lease
    assert now is not None
    assert now.expires_s > json.loads(before)["expires_s"] + 900
    held.release()
