"""What breaks between here and a real OpenSSH server ends in a typed error, in time."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchhub.devices.ssh.link import SshLink
from benchhub.errors import ConnectionLostError

from ..rigs.common.faultproxy import FaultProxy
from ..rigs.fixtures import Listening
from ..rigs.sshd_device import Sshd
from .ssh_lab import Lab, a_lab, run, within

Proxies = Callable[[Listening], FaultProxy]
LOST = "^dut: the connection to bench@127.0.0.1:[0-9]+ broke while "


@pytest.fixture
def lab(sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    # The same limits, sooner: a test waits for them.
    monkeypatch.setattr("benchhub.devices.ssh.link.STALL_S", 2.0)
    monkeypatch.setattr("benchhub.devices.ssh.link.CANCEL_S", 1.5)
    monkeypatch.setattr("benchhub.devices.ssh.link.OPEN_S", 2.0)
    monkeypatch.setattr("benchhub.devices.ssh.connection.OPEN_S", 2.0)
    with a_lab(sshd, tmp_path, monkeypatch) as made:
        made.configure("ConnectTimeout 2")
        yield made
        sshd.thaw()


@pytest.fixture
def big(tmp_path: Path) -> Path:
    path = tmp_path / "big"
    path.write_bytes(bytes(20_000_000))
    return path


def soon(action: Callable[[], object], after_s: float = 0.5) -> None:
    timer = threading.Timer(after_s, action)
    timer.daemon = True
    timer.start()


@pytest.mark.fault("power loss: before the connection", place="ssh")
def test_nobody_listens(lab: Lab, sshd: Sshd) -> None:
    sshd.power_off()
    with within(2), pytest.raises(ConnectionLostError, match="^dut: .* refuses the connection"):
        lab.open()


def test_a_name_that_is_not_found(lab: Lab) -> None:
    with within(15), pytest.raises(ConnectionLostError, match="^dut: .*'no.such.invalid'"):
        lab.open(address="no.such.invalid")


@pytest.mark.fault("link stalled: before the greeting", place="ssh")
def test_a_peer_that_says_nothing(lab: Lab, sshd: Sshd, fault_proxy: Proxies) -> None:
    proxy = fault_proxy(sshd)
    proxy.silent = True
    with within(5), pytest.raises(ConnectionLostError, match="^dut: .* did not answer .* 2 s"):
        lab.open(port=proxy.port)


@pytest.mark.fault("daemon frozen: before the greeting", place="ssh")
def test_a_frozen_server_does_not_greet(lab: Lab, sshd: Sshd) -> None:
    sshd.freeze()
    with within(5), pytest.raises(ConnectionLostError, match="^dut: .* did not answer .* 2 s"):
        lab.open()


@pytest.mark.fault("link cut: before the greeting", place="ssh")
def test_a_peer_that_closes_at_once(lab: Lab, sshd: Sshd, fault_proxy: Proxies) -> None:
    proxy = fault_proxy(sshd)
    proxy.arm("cut", "down", after=0)
    with within(5), pytest.raises(ConnectionLostError, match="^dut: .* without a greeting"):
        lab.open(port=proxy.port)


def test_a_web_server(lab: Lab) -> None:
    class Quiet(http.server.BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Nothing on stderr."""

    with http.server.HTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            with within(5), pytest.raises(ConnectionLostError, match="^dut: .* no SSH server"):
                lab.open(port=server.server_address[1])
        finally:
            server.shutdown()


# The last one is within the log-in, and no refusal of our key.
@pytest.mark.fault("link cut: {after} bytes into the handshake", place="ssh")
@pytest.mark.parametrize("after", [5, 400, 1500, 1720])
def test_a_handshake_that_is_cut(lab: Lab, sshd: Sshd, fault_proxy: Proxies, after: int) -> None:
    lab.through(proxy := fault_proxy(sshd)).close()
    proxy.arm("cut", "down", after=after)
    with within(5), pytest.raises(ConnectionLostError, match="^dut: "):
        lab.open(port=proxy.port)


