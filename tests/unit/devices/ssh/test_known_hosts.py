"""Host keys in known_hosts files, held against ssh-keygen."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchhub.devices.ssh.known_hosts import (
    HostKey,
    host_name,
    keys_in,
    read_known_keys,
    with_key,
)

ED = HostKey("ssh-ed25519", b"one")
RSA = HostKey("ssh-rsa", b"two")


def line(patterns: str, key: HostKey = ED, marker: str = "") -> str:
    return f"{marker} {patterns} {key.kind} {base64.b64encode(key.blob).decode()} note\n".lstrip()


def test_names() -> None:
    assert host_name("Pi4.Local", 22) == "pi4.local"
    assert host_name("10.0.0.7", 2222) == "[10.0.0.7]:2222"


@pytest.mark.parametrize(
    ("patterns", "matches"),
    [
        ("pi4", True),
        ("PI4", True),
        ("other,pi4", True),
        ("pi*", True),
        ("p?4", True),
        ("*,!pi4", False),
        ("!other,pi4", True),
        ("!other", False),
        ("pi", False),
        ("*p*", True),
        ("*" * 2000 + "x", False),
        ("*i" * 2000, False),
        ("[pi4]:22", False),
        ("p[i]4", False),
        ("|1|broken", False),
        ("|1|!!|!!", False),
    ],
)
def test_patterns(patterns: str, matches: bool) -> None:  # noqa: FBT001 - a column of the table
    assert keys_in(line(patterns), "pi4").trusted == ((ED,) if matches else ())


def test_a_name_with_a_port_is_no_pattern_of_letters() -> None:
    assert keys_in(line("[pi4]:2222"), "[pi4]:2222").trusted == (ED,)
    assert keys_in(line("[pi4]:2222"), "p:2222").trusted == ()


def test_markers() -> None:
    text = line("pi4", ED, "@revoked") + line("*", RSA, "@cert-authority") + line("pi4", RSA)
    known = keys_in(text, "pi4")
    assert (known.trusted, known.revoked) == ((RSA,), (ED,))


def test_what_is_no_entry_is_left_alone() -> None:
    text = "# a note\n\npi4\npi4 ssh-ed25519 no*base64\n@revoked\n"
    assert keys_in(text, "pi4").trusted == ()
    assert with_key(text, "pi4", ED) == text + ED.line("pi4")


def test_a_new_key_replaces_those_of_the_host_only() -> None:
    text = line("pi4", RSA) + line("pi4,other", RSA) + line("*.lab") + line("pi4", RSA, "@revoked")
    new = with_key(text, "pi4", ED)
    assert keys_in(new, "pi4").trusted == (ED,)
    assert keys_in(new, "pi4").revoked == (RSA,)
    assert keys_in(new, "other").trusted == (RSA,)
    assert keys_in(new, "x.lab").trusted == (ED,)


def test_the_first_file_comes_first_and_a_missing_one_is_empty(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(line("pi4", RSA))
    (tmp_path / "b").write_text(line("pi4", ED) + line("pi4", RSA))
    files = [tmp_path / "none", tmp_path, tmp_path / "a", tmp_path / "b"]
    assert read_known_keys(files, "pi4").trusted == (RSA, ED)


@pytest.fixture
def real(tmp_path: Path) -> tuple[Path, HostKey]:
    path = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    kind, blob = (tmp_path / "key.pub").read_text().split()[:2]
    return path, HostKey(kind, base64.b64decode(blob))


def test_the_fingerprint_is_that_of_openssh(real: tuple[Path, HostKey]) -> None:
    path, key = real
    told = subprocess.run(
        ["ssh-keygen", "-l", "-E", "sha256", "-f", path], capture_output=True, text=True, check=True
    )
    assert told.stdout.split()[1] == key.fingerprint


def test_ssh_keygen_finds_what_we_wrote_and_we_what_it_hashed(
    real: tuple[Path, HostKey], tmp_path: Path
) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(with_key("", "[pi4]:2222", real[1]))
    found = subprocess.run(
        ["ssh-keygen", "-F", "[pi4]:2222", "-f", file], capture_output=True, text=True, check=True
    )
    assert real[1].line("[pi4]:2222") in found.stdout
    subprocess.run(["ssh-keygen", "-H", "-f", file], capture_output=True, check=True)
    assert keys_in(file.read_text(), "[pi4]:2222").trusted == (real[1],)
    assert keys_in(with_key(file.read_text(), "[pi4]:2222", RSA), "[pi4]:2222").trusted == (RSA,)


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert with_key(text, "pi4", ED).endswith(ED.line("pi4"))
    assert ED in keys_in(with_key(text, "pi4", ED), "pi4").trusted or "!" in text
