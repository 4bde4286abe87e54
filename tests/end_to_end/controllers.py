"""Controllers in processes of their own that are killed at a known point of their work."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from .conftest import Ended, Shop

SERVER = Path(__file__).with_name("controller_server.py")
# numpy's threads would not survive a fork.
ALONE = {"OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class Death:
    """Where a controller kills itself with SIGKILL.

    Attributes:
        kind: `call` of a function (module:name), `replace` of a file whose name ends like that,
            `half` of the document of that name, `sql` statement that begins like that.
        what: Which one.
        turn: The first, second ... of them.
        after: Behind it rather than before it.
    """

    kind: Literal["call", "half", "replace", "sql"]
    what: str
    turn: int = 1
    after: bool = False


class Controller:
    """One that runs."""

    def __init__(self, server: subprocess.Popen[str], out: Path, err: Path) -> None:
        self._server = server
        self._files = out, err
        self._code: int | None = None
        self.pid = int(self._line())

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def end(self) -> int:
        """Wait for its end; return its exit code, that of a signal negative."""
        if self._code is None:
            self._code = int(self._line())
        return self._code

    def wait(self) -> Ended:
        code = self.end()
        out, err = (path.read_text() for path in self._files)
        assert "Traceback" not in err, err
        return Ended(code, out, err)

    def _line(self) -> str:
        assert self._server.stdout
        line = self._server.stdout.readline()
        assert line, "the server of controllers is gone"
        return line


class Controllers:
    """Starts them, one at a time."""

    def __init__(self, server: subprocess.Popen[str], folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._last: Controller | None = None

    def start(
        self, shop: Shop, *words: str, env: Mapping[str, str], death: Death | None = None
    ) -> Controller:
        if self._last is not None:  # of a test that failed
            self._last.end()
        out, err = self._folder / "out", self._folder / "err"
        order = {
            "words": words,
            "cwd": str(shop.root),
            "env": shop.surroundings(dict(env)),
            "out": str(out),
            "err": str(err),
            "death": asdict(death) if death else None,
        }
        assert self._server.stdin
        self._server.stdin.write(json.dumps(order) + "\n")
        self._server.stdin.flush()
        self._last = Controller(self._server, out, err)
        return self._last


def on_small_disk(folder: Path, size: str) -> list[str]:
    """Words before a program that see a folder as a disk of that size, in memory."""
    apart = ["--mount"] if os.geteuid() == 0 else ["--mount", "--user", "--map-root-user"]
    mounted = f'mount -t tmpfs -o size={size} tmpfs "$0" && exec "$@"'
    return ["unshare", *apart, "bash", "-c", mounted, str(folder)]


@contextmanager
def controllers(folder: Path, before: Sequence[str] = ()) -> Iterator[Controllers]:
    """A server of controllers; `before` it stand words that make its world."""
    with subprocess.Popen(
        [*before, sys.executable, str(SERVER)],
        env={**os.environ, **ALONE},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            yield Controllers(server, folder)
        finally:
            server.kill()
