"""A web server on 127.0.0.1 with files to download, which misbehaves when it is told to.

with FileServer() as server:
    server.files["/latest/program"] = File(b"...")
    server.faults.append(Cut(after=1000))       # for the next request, whatever it asks for
    download(f"{server.url}/latest/program")
    server.asked                                 # what was asked for, oldest first
"""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self, cast
from urllib.parse import urlsplit

BLOCK_BYTES = 4096


@dataclass(frozen=True)
class File:
    """A file, and how it is served.

    Attributes:
        content: What is in it.
        etag: As it is sent; empty for none.
        last_modified: As it is sent; empty for none.
        ranges: Parts of it can be asked for.
        framing: How its end is told: `length`, `chunked`, or `close` of the connection only.
        headers: Further ones.
    """

    content: bytes
    etag: str = '"one"'
    last_modified: str = "Tue, 10 Nov 2026 10:00:00 GMT"
    ranges: bool = True
    framing: str = "length"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cut:
    """The connection ends after so many bytes of the body."""

    after: int
    reset: bool = False


@dataclass(frozen=True)
class Stall:
    """Nothing comes any more after so many bytes of the body, until the server is released."""

    after: int


@dataclass(frozen=True)
class Drip:
    """Blocks of some bytes with a pause before each."""

    block_bytes: int
    pause_s: float


@dataclass(frozen=True)
class Answer:
    """A status instead of the file."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Rude:
    """The rest of the file as it is now, whatever If-Range says."""


Fault = Cut | Stall | Drip | Answer | Rude


@dataclass(frozen=True)
class Asked:
    """A request and the status it got."""

    path: str
    headers: Mapping[str, str]
    status: int


class FileServer:
    """The server; a context manager.

    Args:
        certificate: Certificate and key for https, in one PEM file.
    """

    def __init__(self, certificate: Path | None = None) -> None:
        self.files: dict[str, File] = {}
        self.faults: deque[Fault] = deque()
        self.asked: list[Asked] = []
        self.stalled = threading.Event()
        self._released = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self)
        self._scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self._scheme = "https"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        return f"{self._scheme}://{self.place}"

    def release(self) -> None:
        """Let stalled answers end, by closing their connections."""
        self._released.set()

    def wait(self, seconds: float) -> bool:
        """Wait for the release."""
        return self._released.wait(seconds)

    def close(self) -> None:
        if self._thread.is_alive():
            self.release()
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    def __init__(self, address: tuple[str, int], owner: FileServer) -> None:
        super().__init__(address, _Handler)
        self.owner = owner

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients go away; that is what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""

    @property
    def owner(self) -> FileServer:
        return cast("_Server", self.server).owner

    def do_GET(self) -> None:
        self.close_connection = True
        fault = self.owner.faults.popleft() if self.owner.faults else None
        file = self.owner.files.get(urlsplit(self.path).path)
        if isinstance(fault, Answer):
            self._answer(fault)
        elif file is None:
            self._answer(Answer(404, body=b"<html>not found</html>"))
        else:
            self._file(file, fault)

    def _note(self, status: int) -> None:
        self.owner.asked.append(Asked(self.path, dict(self.headers.items()), status))

    def _answer(self, answer: Answer) -> None:
        self._note(answer.status)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def _file(self, file: File, fault: Fault | None) -> None:
        begin = self._begin(file, fault)
        if begin is not None and begin >= len(file.content):
            self._answer(Answer(416, {"Content-Range": f"bytes */{len(file.content)}"}))
            return
        self._note(200 if begin is None else 206)
        self.send_response(200 if begin is None else 206)
        if begin is not None:
            end, total = len(file.content) - 1, len(file.content)
            self.send_header("Content-Range", f"bytes {begin}-{end}/{total}")
        body = file.content[begin or 0 :]
        self._describe(file, len(body))
        self._body(body, file.framing, fault)

    def _begin(self, file: File, fault: Fault | None) -> int | None:
        """Where the wanted part begins; None for the whole file."""
        wanted = self.headers.get("Range", "")
        if not file.ranges or not wanted:
            return None
        known = self.headers.get("If-Range", "")
        if known not in {"", file.etag, file.last_modified} and not isinstance(fault, Rude):
            return None
        return int(wanted.removeprefix("bytes=").removesuffix("-"))

    def _describe(self, file: File, length: int) -> None:
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Connection", "close")
        for name, value in (("ETag", file.etag), ("Last-Modified", file.last_modified)):
            if value:
                self.send_header(name, value)
        for name, value in file.headers.items():
            self.send_header(name, value)
        if file.framing == "length":
            self.send_header("Content-Length", str(length))
        elif file.framing == "chunked":
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _body(self, body: bytes, framing: str, fault: Fault | None) -> None:
        stop = fault.after if isinstance(fault, Cut | Stall) else len(body)
        block = fault.block_bytes if isinstance(fault, Drip) else BLOCK_BYTES
        for begin in range(0, min(stop, len(body)), block):
            if isinstance(fault, Drip) and self.owner.wait(fault.pause_s):
                return
            data = body[begin : min(begin + block, stop)]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data) if framing == "chunked" else data)
        if isinstance(fault, Stall):
            self.owner.stalled.set()
            self.owner.wait(60)
        elif isinstance(fault, Cut):
            self._cut(reset=fault.reset)
        elif framing == "chunked":
            self.wfile.write(b"0\r\n\r\n")

    def _cut(self, *, reset: bool) -> None:
        if reset:
            time.sleep(0.05)  # what was sent before is to arrive
            linger = struct.pack("ii", 1, 0)
            with suppress(OSError):
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
