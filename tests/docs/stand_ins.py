"""The devices and servers that the pages name: the rigs, and where a reader's own would be."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from ..end_to_end.conftest import Shop
from ..rigs.adb_server import AdbServer
from ..rigs.adbd_device import Adbd
from ..rigs.file_server import File, FileServer
from ..rigs.launcher import launcher
from ..rigs.process_tree import rig_folder
from ..rigs.sshd_device import Sshd

UNPACKED = Path(__file__).parents[1] / "rigs" / "unpacked"
PROGRAM = UNPACKED / "benchmark_model"
BOARDS = ("pi4", "pi5", "coral", "imx8")
PHONES = ("pixel4", "phone")
DEVICES = frozenset({*BOARDS, *PHONES})
# The reader's addresses, and what is there instead. A user's name would not log in here.
BOARD_ADDRESS = re.compile(r"^(?:\w+@)?(\w+)\.local(?::22)?$")
SERIAL = "99091FFAZ00012"
TCP = "192.168.1.7:5555"
MIRROR = "https://mirror.example"
# What an official server has, by platform. Programs for other machines are never started here.
OFFICIAL = {
    "linux_x86-64": "x86_64",
    "linux_aarch64": "arm64",
    "android_aarch64": "arm64",
}
LITERT = {"linux_x86_64": "x86_64", "linux_arm64": "arm64", "android_arm64": "arm64"}
LIBRARIES = (
    "libLiteRt.so",
    "libLiteRtClGlAccelerator.so",
    "libLiteRtOpenClAccelerator.so",
    "libLiteRtDispatch_Qualcomm.so",
    "libLiteRtDispatch_MediaTek.so",
    "libLiteRtCompilerPlugin_Qualcomm.so",
    "libLiteRtCompilerPlugin_MediaTek.so",
    "libLiteRtWebGpuAccelerator.so",
)


class Devices:
    """The rigs; they start when a command first needs them, and end with the context."""

    def __init__(self, folder: Path, adb_key: Path) -> None:
        self._folder = folder
        self._key = adb_key
        self._stack = ExitStack()
        self._env: dict[str, str] = {}
        self._running = False
        self.served: FileServer

    def __enter__(self) -> Self:
        self.served = self._stack.enter_context(FileServer())
        _fill(self.served)
        home = self._folder / "home"
        (home / ".android").mkdir(parents=True)
        for name in ("adbkey", "adbkey.pub"):
            (home / ".android" / name).write_bytes(self._key.with_name(name).read_bytes())
        config = self._folder / "ssh_config"
        config.write_text("")
        self._env = {
            "HOME": str(home),
            "XDG_CONFIG_HOME": "",
            "BENCHHUB_SSH_CONFIG": str(config),
            "SSH_AUTH_SOCK": "",
            "ANDROID_ADB_SERVER_ADDRESS": "adb.invalid",
            "BENCHHUB_TOOLS_URL_TFLITE": self.served.url,
            "BENCHHUB_TOOLS_URL_LITERT": f"{self.served.url}/litert",
            "BENCHHUB_BENCHMARK_MODEL": "",
            "NO_PROXY": "127.0.0.1",
        }
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def ours(self, word: str) -> str:
        """Return a word of a page with what is the reader's replaced by what is here."""
        word = BOARD_ADDRESS.sub(r"\1.local", word).replace(MIRROR, self.served.url)
        if self._running:
            word = word.replace(SERIAL, self._phone.address).replace(TCP, self._phone.address)
        return word

    def start(self) -> None:
        """Switch the devices on."""
        if self._running:
            return
        place = rig_folder
        self._board = Sshd(self._stack.enter_context(place()), "host")
        self._stack.callback(self._board.power_off)
        self._board.start()
        self._phone = Adbd(self._stack.enter_context(place()), self._key)
        self._stack.callback(self._phone.power_off)
        self._phone.start()
        server = AdbServer(self._stack.enter_context(place()) / "home")
        self._stack.callback(server.stop)
        server.connect(self._phone)
        self._env |= {
            "ANDROID_ADB_SERVER_ADDRESS": server.host,
            "ANDROID_ADB_SERVER_PORT": str(server.port),
        }
        Path(self._env["BENCHHUB_SSH_CONFIG"]).write_text(
            f"Host *.local\n  HostName {self._board.host}\n  Port {self._board.port}\n"
            f"  User {self._board.user}\n  IdentityFile {self._board.key}\n"
        )
        self._running = True

    def move_in(self, shop: Shop) -> None:
        """Put the files of the devices into a workspace, unless they are there."""
        self.start()
        if not (shop.root / "devices" / f"{BOARDS[0]}.yaml").exists():
            known = self._board.known_hosts.read_text()
            (shop.root / "devices" / "known_hosts").write_text(known)
            self._write(shop)

    def _write(self, shop: Shop) -> None:
        board = {
            "transport": "ssh",
            "address": self._board.host,
            "port": self._board.port,
            "user": self._board.user,
            "identity": str(self._board.key),
        }
        # Devices of one rig have folders of their own there, so that each has its own lease.
        keys = {name: {**board, "folder": f".cache/{name}"} for name in BOARDS}
        keys["pixel4"] = {"transport": "adb", "serial": self._phone.address}
        keys["phone"] = {
            "transport": "adb",
            "address": self._phone.address,
            "folder": "/data/local/tmp/phone",
        }
        for name, told in keys.items():
            text = json.dumps({"name": name, **told, "benchmark_model": str(PROGRAM)})
            (shop.root / "devices" / f"{name}.yaml").write_text(text)

    @contextlib.contextmanager
    def as_documented(self, shop: Shop, words: Sequence[str]) -> Iterator[dict[str, str]]:
        """Give a command the surroundings that its page assumes; yields its environment.

        A device that is added is not there yet. The phone of the pages is an arm64 one, for which
        there is an official program; the rig is none, so it says it were while one is fetched.
        """
        folder = shop.root / "devices"
        with ExitStack() as after:
            if words[:2] == ("devices", "add"):
                before = set(folder.glob("*.yaml"))
                hidden = [folder / f"{name}.yaml" for name in DEVICES]
                for path in hidden:
                    path.unlink(missing_ok=True)
                after.callback(self._write, shop)
                after.callback(_remove_others, folder, before)
            if words[:2] == ("tools", "fetch") and set(words) & set(PHONES):
                after.enter_context(_arm64(self._phone))
            yield dict(self._env)


