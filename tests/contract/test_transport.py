"""What every transport has to do; each real one is held by these same tests."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchhub.devices.adb.file import AdbDeviceFile
from benchhub.devices.host import HostTransport
from benchhub.devices.lease import acquire, look
from benchhub.devices.ssh.file import SshDeviceFile
from benchhub.devices.staging import stage, stage_folder
from benchhub.devices.transport import Transport, run_check
from benchhub.errors import (
    CommandFailedError,
    CommandTimeoutError,
    ConnectionLostError,
    DeviceError,
    TransportError,
)
from benchhub.workspace import Workspace

from ..rigs.adb_server import AdbServer
from ..rigs.adbd_device import Adbd
from ..rigs.sshd_device import Sshd
from .workspaces import trusting


def _host(request: pytest.FixtureRequest) -> Transport:
    return HostTransport("dut", request.getfixturevalue("tmp_path"))


def _ssh(request: pytest.FixtureRequest) -> Transport:
    sshd: Sshd = request.getfixturevalue("sshd")
    return SshDeviceFile(
        name="dut",
        transport="ssh",
        address=sshd.host,
        port=sshd.port,
        user=sshd.user,
        identity=str(sshd.key),
        folder='it\'s "the" $(folder)',
    ).open(trusting(request.getfixturevalue("tmp_path"), sshd))


def _adb_direct(request: pytest.FixtureRequest) -> Transport:
    adbd: Adbd = request.getfixturevalue("adbd")
    file = AdbDeviceFile(
        name="dut", transport="adb", address=adbd.address, folder="/data/local/tmp/a folder"
    )
    return file.open(Workspace(request.getfixturevalue("tmp_path")))


def _adb_server(request: pytest.FixtureRequest) -> Transport:
    server: AdbServer = request.getfixturevalue("adb_server")
    serial = server.connect(request.getfixturevalue("adbd"))
    request.getfixturevalue("monkeypatch").setenv("ANDROID_ADB_SERVER_PORT", str(server.port))
    file = AdbDeviceFile(name="dut", transport="adb", serial=serial)
    return file.open(Workspace(request.getfixturevalue("tmp_path")))


WAYS = {"host": _host, "ssh": _ssh, "adb direct": _adb_direct, "adb server": _adb_server}


@pytest.fixture(params=WAYS)
def transport(request: pytest.FixtureRequest) -> Iterator[Transport]:
    made = WAYS[request.param](request)
    yield made
    made.close()


def alive(transport: Transport, marker: str) -> bool:
    """Say whether a process with that word in its command line is there, zombies aside."""
    lines = "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline; echo; done 2>/dev/null"
    script = f"{lines} | grep '[{marker[0]}]{marker[1:]}'"
    return transport.run(["sh", "-c", script], timeout_s=10).returncode == 0


def test_streams_and_exit_code_are_apart(transport: Transport) -> None:
    result = transport.run(["sh", "-c", "echo out; echo err >&2; exit 7"], timeout_s=10)
    assert (result.stdout, result.stderr, result.returncode) == ("out\n", "err\n", 7)
    assert 0 < result.seconds < 10


def test_words_arrive_as_they_are(transport: Transport) -> None:
    words = ["a b", "", "$HOME", "`x`", "'", '"', "\\", "é\n", "*", ";", "-n"]
    result = transport.run(["printf", "%s|", *words], timeout_s=10)
    assert result.stdout == "".join(f"{word}|" for word in words)


def test_variables(transport: Transport) -> None:
    result = transport.run(["sh", "-c", 'echo "$A"'], timeout_s=10, env={"A": "x ' y"})
    assert result.stdout == "x ' y\n"


def test_no_standard_input(transport: Transport) -> None:
    assert transport.run(["cat"], timeout_s=10).stdout == ""


def test_a_command_that_is_not_there(transport: Transport) -> None:
    with pytest.raises(TransportError, match="dut: .*no-such-program"):
        transport.run(["./no-such-program"], timeout_s=10)


def test_run_check_says_what_failed(transport: Transport) -> None:
    with pytest.raises(CommandFailedError, match=r"dut: .* exit code 3: gone wrong") as caught:
        run_check(transport, ["sh", "-c", "echo gone wrong >&2; exit 3"])
    assert caught.value.result.returncode == 3


def test_a_timeout_ends_the_whole_process_tree_and_keeps_the_output(transport: Transport) -> None:
    stubborn = "setsid sh -c 'trap \"\" HUP TERM; sleep 97532'"
    script = f"echo begun; setsid sleep 97531 & ({stubborn} &); sleep 97533"
    began = time.monotonic()
    with pytest.raises(CommandTimeoutError, match="did not end within 0.5 s") as caught:
        transport.run(["sh", "-c", script], timeout_s=0.5)
    assert time.monotonic() - began < 5
    assert caught.value.result.stdout == "begun\n"
    assert caught.value.exit_code == 124
    assert not alive(transport, "sleep 9753")


def test_a_daemon_left_behind_is_ended_too(transport: Transport) -> None:
    began = time.monotonic()
    for _ in range(20):  # the child may be anywhere between fork and exec
        transport.run(["sh", "-c", "setsid sleep 97534 & exit 0"], timeout_s=10)
    assert time.monotonic() - began < 5
    assert not alive(transport, "sleep 97534")


def test_a_child_without_our_variables_that_holds_the_pipes_is_ended(
    transport: Transport,
) -> None:
    began = time.monotonic()
    result = transport.run(["sh", "-c", "env -i sleep 97535 & echo x"], timeout_s=10)
    assert time.monotonic() - began < 5
    assert (result.stdout, result.returncode) == ("x\n", 0)
    assert not alive(transport, "sleep 97535")


def test_a_flood_is_bounded_and_keeps_head_and_tail(transport: Transport) -> None:
    script = "echo first >&2; head -c 6000000 /dev/zero | tr '\\0' x >&2; echo; echo last >&2"
    result = transport.run(["sh", "-c", script], timeout_s=60)
    assert result.stderr.startswith("first\n")
    assert result.stderr.endswith("last\n")
    assert len(result.stderr) < 2_000_000
    assert result.truncated_bytes == pytest.approx(6_000_011 - 1_310_720, abs=200)


def test_output_that_is_not_utf8_is_kept_readable(transport: Transport) -> None:
    assert transport.run(["printf", "a\\377b"], timeout_s=10).stdout == "a\ufffdb"


def test_push_and_pull(transport: Transport, tmp_path: Path) -> None:
    source = tmp_path / "source"
    content = bytes(range(256)) * 1000
    source.write_bytes(content)
    transport.push(source, "folder/tool", mode=0o755)
    assert "rwxr-xr-x" in transport.run(["ls", "-l", "folder/tool"], timeout_s=10).stdout
    transport.pull("folder/tool", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == content
    listing = transport.run(["ls", "-A", "folder"], timeout_s=10).stdout
    assert listing == "tool\n"


def test_pull_of_nothing(transport: Transport, tmp_path: Path) -> None:
    with pytest.raises(TransportError, match="dut: cannot read .*nowhere.*No such file"):
        transport.pull("nowhere", tmp_path / "back")


def test_a_pushed_file_replaces_another_and_is_that_file(
    transport: Transport, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    name = "a 'name' $(id) \"x\" `y`;*"
    for content in (b"old", b"new" * 100_000, b""):
        source.write_bytes(content)
        transport.push(source, name)
        transport.pull(name, tmp_path / "back")
        assert (tmp_path / "back").read_bytes() == content


def test_a_sibling_works_beside_a_long_command(transport: Transport) -> None:
    other = transport.sibling()
    long = "until [ -e go ]; do sleep 0.05; done; echo gone"
    ends: list[str] = []
    thread = threading.Thread(
        target=lambda: ends.append(transport.run(["sh", "-c", long], timeout_s=20).stdout)
    )
    thread.start()
    for _ in range(3):
        assert other.run(["echo", "x"], timeout_s=10).stdout == "x\n"
    other.run(["touch", "go"], timeout_s=10)
    thread.join()
    assert ends == ["gone\n"]
    other.close()


def test_close_ends_what_another_thread_runs(transport: Transport) -> None:
    caught: list[BaseException] = []
    other = transport.sibling()

    def work() -> None:
        try:
            transport.run(["sh", "-c", "echo x; sleep 97536"], timeout_s=60)
        except ConnectionLostError as error:
            caught.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not alive(other, "sleep 97536"):
        assert time.monotonic() < deadline
    transport.close()
    thread.join(10)
    assert caught, "run did not end"
    assert "dut" in str(caught[0])
    deadline = time.monotonic() + 5
    while alive(other, "sleep 97536"):
        assert time.monotonic() < deadline
    other.close()


def test_the_second_staging_takes_one_round_trip(
    transport: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "m.tflite"
    source.write_bytes(bytes(range(256)) * 4000)
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    bundle = tmp_path / "bundle"
    (bundle / "lib").mkdir(parents=True)
    (bundle / "tool").write_text("#!/bin/sh\necho $1\n")
    (bundle / "tool").chmod(0o755)
    (bundle / "lib" / "a.so").write_bytes(b"a")
    first = stage(transport, source, digest), stage_folder(transport, bundle)
    assert transport.run([f"./{first[1]}/tool", "works"], timeout_s=10).stdout == "works\n"

    calls: list[object] = []
    run = transport.run

    def counted(argv: object, **options: object) -> object:
        calls.append(argv)
        return run(argv, **options)  # type: ignore[arg-type]

    def no_push(*_: object, **__: object) -> None:
        pytest.fail("bytes were moved")

    monkeypatch.setattr(transport, "run", counted)
    monkeypatch.setattr(transport, "push", no_push)
    assert (stage(transport, source, digest), stage_folder(transport, bundle)) == first
    assert len(calls) == 2


@pytest.mark.fault("two controllers: on one device", place="{transport}")
def test_a_lease_keeps_others_away_until_it_is_given_back(transport: Transport) -> None:
    other = transport.sibling()
    other.session = "another"
    if transport.here:
        transport.lease_path = other.lease_path = str(Path(transport.folder) / "lease")
    held = acquire(transport, "01RUN", 10)
    with pytest.raises(DeviceError, match=r"dut: in use by .* \(pid [0-9]+, run 01RUN\) since "):
        acquire(other, "02RUN", 10)
    held.release()
    assert look(transport).text == ""
    acquire(other, "02RUN", 10).release()
    other.close()
