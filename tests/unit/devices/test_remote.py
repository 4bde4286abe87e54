"""The transport over a link, with real shells and without a network in between."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchhub.devices.link import CANCEL_S, Ended
from benchhub.devices.output import BoundedOutput
from benchhub.devices.remote import RemoteTransport
from benchhub.errors import CommandTimeoutError, ConnectionLostError, TransportError

SHELLS = ("dash", "bash", "mksh", "busybox sh")


class ShellLink:
    """Runs lines in a shell of this machine, with paths below a folder."""

    def __init__(self, shell: str, root: Path) -> None:
        self.shell = shell
        self.root = root
        self.running: subprocess.Popen[bytes] | None = None
        self.sent = 0

    def execute(
        self, command: str, stdout: BoundedOutput, stderr: BoundedOutput, *, timeout_s: float
    ) -> Ended:
        process = subprocess.Popen(
            [*self.shell.split(), "-c", command],
            cwd=self.root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.running = process
        cancelled = False
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            cancelled = True
        if cancelled:
            assert process.stdin is not None
            process.stdin.close()
            process.stdin = None
            process.wait(CANCEL_S)
        out, err = process.communicate()
        stdout.feed(out)
        stderr.feed(err)
        if process.returncode < 0:
            raise ConnectionLostError("dut: the line was cut.")
        return Ended(process.returncode, cancelled)

    def send(self, local: Path, remote: str) -> None:
        self.sent += 1
        shutil.copyfile(local, self.root / remote)

    def receive(self, remote: str, local: Path) -> None:
        shutil.copyfile(self.root / remote, local)

    def sibling(self) -> ShellLink:
        return ShellLink(self.shell, self.root)

    def close(self) -> None:
        if self.running is not None and self.running.poll() is None:
            self.running.kill()


@pytest.fixture(params=SHELLS)
def link(request: pytest.FixtureRequest, tmp_path: Path) -> ShellLink:
    program = request.param.split()[0]
    if shutil.which(program) is None:
        need = f"needs the shell {program}: apt-get install {program}"
        if os.environ.get("BENCHHUB_REQUIRE_RIGS") == "1":
            pytest.fail(need, pytrace=False)
        pytest.skip(need)
    return ShellLink(request.param, tmp_path)


@pytest.fixture
def transport(link: ShellLink) -> Iterator[RemoteTransport]:
    made = RemoteTransport("dut", "a folder", lambda: link)
    yield made
    made.close()


def alive(word: str) -> bool:
    return subprocess.run(["pgrep", "-f", word], capture_output=True, check=False).returncode == 0


def test_the_folder_is_made_and_commands_run_there(
    transport: RemoteTransport, link: ShellLink
) -> None:
    result = transport.run(["pwd"], timeout_s=10, env={"A": "x"})
    assert result.stdout == f"{link.root}/a folder\n"


def test_a_timeout_ends_the_tree(transport: RemoteTransport) -> None:
    stubborn = "setsid sh -c 'trap \"\" HUP TERM; sleep 98632'"
    script = f"echo begun; setsid sleep 98631 & ({stubborn} &); sleep 98633"
    with pytest.raises(CommandTimeoutError, match=r"dut: `sh` did not end within 0.3 s") as caught:
        transport.run(["sh", "-c", script], timeout_s=0.3)
    assert caught.value.result.stdout == "begun\n"
    assert not alive("sleep 9863")


def test_a_line_that_is_cut_ends_the_tree(transport: RemoteTransport, link: ShellLink) -> None:
    """The end of standard input is all that a guard learns; SIGKILL is the worst case."""
    threading.Timer(0.3, link.close).start()
    with pytest.raises(ConnectionLostError):
        transport.run(["sh", "-c", "sleep 98634"], timeout_s=20)
    transport.run(["true"], timeout_s=10)
    assert not alive("sleep 98634")


@pytest.mark.parametrize("code", ["HUP", "TERM"])
def test_a_guard_that_is_told_to_end_ends_the_tree(
    transport: RemoteTransport, link: ShellLink, code: str
) -> None:
    def signal() -> None:
        assert link.running is not None
        subprocess.run(["kill", f"-{code}", str(link.running.pid)], check=True)

    threading.Timer(0.3, signal).start()
    began = time.monotonic()
    transport.run(["sh", "-c", "sleep 98635"], timeout_s=20)
    assert time.monotonic() - began < 5
    assert not alive("sleep 98635")


def test_signals_and_codes(transport: RemoteTransport) -> None:
    assert transport.run(["sh", "-c", "kill -SEGV $$"], timeout_s=10).returncode == -11
    assert transport.run(["sh", "-c", "exit 3"], timeout_s=10).returncode == 3


def test_why_a_program_does_not_start(transport: RemoteTransport, link: ShellLink) -> None:
    transport.run(["true"], timeout_s=10)
    (link.root / "a folder" / "text").write_text("x")
    with pytest.raises(TransportError, match=r"dut: \./text is not executable there\..*noexec"):
        transport.run(["./text"], timeout_s=10)
    with pytest.raises(TransportError, match=r"dut: nothing-like-it does not exist\."):
        transport.run(["nothing-like-it"], timeout_s=10)


def test_a_folder_that_cannot_be_made(link: ShellLink) -> None:
    (link.root / "file").write_text("x")
    transport = RemoteTransport("dut", "file/folder", lambda: link)
    with pytest.raises(TransportError, match=r"dut: the folder file/folder cannot be made"):
        transport.run(["true"], timeout_s=10)


def test_push_is_complete_or_not_there(
    transport: RemoteTransport, link: ShellLink, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x" * 1000)
    transport.push(source, "deep/er/tool $(id)", mode=0o755)
    target = link.root / "a folder" / "deep" / "er" / "tool $(id)"
    assert target.read_bytes() == b"x" * 1000
    assert target.stat().st_mode & 0o777 == 0o755

    def half(local: Path, remote: str) -> None:
        (link.root / remote).write_bytes(local.read_bytes()[:10])

    link.send = half  # type: ignore[method-assign]
    with pytest.raises(
        TransportError, match=r"dut: cannot copy .* to x: its content is not what it should be"
    ):
        transport.push(source, "x")
    assert sorted(path.name for path in (link.root / "a folder").iterdir()) == ["deep"]


def test_a_sibling_carries_the_same_mark(transport: RemoteTransport) -> None:
    script = ["sh", "-c", "echo $BENCHHUB_PROCESS_TOKEN"]
    tokens = {way.run(script, timeout_s=10).stdout for way in (transport, transport.sibling())}
    assert len(tokens) == 2
    assert all(token.startswith(transport.session) for token in tokens)


def test_closed_is_closed(transport: RemoteTransport) -> None:
    transport.close()
    with pytest.raises(ConnectionLostError, match="dut"):
        transport.run(["true"], timeout_s=1)
