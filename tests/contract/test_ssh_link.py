"""Commands and files over the link to a real OpenSSH server."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchhub.devices.link import Ended
from benchhub.devices.output import BoundedOutput
from benchhub.devices.ssh.link import SshLink
from benchhub.errors import ConnectionLostError, TransportError

from ..rigs.fixtures import MakeSshd
from ..rigs.sshd_device import Sshd
from .ssh_lab import Lab, a_lab, run, within


@pytest.fixture
def lab(sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    with a_lab(sshd, tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def link(lab: Lab) -> SshLink:
    return lab.open()


def test_streams_and_exit_code_are_apart(link: SshLink) -> None:
    assert run(link, "echo out; echo err >&2; exit 7") == (
        Ended(7, cancelled=False),
        "out\n",
        "err\n",
    )


@pytest.mark.parametrize(("name", "number"), [("SEGV", 11), ("KILL", 9), ("TERM", 15)])
def test_a_signal_is_told_as_a_shell_does(link: SshLink, name: str, number: int) -> None:
    ended, out, _ = run(link, f"echo before; kill -{name} $$")
    assert (ended.returncode, out) == (128 + number, "before\n")


def test_five_megabytes_on_both_streams_at_once(link: SshLink) -> None:
    out, err = BoundedOutput(), BoundedOutput()
    line = (
        "(head -c 5000000 /dev/zero >&2; echo end >&2) & head -c 5000000 /dev/zero; echo end; wait"
    )
    with within(10):
        assert link.execute(line, out, err, timeout_s=20).returncode == 0
    for stream in (out, err):
        assert len(stream.text().replace("\0", "")) < 60
        assert stream.text().endswith("end\n")
        assert stream.dropped == 5_000_004 - (1 << 20) - (1 << 18)


def test_bytes_that_are_no_text(link: SshLink) -> None:
    assert run(link, "printf 'a\\377b'")[1] == "a\ufffdb"


def test_words_that_are_not_ascii_arrive(link: SshLink) -> None:
    assert run(link, "printf %s 'é\n$x`'")[1] == "é\n$x`"


def test_a_line_that_is_too_long_is_not_sent(link: SshLink) -> None:
    assert run(link, f"# {'x' * 120_000}\necho y")[1] == "y\n"
    with pytest.raises(TransportError, match="^dut: a command line of [0-9]+ bytes is too long"):
        run(link, f"# {'x' * 130_000}")


def test_a_nul_byte_is_refused(link: SshLink) -> None:
    with pytest.raises(TransportError, match="^dut: .*NUL"):
        run(link, "echo a\0b")


def test_standard_input_stays_open_until_the_limit_and_then_ends(link: SshLink) -> None:
    began = time.monotonic()
    ended, out, _ = run(link, "echo begun; cat; echo cancelled; exit 3", timeout_s=0.7)
    assert 0.7 <= time.monotonic() - began < 10
    assert (ended, out) == (Ended(3, cancelled=True), "begun\ncancelled\n")


def test_who_holds_the_pipes_is_not_waited_for(link: SshLink, sshd: Sshd) -> None:
    with within(4):
        ended, out, _ = run(link, "sleep 8 & echo x")
    assert (ended, out) == (Ended(0, cancelled=False), "x\n")


def test_a_command_that_ignores_the_cancel_breaks_the_link(
    link: SshLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchhub.devices.ssh.link.CANCEL_S", 1.0)
    with within(4), pytest.raises(ConnectionLostError, match="^dut: .*cancel"):
        run(link, "sleep 8", timeout_s=0.3)
    with pytest.raises(ConnectionLostError, match="^dut: "):
        run(link, "true")


def test_siblings_share_the_connection_and_work_at_once(link: SshLink, lab: Lab) -> None:
    links = [link, *(link.sibling() for _ in range(4))]
    with within(4), ThreadPoolExecutor(5) as pool:
        found = list(pool.map(lambda one: run(one, "echo $SSH_CONNECTION; sleep 1"), links))
    assert len({out for _, out, _ in found}) == 1
    for one in links[1:]:
        one.close()
    assert run(link, "echo still")[1] == "still\n"


def test_the_first_link_may_close_before_its_siblings(link: SshLink) -> None:
    other = link.sibling()
    link.close()
    assert run(other, "echo still")[1] == "still\n"
    other.close()
    with pytest.raises(ConnectionLostError, match="^dut: "):
        run(other, "true")


@pytest.mark.parametrize("siblings", [0, 1])
def test_closing_wakes_who_waits(link: SshLink, siblings: int) -> None:
    others = [link.sibling() for _ in range(siblings)]
    threading.Timer(0.3, link.close).start()
    with within(3), pytest.raises(ConnectionLostError, match="^dut: .*closed here"):
        run(link, "sleep 8")
    for other in others:
        assert run(other, "echo still")[1] == "still\n"
        other.close()


def test_a_session_too_many_is_refused_and_the_others_go_on(link: SshLink) -> None:
    links = [link.sibling() for _ in range(11)]  # MaxSessions is 10
    with ThreadPoolExecutor(11) as pool:
        tries = [pool.submit(run, one, "sleep 1; echo x") for one in links]
    wrong = [str(error) for one in tries if (error := one.exception()) is not None]
    assert len(wrong) == 1
    assert wrong[0].startswith("dut: ")
    assert "MaxSessions" in wrong[0]
    assert sum(one.exception() is None and one.result()[1] == "x\n" for one in tries) == 10
    for one in links:
        one.close()


def content(path: Path, size: int) -> bytes:
    path.write_bytes(os.urandom(size))
    return path.read_bytes()


@pytest.mark.parametrize("size", [0, 1, 3_000_001])
@pytest.mark.parametrize("name", ["plain", "with 'quote and $(x)\nline", "-n"])
def test_send_and_receive(link: SshLink, sshd: Sshd, tmp_path: Path, size: int, name: str) -> None:
    sent = content(tmp_path / "source", size)
    link.send(tmp_path / "source", name)
    assert (sshd.home / name).read_bytes() == sent
    link.receive(name, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == sent


def test_a_login_script_that_prints_does_not_get_into_files(
    link: SshLink, sshd: Sshd, tmp_path: Path
) -> None:
    (sshd.home / ".bashrc").write_text("echo welcome\n")
    assert run(link, "true")[1] == "welcome\n", "the machine does not do what this test needs"
    sent = content(tmp_path / "source", 100_000)
    link.send(tmp_path / "source", "x")
    link.receive("x", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == sent


def test_without_sftp(make_sshd: MakeSshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_lab(make_sshd(no_sftp=True), tmp_path, monkeypatch) as lab:
        link = lab.open()
        sent = content(tmp_path / "source", 100_000)
        link.send(tmp_path / "source", "x")
        link.receive("x", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == sent


def test_what_cannot_be_written_or_read_there(link: SshLink, tmp_path: Path) -> None:
    content(tmp_path / "source", 5_000_000)
    run(link, "mkdir closed; chmod 500 closed; echo x >unreadable; chmod 000 unreadable")
    for remote, reason in [
        ("nowhere/x", "No such file or directory"),
        ("closed/x", "Permission denied"),
        ("closed", "Is a directory"),
    ]:
        with within(5), pytest.raises(TransportError, match=f"^dut: .* {remote}: {reason}"):
            link.send(tmp_path / "source", remote)
    for remote, reason in [
        ("nowhere", "No such file or directory"),
        ("unreadable", "Permission denied"),
        ("closed", "Is a directory"),
    ]:
        with pytest.raises(TransportError, match=f"^dut: cannot read {remote}: {reason}"):
            link.receive(remote, tmp_path / "back")
    assert sorted(path.name for path in tmp_path.iterdir() if "back" in path.name) == []
    assert run(link, "echo still")[1] == "still\n"


@pytest.mark.fault("disk full: during a push", place="ssh")
def test_a_full_disk(make_sshd: MakeSshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_lab(make_sshd(tmpfs_mb=2), tmp_path, monkeypatch) as lab:
        link = lab.open()
        content(tmp_path / "source", 8_000_000)
        with within(5), pytest.raises(TransportError, match="^dut: .* No space left on device"):
            link.send(tmp_path / "source", "x")
        assert run(link, "rm x; echo still")[1] == "still\n"


def test_what_cannot_be_written_or_read_here(link: SshLink, tmp_path: Path) -> None:
    with pytest.raises(TransportError, match="^dut: cannot read .*/absent here: No such file"):
        link.send(tmp_path / "absent", "x")
    run(link, "echo x >there")
    with pytest.raises(TransportError, match="^dut: cannot write .*/absent/back here: No such"):
        link.receive("there", tmp_path / "absent" / "back")
