"""The way to a device, put together from its file and ssh_config."""

from __future__ import annotations

import getpass
from pathlib import Path

import paramiko
import pytest

from benchhub.devices.ssh.settings import Hop, Target, parse_jump, resolve
from benchhub.devices.ssh.ssh_config import MOST_BYTES, read_ssh_config
from benchhub.errors import ConfigError


def way(text: str, target: Target) -> tuple[Hop, ...]:
    return resolve("pi4", target, paramiko.SSHConfig.from_text(text))


def test_without_configuration() -> None:
    (hop,) = way("", Target("10.0.0.7"))
    assert (hop.host, hop.port, hop.user) == ("10.0.0.7", 22, getpass.getuser())
    assert (hop.identities, hop.identities_only, hop.known_as) == ((), False, "10.0.0.7")
    assert Path.home() / ".ssh" / "known_hosts" in hop.known_hosts
    assert hop.connect_s == 10


BOARD = """
Host board
  HostName 10.0.0.7
  Port 2200
  User bench
  IdentityFile ~/keys/%r
  IdentityFile none
  IdentityFile /second
  IdentitiesOnly yes
  ConnectTimeout 3
  UserKnownHostsFile "/a b" %d/c
  GlobalKnownHostsFile none
"""


def test_everything_from_the_configuration() -> None:
    (hop,) = way(BOARD, Target("board"))
    assert str(hop) == "10.0.0.7:2200"
    assert hop == Hop(
        host="10.0.0.7",
        port=2200,
        user="bench",
        identities=(Path.home() / "keys" / "bench", Path("/second")),
        identities_only=True,
        known_as="[10.0.0.7]:2200",
        known_hosts=(Path("/a b"), Path.home() / "c"),
        connect_s=3,
    )


def test_the_device_file_wins() -> None:
    (hop,) = way(BOARD, Target("board", "me", 99, "~/mine"))
    assert (hop.user, hop.port, hop.known_as) == ("me", 99, "[10.0.0.7]:99")
    assert (hop.identities, hop.identities_only) == ((Path.home() / "mine",), True)


def test_a_host_key_alias_stands_alone() -> None:
    (hop,) = way("HostKeyAlias Rack-3\nPort 2222", Target("board"))
    assert hop.known_as == "rack-3"


def test_a_chain_of_jump_hosts() -> None:
    text = (
        "Host board\n ProxyJump one,me@two:2200\nHost one\n ProxyJump zero\nHost two\n ProxyJump x"
    )
    hops = way(text, Target("board", "bench"))
    assert [str(hop) for hop in hops] == ["zero:22", "one:22", "two:2200", "board:22"]
    assert [hop.user for hop in hops[2:]] == ["me", "bench"]


def test_no_jump() -> None:
    assert len(way("Host board\n ProxyJump none\nMatch all\n ProxyJump one", Target("board"))) == 1


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("host", Target("host")),
        ("me@host", Target("host", "me")),
        ("me@host:2200", Target("host", "me", 2200)),
        ("ssh://me@host:2200/", Target("host", "me", 2200)),
        ("[fe80::1]:2200", Target("fe80::1", None, 2200)),
        ("fe80::1", Target("fe80::1")),
        ("a@b@host", Target("host", "a@b")),
    ],
)
def test_jump_hosts(text: str, target: Target) -> None:
    assert parse_jump("pi4", text) == target


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ProxyJump me@:22", "`me@:22` is no jump host"),
        ("ProxyJump a:b", "`a:b` is no jump host"),
        ("ProxyJump board", "more than 8 jump hosts, or a circle"),
        ("ProxyCommand nc %h %p", "ProxyCommand for board, which is not supported. Use ProxyJump"),
        ("Port x", "port `x` is no number from 1 to 65535"),
        ("Port " + "2" * 5000, "is no number from 1 to 65535"),
        ("ProxyJump a:" + "2" * 5000, "is no jump host"),
        ("ConnectTimeout 0", "connecttimeout `0` is no number from 1 to 3600"),
        ('UserKnownHostsFile "a', "No closing quotation"),
    ],
)
def test_what_is_wrong_is_told(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match="^pi4: ssh_config") as caught:
        way(text, Target("board"))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("UserKnownHostsFile ~no-such-user/x", Target("board")),
        ("", Target("board", identity="~no-such-user/x")),
    ],
)
def test_the_home_of_nobody(text: str, target: Target) -> None:
    with pytest.raises(ConfigError, match=r"^pi4: ~no-such-user/x: there is no such user"):
        way(text, target)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("BENCHHUB_SSH_CONFIG", raising=False)
    (tmp_path / ".ssh").mkdir()
    return tmp_path


def test_the_file_in_the_home_is_read(home: Path) -> None:
    (home / ".ssh" / "config").write_text("Host board\n  Port 2200\n")
    assert read_ssh_config("pi4").lookup("board")["port"] == "2200"


def test_another_file_is_read_instead(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / ".ssh" / "config").write_text("Port 1\n")
    (home / "mine").write_text("User me\n")
    monkeypatch.setenv("BENCHHUB_SSH_CONFIG", "~/mine")
    found = read_ssh_config("pi4").lookup("board")
    assert (found["user"], found.get("port")) == ("me", None)


def test_includes(home: Path) -> None:
    (home / ".ssh" / "config").write_text("Include parts/*.conf /absent\nUser late\n")
    (home / ".ssh" / "parts").mkdir()
    (home / ".ssh" / "parts" / "a.conf").write_text("Host board\n Port 2200\n")
    (home / ".ssh" / "parts" / "b.conf").write_text("Host other\n Port 99\n")
    found = read_ssh_config("pi4").lookup("board")
    assert (found["port"], found["user"]) == ("2200", "late")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("User me\nPort\n", "config:2: `Port` has no value"),
        ("Host a\n Include x\n", "config:2: Include inside a Host or Match is not supported"),
        ('Match host a !exec "true"\n Port 1\n', "config:1: Match exec is not supported"),
        ("Include config\n", "the files include each other"),
        ("Include config config config\n", "the files include each other"),
        ("Include 'x\n", "config:1: Include `'x`: No closing quotation"),
        ("Include ~no-such-user/x\n", "config:1: Include `~no-such-user/x`"),
        ("Include x\0/*\n", "config:1: Include"),
        ("#" * (MOST_BYTES + 1), "config: larger than 1 MiB"),
        ("Host 'a\n", "Unparsable host"),
    ],
)
def test_a_wrong_file_is_told(home: Path, text: str, message: str) -> None:
    (home / ".ssh" / "config").write_text(text)
    with pytest.raises(ConfigError, match="^pi4: ") as caught:
        read_ssh_config("pi4")
    assert message in str(caught.value)


def test_a_missing_file_that_was_chosen(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHHUB_SSH_CONFIG", "/no/such")
    with pytest.raises(ConfigError, match="^pi4: cannot read /no/such: No such file"):
        read_ssh_config("pi4")
