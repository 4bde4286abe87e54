"""Keys, host keys and ssh_config against a real OpenSSH server."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchhub.devices.ssh.known_hosts import HostKey, read_known_keys
from benchhub.devices.ssh.trust import known_keys, offered_key, trust, trusted_file
from benchhub.errors import AccessError, ConfigError, ConnectionLostError

from ..rigs.fixtures import MakeSshd
from ..rigs.sshd_device import Sshd
from .ssh_lab import Lab, a_lab, run, within


@pytest.fixture
def lab(sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    with a_lab(sshd, tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A running ssh-agent without keys."""
    path = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
    for _ in range(100):
        if subprocess.run(["ssh-add", "-l"], capture_output=True, check=False).returncode != 2:
            break
    yield path
    process.send_signal(signal.SIGCONT)
    process.terminate()
    process.wait(5)


def add_to_agent(key: Path, folder: Path, passphrase: str = "") -> None:
    own = folder / f"{key.name}-to-add"
    shutil.copy(key, own)
    own.chmod(0o600)
    if passphrase:
        command = ["ssh-keygen", "-p", "-q", "-P", passphrase, "-N", "", "-f", own]
        subprocess.run(command, check=True, capture_output=True)
    subprocess.run(["ssh-add", own], check=True, capture_output=True)
    own.unlink()


def refused(lab: Lab, text: str, **other: object) -> None:
    with within(8), pytest.raises(AccessError, match=f"^dut: .*{text}"):
        lab.open(**other)


@pytest.mark.parametrize("name", ["client", "client_rsa"])
def test_a_key_file(lab: Lab, sshd: Sshd, name: str) -> None:
    assert run(lab.open(identity=str(sshd.keys / name)), "echo in")[1] == "in\n"


def test_a_key_that_is_not_authorised(lab: Lab, sshd: Sshd) -> None:
    refused(lab, "does not accept our key .*stranger", identity=str(sshd.keys / "stranger"))


def test_more_keys_than_the_server_looks_at(lab: Lab, tmp_path: Path) -> None:
    """It ends the connection then, which is no broken one."""
    keys = [tmp_path / f"key{i}" for i in range(9)]
    for key in keys:
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    lab.configure(*(f"IdentityFile {key}" for key in keys))
    refused(lab, "does not accept our key .*key0, .*key8", identity=None)


def test_a_key_file_that_is_not_there(lab: Lab) -> None:
    refused(lab, "there is no key file /no/such/key.* `identity:`", identity="/no/such/key")


