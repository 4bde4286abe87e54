"""A real adb server (Debian's `adb`) of its own: own port, own home and keys."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from .adbd_device import Adbd
from .process_tree import free_port, listens, wait_until

ADB = Path("/usr/bin/adb")


class AdbServer:
    """A running server; stop() ends it. The usual server on port 5037 is never asked."""

    def __init__(self, home: Path) -> None:
        self.home = home
        home.mkdir()
        self.host = "127.0.0.1"
        self.port = free_port()
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ADB_", "ANDROID_"))}
        self.env = kept | {
            "HOME": str(home),
            "ANDROID_ADB_SERVER_PORT": str(self.port),
            "ADB_LOCAL_TRANSPORT_MAX_PORT": "5554",  # no search for emulators on this machine
            "ADB_MDNS": "0",
        }
        self._log = (home / "adb.log").open("wb")
        self._server = subprocess.Popen(
            [ADB, "server", "nodaemon"],
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        wait_until(lambda: listens(self.port), f"adb listens on port {self.port}")

    @property
    def public_key(self) -> Path:
        """The server's own key; `adbd.authorise(server.public_key)` makes a device accept it."""
        return self.home / ".android" / "adbkey.pub"

    def run(self, *arguments: str, check: bool = True) -> str:
        """Output of the adb client asking this server."""
        asked = subprocess.run(
            [ADB, *arguments], env=self.env, capture_output=True, text=True, check=False, timeout=60
        )
        if check and asked.returncode:
            raise RuntimeError(f"adb {' '.join(arguments)}: {asked.stderr or asked.stdout}")
        return asked.stdout

    def connect(self, device: Adbd) -> str:
        """Make the server know a device; returns its serial."""
        said = self.run("connect", device.address)
        if "connected to" not in said:
            raise RuntimeError(f"adb connect {device.address}: {said.strip()}")
        self.run("-s", device.address, "wait-for-device")
        return device.address

    def stop(self) -> None:
        if self._server.poll() is None:
            self.run("kill-server", check=False)
            try:
                self._server.wait(5)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
        self._log.close()
