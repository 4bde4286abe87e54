"""The keys a device lets us in by."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from benchhub.devices.adb.keys import RsaKey, find_keys, make_key
from benchhub.errors import ConfigError


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home" / ".android").mkdir(parents=True)
    return tmp_path / "home"


def test_a_key_is_made_once_and_only_for_its_owner(tmp_path: Path, home: Path) -> None:
    state = tmp_path / ".benchhub"
    (key,) = find_keys("px", None, state, {"HOME": str(home)})
    path = state / "adbkey"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in state.iterdir()] == ["adbkey"]
    (again,) = find_keys("px", None, state, {"HOME": str(home)})
    assert again.GetPublicKey() == key.GetPublicKey()
    make_key("px", path)
    assert RsaKey("px", path).GetPublicKey() == key.GetPublicKey()


def test_the_public_key_is_that_of_adb(tmp_path: Path, adb_key: Path) -> None:
    public = adb_key.with_name("adbkey.pub").read_bytes()
    key = RsaKey("px", adb_key)
    assert key.GetPublicKey().split()[0] == public.split()[0]
    assert len(key.Sign(b"x" * 20)) == 256
    assert len(key.fingerprint) == 47


def test_keys_of_adb_come_first(tmp_path: Path, home: Path) -> None:
    paths = [home / ".android" / "adbkey", tmp_path / "vendor" / "a.adb_key", tmp_path / "one"]
    for path in paths:
        make_key("px", path)
    environment = {"HOME": str(home), "ANDROID_VENDOR_KEYS": f"{tmp_path / 'vendor'}:{paths[2]}"}
    keys = find_keys("px", None, tmp_path / ".benchhub", environment)
    wanted = [RsaKey("px", path).GetPublicKey() for path in paths]
    assert [key.GetPublicKey() for key in keys] == wanted
    assert not (tmp_path / ".benchhub").exists()
    (chosen,) = find_keys("px", paths[1], tmp_path / ".benchhub", environment)
    assert chosen.GetPublicKey() == wanted[1]


def test_a_broken_key_is_named(tmp_path: Path) -> None:
    path = tmp_path / "adbkey"
    with pytest.raises(ConfigError, match=rf"^px: the key {path} cannot be read: No such file"):
        find_keys("px", path, tmp_path)
    path.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    with pytest.raises(ConfigError, match=rf"^px: {path} is not a private key for adb"):
        find_keys("px", path, tmp_path)
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(pem)
    with pytest.raises(ConfigError, match="RSA with 2048 bits"):
        find_keys("px", path, tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, home: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(ConfigError, match="cannot make the key"):
        find_keys("px", None, blocked / ".benchhub", {"HOME": str(home)})
