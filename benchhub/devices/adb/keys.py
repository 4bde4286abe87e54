"""The RSA keys that a device lets us in by, found where adb keeps them or made in the workspace."""

from __future__ import annotations

import base64
import hashlib
import os
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from adb_shell.auth import keygen
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils

from benchhub.devices.adb.packets import Signer
from benchhub.errors import ConfigError

_KEY_BITS = 2048  # adb knows no other


class RsaKey:
    """A private key as adb-shell's handshake wants it.

    Args:
        name: Name of the device in messages.
        path: The private key, PEM.

    Raises:
        ConfigError: There is no such file, or it is no RSA key of 2048 bits.
    """

    def __init__(self, name: str, path: Path) -> None:
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), None)
        except OSError as error:
            raise ConfigError(
                f"{name}: the key {path} cannot be read: {error.strerror or error}.",
                f"Check `key:` in devices/{name}.yaml.",
            ) from error
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise _no_key(name, path, "damaged, encrypted or something else") from error
        if not isinstance(key, rsa.RSAPrivateKey) or key.key_size != _KEY_BITS:
            raise _no_key(name, path, f"adb wants RSA with {_KEY_BITS} bits")
        self._key = key
        public = keygen.encode_pubkey(str(path))
        self._public = base64.b64encode(public) + b" benchhub@" + os.uname().nodename.encode()
        # What the dialog on the device's screen shows.
        digest = hashlib.md5(public, usedforsecurity=False).hexdigest().upper()
        self.fingerprint = ":".join(digest[i : i + 2] for i in range(0, len(digest), 2))

    def Sign(self, data: bytes) -> bytes:  # noqa: N802 - adb-shell's name
        """Return the signature of the device's token, which counts as a SHA-1 digest."""
        digest = utils.Prehashed(hashes.SHA1())  # noqa: S303 - adb's protocol has no other
        return self._key.sign(bytes(data), padding.PKCS1v15(), digest)

    def GetPublicKey(self) -> bytes:  # noqa: N802 - adb-shell's name
        """Return it as adb_keys on a device holds it."""
        return self._public


def find_keys(
    name: str, chosen: Path | None, state: Path, environment: Mapping[str, str] | None = None
) -> list[Signer]:
    """Return the keys to show a device, the best first.

    The chosen one alone, else those adb itself would use (~/.android/adbkey, ANDROID_VENDOR_KEYS)
    and the workspace's own. If there is none at all, the workspace's is made.

    Args:
        name: Name of the device in messages.
        chosen: The key that its file names.
        state: Folder of the workspace that the program keeps; gets a file `adbkey`.
        environment: Instead of this process's own.

    Raises:
        ConfigError: A key file is broken, or cannot be made.
    """
    if chosen is not None:
        return [RsaKey(name, chosen.expanduser())]
    own = state / "adbkey"
    usual = _usual_paths(os.environ if environment is None else environment)
    paths = [path for path in (*usual, own) if path.is_file()]
    if not paths:
        make_key(name, own)
        paths = [own]
    return [RsaKey(name, path) for path in paths]


def make_key(name: str, path: Path) -> None:
    """Make a private key that only its owner can read; one that is there already stays.

    Raises:
        ConfigError: It cannot be written.
    """
    pem = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(temporary, flags, 0o600), "wb") as file:
            file.write(pem)
        with suppress(FileExistsError):  # two devices may be opened at once: the first key wins
            os.link(temporary, path)
    except OSError as error:
        raise ConfigError(
            f"{name}: cannot make the key {path}: {error.strerror or error}."
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def _usual_paths(environment: Mapping[str, str]) -> list[Path]:
    """Return where adb looks for keys; each entry of ANDROID_VENDOR_KEYS is a file or a folder."""
    home = Path(environment.get("HOME") or Path.home())
    paths = [home / ".android" / "adbkey"]
    for entry in environment.get("ANDROID_VENDOR_KEYS", "").split(os.pathsep):
        if entry:
            path = Path(entry).expanduser()
            paths += sorted(path.glob("*.adb_key")) if path.is_dir() else [path]
    return paths


def _no_key(name: str, path: Path, why: str) -> ConfigError:
    return ConfigError(
        f"{name}: {path} is not a private key for adb ({why}).",
        f"Name another one: `key:` in devices/{name}.yaml.",
    )
