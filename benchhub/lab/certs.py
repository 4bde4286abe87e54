"""The TLS files of a lab: an authority of its own, and a certificate for each role.

The authority's key signs, and stays where the files are made. A role is told by what its
certificate may be used for: a controller's cannot answer as a scheduler or a host.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from benchhub.errors import UsageError

CA = "ca"
HOST = "host"
ROLES = ("scheduler", HOST, "controller")
MACHINES = "machines"
AUTHORITY_DAYS = 3650
# Clocks of machines differ; a certificate made a minute ago has to be valid on all of them.
SLACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its private key, as files."""

    folder: Path
    name: str

    @property
    def certificate(self) -> Path:
        """What is shown to others."""
        return self.folder / f"{self.name}.pem"

    @property
    def key(self) -> Path:
        """What nobody else may read."""
        return self.folder / f"{self.name}-key.pem"


@dataclass(frozen=True, slots=True)
class Made:
    """What became of one certificate.

    Attributes:
        pair: Its files.
        owner: Role, and machine if it is for one.
        what: `made`, `renewed`, `kept`, or `expired` if it has to be renewed.
        ends: When it ends.
    """

    pair: Pair
    owner: str
    what: str
    ends: datetime


def make(folder: Path, machines: Sequence[str], days: int, *, renewing: bool) -> tuple[Made, ...]:
    """Make what is missing: the authority, a certificate for each role, and for each machine.

    Args:
        folder: Where the files are; made if it is not there.
        machines: Names of hosts; each gets a folder with what has to be copied there.
        days: How long certificates are valid.
        renewing: Replace those that are there, but for the authority.

    Raises:
        UsageError: The authority's key is missing, cannot be read or has expired, or the folder
            cannot be written.
    """
    for name in machines:
        if name in ("", ".", "..") or "/" in name or len(name) > 64:
            raise UsageError(f"'{name}' is no name for a machine.")
    try:
        _private_folder(folder)
        authority = _authority(folder)
        made = [
            _issue(Pair(folder, role), role, authority, days, renewing=renewing) for role in ROLES
        ]
        for name in machines:
            own = folder / MACHINES / name
            _private_folder(folder / MACHINES)
            _private_folder(own)
            owner = f"{HOST} {name}"
            made.append(_issue(Pair(own, HOST), owner, authority, days, renewing=renewing))
            _write(own / f"{CA}.pem", (folder / f"{CA}.pem").read_bytes())
    except OSError as error:
        raise UsageError(
            f"{error.filename or folder}: cannot be written ({error.strerror}).",
            "Choose another folder: benchhub lab certs --folder DIR",
        ) from error
    return tuple(made)


def now() -> datetime:
    """Return the time that certificates are held against."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def _authority(folder: Path) -> _Authority:
    pair = Pair(folder, CA)
    if not pair.certificate.exists() and not pair.key.exists():
        return _make_authority(pair)
    if not pair.key.exists():
        raise UsageError(
            f"{folder}: the key of the authority ({pair.key.name}) is not here.",
            "Make certificates where it is: on the machine of the first `benchhub lab certs`.",
        )
    authority = _read_authority(pair)
    ends = authority.certificate.not_valid_after_utc
    if ends < now():
        raise UsageError(
            f"{pair.certificate}: the authority ended on {ends:%Y-%m-%d}.",
            "Move the folder away, make all files again and copy them to all machines.",
        )
    return authority


def _read_authority(pair: Pair) -> _Authority:
    try:
        certificate = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
        key = load_pem_private_key(pair.key.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(
            f"{pair.certificate}, {pair.key.name}: cannot be read ({error}).",
            "Put them back, or move the folder away and make all files again.",
        ) from error
    fits = key.public_key() == certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not fits:
        raise UsageError(f"{pair.key}: is not the key of {pair.certificate.name}.")
    return _Authority(certificate, key)


def _make_authority(pair: Pair) -> _Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("benchhub lab authority")
    signing = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        _builder(name, name, key, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(signing, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _keep(pair, certificate, key)
    return _Authority(certificate, key)


def _issue(pair: Pair, owner: str, authority: _Authority, days: int, *, renewing: bool) -> Made:
    there = pair.certificate.exists() and pair.key.exists()
    if there and not renewing:
        ends = _end_of(pair)
        return Made(pair, owner, "kept" if ends > now() else "expired", ends)
    key = ec.generate_private_key(ec.SECP256R1())
    uses = [ExtendedKeyUsageOID.CLIENT_AUTH]
    if pair.name != "controller":  # they listen, too
        uses.append(ExtendedKeyUsageOID.SERVER_AUTH)
    issuer = authority.certificate
    certificate = (
        _builder(_name(f"benchhub lab {owner}"), issuer.subject, key, days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
        .sign(authority.key, hashes.SHA256())
    )
    _keep(pair, certificate, key)
    return Made(pair, owner, "renewed" if there else "made", certificate.not_valid_after_utc)


def _end_of(pair: Pair) -> datetime:
    try:
        certificate = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
    except ValueError as error:
        raise UsageError(
            f"{pair.certificate}: is no certificate.", "Make it again: benchhub lab certs --renew"
        ) from error
    return certificate.not_valid_after_utc


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    moment = now()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - SLACK)
        .not_valid_after(moment + timedelta(days=days))
    )


def _keep(pair: Pair, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write(pair.key, text)
    _write(pair.certificate, certificate.public_bytes(Encoding.PEM))


def _private_folder(path: Path) -> None:
    if not path.is_dir():
        path.mkdir(parents=True)
        path.chmod(0o700)


def _write(path: Path, content: bytes) -> None:
    """Put a file there in one step, never readable for others, not even for a moment."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    temporary.replace(path)
