"""Model files from the network: downloaded once, and only what has the digest that was said."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from benchhub.devices.digest import sha256_of
from benchhub.downloads.download import Download
from benchhub.downloads.limits import Limits, size_text
from benchhub.downloads.part import Part
from benchhub.downloads.refusals import NotThereError, shown
from benchhub.errors import BenchhubError, ModelError, StoreError
from benchhub.models.worker import Tell
from benchhub.workspace import STATE

FOLDER = "downloads"
_LIMITS = Limits()


def fetch_model(address: str, sha256: str, root: Path, tell: Tell) -> Path:
    """Return the file of an address; it is downloaded unless it is here.

    Args:
        address: http or https.
        sha256: Digest that the content has to have.
        root: Folder of the workspace.
        tell: Is told how it goes on.

    Raises:
        ModelError: It cannot be had, or its content is another one.
        StoreError: It cannot be written.
    """
    suffix = PurePosixPath(urlsplit(address).path).suffix
    target = root / STATE / FOLDER / f"{sha256}{suffix}"
    known_as = shown(address)
    try:
        if target.is_file() and sha256_of(target) == sha256:
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        part = Part(target)
        arrived = Download(address, part, target.name, _LIMITS, _Listener(known_as, tell)).run()
        if arrived.sha256 != sha256:
            part.discard()
            raise ModelError(
                f"{known_as}: its sha256 is {arrived.sha256}, the suite says {sha256}.",
                "Find out which is right before you change the suite.",
            )
        part.path.replace(target)
        part.discard()
    except NotThereError as error:
        raise ModelError(f"{known_as}: {error}", "Correct `url`.") from error
    except OSError as error:
        raise StoreError(f"{target}: cannot be written: {error.strerror}.") from error
    except BenchhubError as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(error.message, "Try again later; what is here is kept.") from error
    return target


@dataclass(slots=True)
class _Listener:
    """Tells how far a download is."""

    name: str
    tell: Tell
    total_bytes: int | None = None

    def begins(self, name: str, have_bytes: int, total_bytes: int | None) -> None:
        """See `Watcher`."""
        del name
        self.total_bytes = total_bytes
        self.advances(have_bytes)

    def advances(self, have_bytes: int) -> None:
        """See `Watcher`."""
        of = f" of {size_text(self.total_bytes)}" if self.total_bytes else ""
        self.tell(f"{self.name}: {size_text(have_bytes)}{of}")

    def says(self, text: str) -> None:
        """See `Watcher`."""
        self.tell(text)