def _remove_others(folder: Path, before: set[Path]) -> None:
    for path in set(folder.glob("*.yaml")) - before:
        path.unlink()


@contextlib.contextmanager
def _arm64(phone: Adbd) -> Iterator[None]:
    """The phone says that programs for arm64 run there."""
    path = phone.root / "system" / "build.prop"
    told = path.read_text()
    path.write_text(
        re.sub(r"(?m)^(ro\.product\.cpu\.abi(?:list(?:64)?)?)=.*$", r"\1=arm64-v8a", told)
    )
    try:
        yield
    finally:
        path.write_text(told)


def _fill(server: FileServer) -> None:
    """Put programs there that are one file each, as the official ones are, and their libraries."""
    real = str(PROGRAM / "benchmark_model")
    for name, processor in OFFICIAL.items():
        content = launcher("arm64" if processor == "arm64" else "x86_64", real, 1000)
        for base in ("", "/tflite"):  # the makers' address, and that of a mirror
            server.files[f"{base}/{name}_benchmark_model"] = File(content)
        if name.startswith("android"):
            server.files[f"/{name}_libhexagon_interface.so"] = File(content)
    for platform, processor in LITERT.items():
        content = launcher("arm64" if processor == "arm64" else "x86_64", real, 1000)
        for version in ("latest", "nightly", "2.1.4"):
            for name in ("benchmark_model", *LIBRARIES):
                server.files[f"/litert/{version}/{platform}/{name}"] = File(content)