def test_a_key_file_that_is_none(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("no key")
    refused(lab, "cannot read the key file", identity=str(tmp_path / "key"))


def test_no_key_at_all(lab: Lab) -> None:
    refused(lab, "there is no key to log in with.*ssh-keygen", identity=None)


def test_a_locked_key_needs_the_agent(lab: Lab, sshd: Sshd, agent: Path, tmp_path: Path) -> None:
    locked = sshd.keys / "client_locked"
    refused(lab, f"{locked} is locked .* ssh-add {locked}", identity=str(locked))
    add_to_agent(locked, tmp_path, "bench")
    assert run(lab.open(identity=str(locked)), "echo in")[1] == "in\n"


def test_a_locked_key_without_its_pub_file_is_found_in_the_agent(
    lab: Lab, sshd: Sshd, agent: Path, tmp_path: Path
) -> None:
    shutil.copy(sshd.keys / "client_locked", tmp_path / "mine")
    add_to_agent(sshd.keys / "client_locked", tmp_path, "bench")
    assert run(lab.open(identity=str(tmp_path / "mine")), "echo in")[1] == "in\n"


@pytest.mark.parametrize("name", ["client", "client_rsa"])
def test_the_agent_alone(lab: Lab, sshd: Sshd, agent: Path, tmp_path: Path, name: str) -> None:
    add_to_agent(sshd.keys / name, tmp_path)
    assert run(lab.open(identity=None), "echo in")[1] == "in\n"


def test_a_named_key_is_the_only_one(lab: Lab, sshd: Sshd, agent: Path, tmp_path: Path) -> None:
    add_to_agent(sshd.keys / "client", tmp_path)
    refused(lab, "does not accept our key", identity=str(sshd.keys / "stranger"))


def test_a_dead_agent_is_as_none(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", "/no/such/agent")
    assert run(lab.open(), "echo in")[1] == "in\n"


def test_a_frozen_agent_does_not_stop_us(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchhub.devices.ssh.keys.AGENT_S", 0.5)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "silent"))
        silent.listen()
        monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "silent"))
        with within(5):
            assert run(lab.open(), "echo in")[1] == "in\n"


def test_the_usual_key_in_the_home(lab: Lab, sshd: Sshd) -> None:
    folder = Path(os.environ["HOME"], ".ssh")
    folder.mkdir()
    shutil.copy(sshd.key, folder / "id_ed25519")
    assert run(lab.open(identity=None), "echo in")[1] == "in\n"


def test_another_user(lab: Lab) -> None:
    refused(lab, "nobody@.* does not accept our key", user="nobody")


def fingerprint(public: Path) -> str:
    command = ["ssh-keygen", "-l", "-E", "sha256", "-f", public]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[1]


def test_an_unknown_host_key_is_refused_until_it_is_trusted(lab: Lab, sshd: Sshd) -> None:
    trusted_file(lab.workspace).unlink()
    now = fingerprint(sshd.keys / "host.pub")
    with pytest.raises(AccessError) as caught:
        lab.open()
    assert str(caught.value) == (
        f"dut: host key is not known ({now}). Trust it: benchhub devices trust dut"
    )
    offered = offered_key(lab.file(), lab.workspace)
    assert (offered.key.fingerprint, offered.known, offered.is_device) == (now, (), True)
    trust(offered.hop, offered.key, lab.workspace)
    assert offered_key(lab.file(), lab.workspace).is_trusted
    assert run(lab.open(), "echo in")[1] == "in\n"


def test_a_changed_host_key_is_refused_until_it_is_trusted(lab: Lab, sshd: Sshd) -> None:
    was = fingerprint(sshd.keys / "host.pub")
    sshd.new_host_key()
    now = fingerprint(sshd.keys / "host.pub")
    with pytest.raises(AccessError) as caught:
        lab.open()
    assert str(caught.value) == (
        f"dut: host key changed (was {was}, is {now}). "
        "If the board was reinstalled: benchhub devices trust dut"
    )
    offered = offered_key(lab.file(), lab.workspace)
    trust(offered.hop, offered.key, lab.workspace)
    assert [key.fingerprint for key in known_keys(lab.file(), lab.workspace)] == [now]
    assert run(lab.open(), "echo in")[1] == "in\n"


def test_a_host_key_that_the_user_knows(lab: Lab, sshd: Sshd) -> None:
    trusted_file(lab.workspace).unlink()
    lab.configure(f'UserKnownHostsFile "{sshd.known_hosts}"')
    assert run(lab.open(), "echo in")[1] == "in\n"


def test_an_outdated_key_of_the_user_does_not_matter_after_trust(lab: Lab, sshd: Sshd) -> None:
    lab.configure(f'UserKnownHostsFile "{sshd.known_hosts}"')
    sshd.new_host_key()
    offered = offered_key(lab.file(), lab.workspace)
    trust(offered.hop, offered.key, lab.workspace)
    assert run(lab.open(), "echo in")[1] == "in\n"


def test_a_revoked_host_key(lab: Lab) -> None:
    file = trusted_file(lab.workspace)
    file.write_text(file.read_text() + "@revoked * " + file.read_text().split(" ", 1)[1])
    refused(lab, "marked as revoked")


def test_hashed_names_as_ssh_keygen_makes_them(lab: Lab) -> None:
    file = trusted_file(lab.workspace)
    subprocess.run(["ssh-keygen", "-H", "-f", file], check=True, capture_output=True)
    assert "127.0.0.1" not in file.read_text()
    assert run(lab.open(), "echo in")[1] == "in\n"


def test_a_host_of_ssh_config(lab: Lab, sshd: Sshd) -> None:
    lab.configure(
        "Host board",
        f"  HostName {sshd.host}",
        f"  Port {sshd.port}",
        f"  User {sshd.user}",
        f"  IdentityFile {sshd.key}",
    )
    link = lab.open(address="board", port=None, user=None, identity=None)
    assert run(link, "id -un")[1] == f"{sshd.user}\n"


def jumps(lab: Lab, jump: Sshd) -> None:
    lab.configure(
        "Host jump",
        f"  HostName {jump.host}",
        f"  Port {jump.port}",
        f"  User {jump.user}",
        f"  IdentityFile {jump.key}",
        "Host board",
        f"  HostName {lab.machine.host}",
        f"  Port {lab.machine.port}",
        "  ProxyJump jump",
        "Host far",
        f"  HostName {lab.machine.host}",
        f"  Port {lab.machine.port}",
        "  ProxyJump jump,board",
        "Match all",
        f"  User {jump.user}",
        f"  IdentityFile {lab.machine.key}",
    )


def test_through_jump_hosts(lab: Lab, make_sshd: MakeSshd, tmp_path: Path) -> None:
    jump = make_sshd()
    jumps(lab, jump)
    source = tmp_path / "source"
    source.write_bytes(os.urandom(5_000_000))
    refused(lab, f"host key of jump host {jump.address} is not known", address="board", port=None)
    file = lab.file(address="board", port=None)
    offered = offered_key(file, lab.workspace)
    assert (offered.hop.port, offered.is_device) == (jump.port, False)
    trust(offered.hop, offered.key, lab.workspace)
    assert offered_key(file, lab.workspace).is_device
    for address in ("board", "far"):
        link = lab.open(address=address, port=None)
        assert run(link, "echo $SSH_CONNECTION")[1].endswith(f" {lab.machine.port}\n")
        link.send(source, "x")
        link.receive("x", tmp_path / "back")
        assert (tmp_path / "back").read_bytes() == source.read_bytes()
    jump.power_off()
    with within(4), pytest.raises(ConnectionLostError, match="^dut: "):
        run(link, "sleep 9")


def test_a_device_that_is_off_behind_a_jump_host(lab: Lab, make_sshd: MakeSshd) -> None:
    jump = make_sshd()
    jumps(lab, jump)
    known = trusted_file(lab.workspace)
    known.write_text(known.read_text() + jump.known_hosts.read_text())
    lab.machine.power_off()
    with (
        within(8),
        pytest.raises(ConnectionLostError, match="^dut: jump host .* does not get through to"),
    ):
        lab.open(address="board", port=None)


def test_a_proxy_command_is_refused(lab: Lab) -> None:
    lab.configure("ProxyCommand nc %h %p")
    with pytest.raises(ConfigError, match="^dut: .*ProxyCommand.*not supported. Use ProxyJump"):
        lab.open()


def test_trust_keeps_the_other_lines(lab: Lab, sshd: Sshd) -> None:
    file = trusted_file(lab.workspace)
    file.write_text("# mine\nother ssh-ed25519 AAAA\n" + file.read_text())
    hop = offered_key(lab.file(), lab.workspace).hop
    trust(hop, HostKey("ssh-ed25519", b"new"), lab.workspace)
    assert file.read_text().startswith("# mine\nother ssh-ed25519 AAAA\n")
    assert read_known_keys([file], hop.known_as).trusted == (HostKey("ssh-ed25519", b"new"),)
    assert sorted(path.name for path in file.parent.iterdir()) == ["known_hosts"]