@pytest.mark.fault("link stalled: {after} bytes into the handshake", place="ssh")
@pytest.mark.parametrize("after", [5, 400, 1500])
def test_a_handshake_that_stalls(lab: Lab, sshd: Sshd, fault_proxy: Proxies, after: int) -> None:
    lab.through(proxy := fault_proxy(sshd)).close()
    proxy.arm("stall", "down", after=after)
    with within(7), pytest.raises(ConnectionLostError, match="^dut: "):
        lab.open(port=proxy.port)


@pytest.mark.fault("link cut: in the middle of a packet ({kind})", place="ssh")
@pytest.mark.parametrize("kind", ["cut", "reset"])
def test_output_cut_in_the_middle_of_a_packet_is_no_result(
    lab: Lab, sshd: Sshd, fault_proxy: Proxies, kind: str
) -> None:
    link = lab.through(proxy := fault_proxy(sshd))
    proxy.arm(kind, "down", after=100, min_block=1000)
    with within(3), pytest.raises(ConnectionLostError, match=LOST):
        run(link, "seq 1 20000")


@pytest.mark.fault("link cut: between commands", place="ssh")
def test_a_link_dies_with_its_connection(lab: Lab, sshd: Sshd, fault_proxy: Proxies) -> None:
    link = lab.through(proxy := fault_proxy(sshd))
    other = link.sibling()
    proxy.drop()
    for one in (link, other):
        with within(3), pytest.raises(ConnectionLostError, match=LOST):
            run(one, "true")
        one.close()


def ends(when: str) -> list[Any]:
    """The ways in which a server ends."""
    kinds = {"kill_sessions": "daemon killed", "power_off": "power loss"}
    return [
        pytest.param(how, marks=pytest.mark.fault(f"{kind}: {when}", place="ssh"))
        for how, kind in kinds.items()
    ]


@pytest.mark.parametrize("how", ends("during a command"))
def test_the_server_dies_during_a_command(lab: Lab, sshd: Sshd, how: str) -> None:
    link = lab.open()
    soon(getattr(sshd, how))
    with within(4), pytest.raises(ConnectionLostError, match=LOST):
        run(link, "echo begun; sleep 9")


@pytest.mark.parametrize("how", ends("between commands"))
def test_the_server_dies_between_commands(lab: Lab, sshd: Sshd, how: str, tmp_path: Path) -> None:
    link = lab.open()
    getattr(sshd, how)()
    with within(4), pytest.raises(ConnectionLostError, match=LOST):
        run(link, "true")
    with within(4), pytest.raises(ConnectionLostError, match=LOST):
        link.receive("x", tmp_path / "back")


def test_the_server_dies_and_a_new_connection_works(lab: Lab, sshd: Sshd) -> None:
    link = lab.open()
    sshd.restart()
    with pytest.raises(ConnectionLostError, match=LOST):
        run(link, "true")
    assert run(lab.open(), "echo again")[1] == "again\n"


def slow_link(lab: Lab, proxy: FaultProxy) -> SshLink:
    link = lab.through(proxy)
    proxy.rate["up"] = proxy.rate["down"] = 5e6
    return link


@pytest.mark.fault("daemon killed: during a push", place="ssh")
@pytest.mark.fault("daemon killed: during a pull", place="ssh")
def test_the_server_dies_during_send_and_receive(
    lab: Lab, sshd: Sshd, fault_proxy: Proxies, big: Path, tmp_path: Path
) -> None:
    link = slow_link(lab, fault_proxy(sshd))
    soon(sshd.kill_sessions)
    with within(4), pytest.raises(ConnectionLostError, match=LOST):
        link.send(big, "x")
    link = slow_link(lab, fault_proxy(sshd))
    run(link, "head -c 20000000 /dev/zero >x")
    soon(sshd.kill_sessions)
    with within(4), pytest.raises(ConnectionLostError, match=LOST):
        link.receive("x", tmp_path / "back")
    assert not list(tmp_path.glob("*back*"))
    assert not list(tmp_path.glob(".back*"))


