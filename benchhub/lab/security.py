"""The TLS of one role, checked before it is used: what is wrong is told in one line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from benchhub.errors import UsageError
from benchhub.lab.certs import CA, Pair, now
from benchhub.lab.engine import check_installed

if TYPE_CHECKING:
    from distributed import Security

# What dask.distributed calls the roles.
_ENGINE = {"scheduler": "scheduler", "host": "worker", "controller": "client"}
_OTHERS = 0o077


def default_folder(environment: Mapping[str, str]) -> Path:
    """Return where the TLS files are if nobody says it: below the user's configuration."""
    base = environment.get("XDG_CONFIG_HOME") or ""
    root = Path(base) if Path(base).is_absolute() else Path.home() / ".config"
    return root / "benchhub" / "lab"


def security_of(folder: Path, role: str) -> Security:
    """Return the TLS configuration of a role; connections without it are refused.

    Args:
        folder: The TLS files.
        role: `scheduler`, `host` or `controller`.

    Raises:
        UsageError: The extra is not installed; a file is missing, can be read by others, does not
            fit, has expired or was not signed by the lab's authority.
    """
    check_installed()
    check_files(folder, role)
    from distributed import Security  # noqa: PLC0415 - takes a second

    pair, name = Pair(folder, role), _ENGINE[role]
    return Security(
        require_encryption=True,
        tls_ca_file=str(Pair(folder, CA).certificate),
        **{f"tls_{name}_cert": str(pair.certificate), f"tls_{name}_key": str(pair.key)},
    )


def check_files(folder: Path, role: str) -> None:
    """Check the files of a role. Raises UsageError."""
    if not folder.is_dir():
        raise UsageError(
            f"{folder}: there are no TLS files of a lab.",
            "Make them once with benchhub lab certs and copy them, or say where: --tls DIR",
        )
    pair = Pair(folder, role)
    authority = _certificate(Pair(folder, CA).certificate)
    certificate = _certificate(pair.certificate)
    _check_signed(pair, certificate, authority)
    _check_dates(Pair(folder, CA).certificate, authority)
    _check_dates(pair.certificate, certificate)
    _check_use(pair, role, certificate)
    _check_key(pair, certificate)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UsageError(
            f"{path}: there is no such file.",
            "Copy it from where `benchhub lab certs` was run; it says which files go where.",
        ) from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}).") from error


def _certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(_read(path))
    except ValueError as error:
        raise UsageError(f"{path}: is no certificate.", "Copy it again.") from error


def _check_signed(pair: Pair, certificate: x509.Certificate, authority: x509.Certificate) -> None:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise UsageError(
            f"{pair.certificate}: was not signed by the authority of {CA}.pem beside it.",
            "Copy both from the same `benchhub lab certs`.",
        ) from error


def _check_dates(path: Path, certificate: x509.Certificate) -> None:
    begins, ends, moment = certificate.not_valid_before_utc, certificate.not_valid_after_utc, now()
    if moment > ends:
        raise UsageError(
            f"{path}: ended on {ends:%Y-%m-%d}.",
            "Where the authority's key is: benchhub lab certs --renew, then copy it here.",
        )
    if moment < begins:
        raise UsageError(
            f"{path}: begins on {begins:%Y-%m-%d}, and this machine says it is {moment:%Y-%m-%d}.",
            "Set the clock.",
        )


def _check_use(pair: Pair, role: str, certificate: x509.Certificate) -> None:
    """What listens has to be allowed to; a certificate that says nothing may do all."""
    try:
        uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return
    if role != "controller" and ExtendedKeyUsageOID.SERVER_AUTH not in uses:
        raise UsageError(
            f"{pair.certificate}: may not be used by a {role}, only to call one.",
            f"Copy the {role}'s files here, not a controller's.",
        )


def _check_key(pair: Pair, certificate: x509.Certificate) -> None:
    key = _key(pair.key)
    if key.public_key() != certificate.public_key():
        raise UsageError(
            f"{pair.key}: is not the key of {pair.certificate.name}.", "Copy both again."
        )
    if pair.key.stat().st_mode & _OTHERS:
        raise UsageError(f"{pair.key}: others can read this key.", f"chmod 600 {pair.key}")


def _key(path: Path) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(_read(path), None)
    except (ValueError, TypeError) as error:
        raise UsageError(f"{path}: is no key, or one with a password.") from error
