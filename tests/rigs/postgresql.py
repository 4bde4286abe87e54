"""A real PostgreSQL server (Debian's `postgresql`) of its own: own data, own port, on loopback."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from .process_tree import free_port, listens, wait_until

USER, PASSWORD = "bench", "not a secret/@:%"
# What makes it fast: the data need not outlive the machine.
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_size": "4GB",
    "shared_buffers": "128MB",
    "dynamic_shared_memory_type": "mmap",
    "lc_messages": "C",
}


def programs() -> Path:
    """The folder of the newest version's programs, which Debian does not put on PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return found[-1].parent if found else Path("/usr/lib/postgresql/bin")


class Postgresql:
    """A running server; stop() ends it, start() begins again with the same data and port."""

    def __init__(self, folder: Path) -> None:
        """`folder`: an empty folder of its own that every user can reach."""
        self.host = "127.0.0.1"
        self.port = free_port()
        self._data = folder / "data"
        self._log = folder / "postgresql.log"
        self._server: subprocess.Popen[bytes] | None = None
        word = folder / "password"
        word.write_text(PASSWORD)
        if os.getuid() == 0:  # which PostgreSQL refuses to run as
            subprocess.run(["chown", "-R", "nobody", folder], check=True)
        self._run("initdb", "-D", str(self._data), "-U", USER, f"--pwfile={word}", "-A",
                  "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync")  # fmt: skip
        self.start()

    def url(self, database: str = "postgres", *, password: str | None = None) -> str:
        """The address of a database, as BENCHHUB_STORE has it."""
        from sqlalchemy import URL  # noqa: PLC0415 - heavy; only tests of the store need it

        word = PASSWORD if password is None else password
        url = URL.create("postgresql+psycopg", USER, word, self.host, self.port, database)
        return url.render_as_string(hide_password=False)

    def make_database(self, name: str) -> str:
        """Make an empty database; returns its address."""
        self.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run one statement; returns its rows."""
        import psycopg  # noqa: PLC0415 - only tests of the store need it

        where = {"host": self.host, "port": self.port, "user": USER, "password": PASSWORD}
        with psycopg.connect(dbname=database, autocommit=True, **where) as connection:  # type: ignore[arg-type]
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def start(self) -> None:
        """Begin to answer; after kill() it repairs its data first."""
        options = [f"--{name}={value}" for name, value in OPTIONS.items()]
        with self._log.open("ab") as log:
            self._server = subprocess.Popen(
                [*_as_nobody(), programs() / "postgres", "-D", self._data,
                 f"--port={self.port}", *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
            )  # fmt: skip
        wait_until(self._answers, f"PostgreSQL answers on port {self.port}: {self._log}", 60)

    def stop(self) -> None:
        """End it as an administrator does who does not wait: connections are cut."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it and all its processes at once, as a loss of power does."""
        self._end(signal.SIGQUIT)

    def restart(self) -> None:
        self.stop()
        self.start()

    def _end(self, number: signal.Signals) -> None:
        if self._server is None:
            return
        server, self._server = self._server, None
        if server.poll() is None:
            server.send_signal(number)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()

    def _answers(self) -> bool:
        assert self._server
        if self._server.poll() is not None:
            raise RuntimeError(f"PostgreSQL does not start: {self._log.read_text()[-2000:]}")
        ready = [programs() / "pg_isready", "-q", "-h", self.host, "-p", str(self.port)]
        return listens(self.port) and subprocess.run(ready, check=False).returncode == 0

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*_as_nobody(), programs() / program, *arguments],
            capture_output=True, text=True, check=False, cwd="/",
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.strip()}")


def _as_nobody() -> list[str]:
    """What runs a program as a user that may own a server, which root may not.

    It also ends with this process, however that ends.
    """
    ends = ["setpriv", "--pdeathsig=QUIT"]
    nobody = ["--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.getuid() == 0 else []
    return [*ends, *nobody, "--"]
