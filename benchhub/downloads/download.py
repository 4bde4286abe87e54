"""Downloads one file over HTTP(S) so that neither the network nor the server can spoil it."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import IO

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from benchhub.downloads.limits import Limits, size_text
from benchhub.downloads.part import Origin, Part
from benchhub.downloads.refusals import (
    BrokenError,
    NotThereError,
    answer_refused,
    not_connected,
    redirect_target,
    redirects_to_nothing,
    shown,
)
from benchhub.downloads.watcher import Watcher
from benchhub.errors import ToolError

_CHUNK_BYTES = 1 << 16
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")

__all__ = ["Arrived", "Download", "NotThereError"]


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that is here, whole.

    Attributes:
        sha256: Its digest.
        size_bytes: Its length.
        in_one: It came in one answer, not in pieces.
    """

    sha256: str
    size_bytes: int
    in_one: bool


class Download:
    """One file.

    Args:
        address: Where it is.
        part: Where it goes, and perhaps a piece of it from an earlier attempt.
        name: How progress names it.
        limits: How long to wait and how much to take.
        watcher: Is told how it goes on.
    """

    def __init__(
        self, address: str, part: Part, name: str, limits: Limits, watcher: Watcher
    ) -> None:
        self._address = address
        self._known_as = shown(address)
        self._part = part
        self._name = name
        self._limits = limits
        self._watcher = watcher
        self._answered = False

    def run(self) -> Arrived:
        """Fetch it, as often as it takes and makes sense.

        Raises:
            NotThereError: The server has no such file.
            ToolError: It cannot be had; the message says why and what to do.
        """
        fruitless, mark, backoff_s = 0, self._part.size, self._limits.backoff_s
        with requests.Session() as session:
            while True:
                try:
                    return self._attempt(session)
                except BrokenError as error:
                    if self._part.size - mark >= self._limits.advance_bytes:
                        fruitless, backoff_s = 0, self._limits.backoff_s
                    mark = max(mark, self._part.size)
                    fruitless += 1
                    if fruitless >= self._limits.attempts:
                        raise self._given_up(error) from error
                    wait_s = min(max(backoff_s, error.wait_s), self._limits.longest_backoff_s)
                    self._watcher.says(f"{self._name}: {error}; trying again in {wait_s:.3g} s")
                    time.sleep(wait_s)
                    backoff_s *= 2

    def _given_up(self, error: BrokenError) -> ToolError:
        kept = self._part.size and self._part.origin(self._known_as) is not None
        return ToolError(
            f"{self._known_as}: {error}, {self._limits.attempts} times.",
            f"{size_text(self._part.size)} are kept; the same command goes on from there."
            if kept
            else "Try again later, or name a mirror with --url.",
        )

    def _attempt(self, session: requests.Session) -> Arrived:
        origin = self._part.origin(self._known_as)
        have = 0
        headers = {
            "Accept-Encoding": "identity",
            "User-Agent": f"benchhub/{version('benchhub')}",
        }
        if origin is not None:
            # A file that is here whole is asked for its last byte: that proves that it still is
            # the server's.
            have = min(self._part.size, (origin.total_bytes or self._part.size + 1) - 1)
        if origin is not None and have:
            headers |= {"Range": f"bytes={have}-", "If-Range": origin.validator}
        with self._open(session, headers) as response:
            self._answered = True
            if response.status_code not in {200, 206}:
                self._refused(response)
            now = self._origin(response)
            if response.status_code == 200:
                have, origin = 0, None
            elif not _continues(response, have, origin, now):
                self._part.discard()
                raise BrokenError("the file on the server changed")
            if max(now.total_bytes or 0, have) > self._limits.most_bytes:
                raise self._too_large()
            return self._receive(response, have, origin, now)

    def _open(self, session: requests.Session, headers: dict[str, str]) -> requests.Response:
        """Ask for the file and follow redirects, but never from https to http."""
        address = self._address
        times = (self._limits.connect_s, self._limits.silence_s)
        for _ in range(self._limits.redirects + 1):
            try:
                response = session.get(
                    address, headers=headers, timeout=times, stream=True, allow_redirects=False
                )
            except requests.RequestException as error:
                raise not_connected(address, error, answered=self._answered) from error
            except ValueError as error:  # the library looks at where a redirect leads
                raise redirects_to_nothing(address, "") from error
            if response.status_code not in _REDIRECTS:
                return response
            with response:
                address = redirect_target(address, response.headers.get("Location", ""))
        raise ToolError(
            f"{self._known_as}: it redirects more than {self._limits.redirects} times.",
            "Name a mirror with --url.",
        )

    def _refused(self, response: requests.Response) -> None:
        """Raise what the status means."""
        if response.status_code == 416:  # a piece that does not fit: begin anew
            self._part.discard()
            raise BrokenError("the server has less of the file than is here")
        raise answer_refused(self._address, response.status_code, response.headers)

    def _origin(self, response: requests.Response) -> Origin:
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding.lower() != "identity":
            raise ToolError(
                f"{self._known_as}: the server sends it in the encoding '{encoding[:40]}', "
                "which was not asked for.",
                "Name a mirror with --url.",
            )
        return Origin(
            address=self._known_as,
            etag=response.headers.get("ETag", ""),
            last_modified=response.headers.get("Last-Modified", ""),
            total_bytes=_total(response),
        )

    def _receive(
        self, response: requests.Response, have: int, origin: Origin | None, now: Origin
    ) -> Arrived:
        """Write the body behind what is here, digesting on the way."""
        digest = hashlib.sha256()
        total = (
            now.total_bytes
            if now.total_bytes is not None or origin is None
            else (origin.total_bytes)
        )
        try:
            if origin is None:
                self._part.begin(now)
            with self._part.path.open("r+b") as file:
                _digest_first(file, have, digest.update)
                file.truncate(have)
                in_one = have == 0
                self._watcher.begins(self._name, have, total)
                have = self._copy(response, file, have, digest.update)
                os.fsync(file.fileno())
        except OSError as error:
            raise ToolError(
                f"{self._part.path}: cannot be written: {error.strerror or error}.",
                "The same command goes on from what is here.",
            ) from error
        if total is not None and have < total:
            raise BrokenError(_cut_at(have, total))
        return Arrived(digest.hexdigest(), have, in_one)

    def _copy(
        self,
        response: requests.Response,
        file: IO[bytes],
        have: int,
        digest: Callable[[bytes], None],
    ) -> int:
        """Copy the body until it ends; return how much of the file is here then."""
        span_began, span_bytes = time.monotonic(), 0
        while chunk := self._chunk(response, have):
            have += len(chunk)
            if have > self._limits.most_bytes:
                self._part.discard()
                raise self._too_large()
            file.write(chunk)
            file.flush()  # whoever is killed now goes on from all that came
            digest(chunk)
            self._watcher.advances(have)
            span_bytes += len(chunk)
            span_s = time.monotonic() - span_began
            if span_s >= self._limits.slow_s:
                if span_bytes < self._limits.slow_bytes:
                    raise BrokenError(f"the server sent {span_bytes} bytes in {span_s:.0f} s")
                span_began, span_bytes = time.monotonic(), 0
        return have

    def _chunk(self, response: requests.Response, have: int) -> bytes:
        """Return what has arrived, at once; empty at the end."""
        try:
            # iter_content would wait until a whole chunk is there, however slow the server is.
            data: bytes = response.raw.read1(_CHUNK_BYTES, decode_content=False)
        except ReadTimeoutError as error:
            raise BrokenError(f"nothing came for {self._limits.silence_s:g} s") from error
        except HTTPError as error:
            raise BrokenError(_cut_at(have, _total(response))) from error
        return data

    def _too_large(self) -> ToolError:
        return ToolError(
            f"{self._known_as}: larger than {size_text(self._limits.most_bytes)}; "
            "this is no program.",
            "Look at the address; another server may have answered.",
        )


def _cut_at(have: int, total: int | None) -> str:
    of = f" of {size_text(total)}" if total is not None else ""
    return f"the connection was cut at {size_text(have)}{of}"


def _total(response: requests.Response) -> int | None:
    """Return the length of the whole file, as far as the answer tells it."""
    if response.status_code == 206:
        told = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
        return int(told[3]) if told and told[3] != "*" else None
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


def _continues(response: requests.Response, have: int, origin: Origin | None, now: Origin) -> bool:
    """Say whether a partial answer is the rest of what is here."""
    told = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if origin is None or told is None or int(told[1]) != have:
        return False
    pairs = ((now.etag, origin.etag), (now.last_modified, origin.last_modified))
    if any(new and old and new != old for new, old in pairs):
        return False
    return now.total_bytes is None or now.total_bytes == (origin.total_bytes or now.total_bytes)


def _digest_first(file: IO[bytes], count: int, digest: Callable[[bytes], None]) -> None:
    """Digest the first bytes of a file, and leave its position behind them."""
    file.seek(0)
    while count:
        chunk = file.read(min(count, _CHUNK_BYTES))
        if not chunk:
            break
        digest(chunk)
        count -= len(chunk)