@pytest.mark.fault("link stalled: during a push (its {direction} side)", place="ssh")
@pytest.mark.fault("link stalled: during a pull", place="ssh")
@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_transfer_that_stalls(
    lab: Lab, sshd: Sshd, fault_proxy: Proxies, big: Path, tmp_path: Path, direction: str
) -> None:
    link = lab.through(proxy := fault_proxy(sshd))
    run(link, "head -c 20000000 /dev/zero >x")
    proxy.arm("stall", direction, after=3_000_000 if direction == "up" else 300)
    with within(6), pytest.raises(ConnectionLostError, match="^dut: .* nothing came for 2 s"):
        link.send(big, "y")
    proxy.heal()
    link = lab.open(port=proxy.port)
    proxy.arm("stall", "down", after=3_000_000)
    with within(6), pytest.raises(ConnectionLostError, match="^dut: .* nothing came for 2 s"):
        link.receive("x", tmp_path / "back")
    assert not (tmp_path / "back").exists()


@pytest.mark.fault("link stalled: for a moment", place="ssh")
def test_a_transfer_that_pauses_goes_on(
    lab: Lab, sshd: Sshd, fault_proxy: Proxies, big: Path
) -> None:
    link = lab.through(proxy := fault_proxy(sshd))
    proxy.arm("stall", "up", after=3_000_000, seconds=1)
    link.send(big, "y")
    assert (sshd.home / "y").stat().st_size == 20_000_000


@pytest.mark.fault("link slow: during a push", place="ssh")
def test_a_slow_transfer_takes_its_time(lab: Lab, sshd: Sshd, fault_proxy: Proxies) -> None:
    link = lab.through(proxy := fault_proxy(sshd))
    proxy.rate["up"] = 1e6
    local = lab.workspace.root / "local"
    local.write_bytes(bytes(5_000_000))
    began = time.monotonic()
    link.send(local, "y")
    assert time.monotonic() - began > 2.5  # longer than nothing may move
    assert (sshd.home / "y").stat().st_size == 5_000_000


@pytest.mark.fault("daemon frozen: during a command", place="ssh")
def test_a_frozen_server_during_a_command(lab: Lab, sshd: Sshd) -> None:
    link = lab.open()
    soon(sshd.freeze)
    with within(5), pytest.raises(ConnectionLostError, match="^dut: .*cancelling"):
        run(link, "sleep 9", timeout_s=1)


@pytest.mark.fault("daemon frozen: between commands", place="ssh")
def test_a_frozen_server_between_commands(lab: Lab, sshd: Sshd) -> None:
    link = lab.open()
    run(link, "true")  # its process has its final name now
    sshd.freeze()
    with within(5), pytest.raises(ConnectionLostError, match="^dut: .* nothing came for 2 s"):
        run(link, "true")
    with within(5):
        link.close()


@pytest.mark.fault("daemon frozen: during a push", place="ssh")
def test_a_frozen_server_during_a_send(
    lab: Lab, sshd: Sshd, fault_proxy: Proxies, big: Path
) -> None:
    link = slow_link(lab, fault_proxy(sshd))
    soon(sshd.freeze)
    with within(6), pytest.raises(ConnectionLostError, match="^dut: .* nothing came for 2 s"):
        link.send(big, "x")


def test_nothing_is_said_on_stderr(
    lab: Lab, sshd: Sshd, fault_proxy: Proxies, capfd: pytest.CaptureFixture[str]
) -> None:
    link = lab.through(proxy := fault_proxy(sshd))
    proxy.arm("reset", "down", after=100, min_block=1000)
    with pytest.raises(ConnectionLostError):
        run(link, "seq 1 20000")
    link.close()
    time.sleep(0.3)
    assert capfd.readouterr() == ("", "")
