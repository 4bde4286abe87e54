"""A fetch over https from a real TLS server whose certificate the test makes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from benchhub.errors import ToolError

from ....rigs.file_server import Answer, Cut, File, FileServer
from .stand import REMOTE, Stand, stand

__all__ = ["stand"]  # pytest finds fixtures here


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Certificate and key of 127.0.0.1, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def secure(stand: Stand, certificate: Path) -> Iterator[FileServer]:
    """The same files over https."""
    with FileServer(certificate) as server:
        server.files[REMOTE] = File(stand.program)
        yield server


def test_a_trusted_server_is_used_and_goes_on_after_a_cut(
    stand: Stand, secure: FileServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    secure.faults += [Cut(200_000), Answer(302, {"Location": f"{secure.url}{REMOTE}"})]
    assert stand.fetch(base=secure.url).read_bytes() == stand.program
    assert [asked.status for asked in secure.asked] == [200, 302, 206]
    assert not stand.said("not encrypted")


def test_it_never_goes_from_https_to_http(
    stand: Stand, secure: FileServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    secure.faults.append(Answer(301, {"Location": f"{stand.server.url}{REMOTE}"}))
    with pytest.raises(ToolError) as caught:
        stand.fetch(base=secure.url)
    assert f"redirects to {stand.server.url}{REMOTE}, which is not encrypted" in str(caught.value)
    assert stand.server.asked == []
    # The other way round is fine.
    stand.server.faults.append(Answer(301, {"Location": f"{secure.url}{REMOTE}"}))
    assert stand.fetch().read_bytes() == stand.program


def test_a_certificate_that_nobody_trusts(stand: Stand, secure: FileServer) -> None:
    with pytest.raises(ToolError) as caught:
        stand.fetch(base=secure.url)
    assert f"the certificate of {secure.place} is not trusted." in str(caught.value)
    assert "REQUESTS_CA_BUNDLE=FILE" in str(caught.value)
    assert secure.asked == []


def test_a_server_that_speaks_no_tls(stand: Stand) -> None:
    with pytest.raises(ToolError, match=r"cannot be reached \(no encrypted connection\)"):
        stand.fetch(base=stand.server.url.replace("http:", "https:"))
