"""Gets an official program into the workspace: download, verify, lock, install."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchhub.devices.digest import sha256_of
from benchhub.downloads.download import Arrived, Download, NotThereError
from benchhub.downloads.limits import Limits, size_text
from benchhub.downloads.part import Part
from benchhub.downloads.refusals import shown
from benchhub.downloads.watcher import SILENT, Watcher
from benchhub.errors import ToolError
from benchhub.tools.official import image
from benchhub.tools.official.address import base_address, join
from benchhub.tools.official.cache import (
    Record,
    folder_of,
    read_record,
    tools_folder,
    write_record,
)
from benchhub.tools.official.catalogue import (
    HEXAGON_LIBRARY,
    LATEST,
    PROGRAM,
    Family,
    Item,
    check,
    items,
)
from benchhub.tools.official.lock import LOCK_FILE, Entry, Key, Lock, read_lock, write_lock
from benchhub.workspace import Workspace

_DOWNLOADS = ".downloads"
_UNLIMITED = Limits()


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is wanted; see `fetch`."""

    family: Family
    platform: str
    version: str
    flex: bool
    hexagon: bool
    update: bool
    base: str


def fetch(
    workspace: Workspace,
    family: str,
    platform: str,
    version: str = "",
    *,
    flex: bool = False,
    hexagon: bool = False,
    update: bool = False,
    base: str = "",
    watcher: Watcher = SILENT,
    limits: Limits = _UNLIMITED,
) -> Path:
    """Make sure that an official program is in the workspace, with the content that is locked.

    Where it is there already, nothing is asked of the network. What is interrupted goes on when
    it is called again; whoever else fetches into the same workspace is waited for.

    Args:
        workspace: Where it goes.
        family: `tflite` or `litert`.
        platform: In benchhub's words, e.g. `linux_arm64`.
        version: As the maker calls it; empty is the one that is locked, else the latest.
        flex: The program with TensorFlow's own operators.
        hexagon: With the library between the program and Hexagon.
        update: Take what is published now, whatever is locked.
        base: Address to use instead of the official one.
        watcher: Is told how it goes on.
        limits: How long to wait and how much to take.

    Returns:
        The program.

    Raises:
        ToolError: It is not offered, cannot be had, or is not what is locked.
        ConfigError: The lock file is wrong.
        UsageError: The base is no web address.
    """
    wish = _Wish(Family(family), platform, version, flex, hexagon, update, base)
    with _turn(workspace, watcher):
        return _Fetch(workspace, wish, watcher, limits).run()


@dataclass(slots=True)
class _Fetch:
    """One fetch; the workspace is ours until it ends."""

    workspace: Workspace
    wish: _Wish
    watcher: Watcher
    limits: Limits
    lock: Lock = field(init=False)
    version: str = field(init=False)
    record: Record | None = field(init=False)
    warned: bool = False

    def run(self) -> Path:
        wish = self.wish
        self.lock = read_lock(self.workspace)
        self.version = wish.version or self._locked_version()
        check(wish.family, wish.platform, self.version, flex=wish.flex, hexagon=wish.hexagon)
        self.record = read_record(self.workspace, wish.family, wish.platform)
        wanted = self._wanted()
        arrived: dict[Item, tuple[Part, Entry]] = {}
        absent: set[Item] = set()
        for item in wanted:
            if self._here(item):
                continue
            try:
                arrived[item] = self._get(item)
            except NotThereError as error:
                if not item.optional:
                    raise self._not_published(error) from error
                absent.add(item)
        if absent:
            names = ", ".join(item.remote for item in wanted if item in absent)
            self.watcher.says(f"{wish.family} {self.version} for {wish.platform} has no {names}")
        self._lock(arrived, absent)
        self._install(arrived, {item.name: item.remote for item in wanted if item not in absent})
        return self._target(PROGRAM)

    @property
    def _before(self) -> Mapping[str, str]:
        """What was fetched of this very version, as in `Record.files`."""
        record = self.record
        return record.files if record is not None and record.version == self.version else {}

    def _wanted(self) -> list[Item]:
        wish = self.wish
        # Once it was asked for, it stays what fits the program.
        hexagon = wish.hexagon or HEXAGON_LIBRARY in self._before
        found = items(wish.family, wish.platform, self.version, flex=wish.flex, hexagon=hexagon)
        return [item for item in found if not self._known_to_be_absent(item)]

    def _locked_version(self) -> str:
        """Return the version to take if none is named."""
        locked = self.lock.versions(self.wish.family, self.wish.platform)
        if len(locked) > 1:
            raise ToolError(
                f"{LOCK_FILE} has several versions of the {self.wish.family} family for "
                f"{self.wish.platform}: {', '.join(locked)}.",
                "Say which one: --version",
            )
        return locked[0] if locked else LATEST

    def _key(self, item: Item) -> Key:
        return str(self.wish.family), self.version, self.wish.platform, item.remote

    def _target(self, name: str) -> Path:
        return folder_of(self.workspace, self.wish.family, self.wish.platform) / name

    def _known_to_be_absent(self, item: Item) -> bool:
        """Say whether this version was locked without that file."""
        if not item.optional or self.wish.update or self.lock.find(self._key(item)):
            return False
        program = Item(item.address.replace(item.remote, PROGRAM), PROGRAM)
        return self.lock.find(self._key(program)) is not None

    def _here(self, item: Item) -> bool:
        """Say whether the file is there, as locked; tell if it is there as something else."""
        path = self._target(item.name)
        if not path.is_file():
            return False
        entry, digest = self.lock.find(self._key(item)), sha256_of(path)
        name = self.workspace.relative(path)
        if entry is not None and digest == entry.sha256:
            if not self.wish.update:
                self.watcher.says(f"{name}: there already, as locked ({size_text(entry.size)})")
            return not self.wish.update
        if entry is not None and self._before.get(item.name) == item.remote:
            self.watcher.says(
                f"{name}: its sha256 is {digest}, {LOCK_FILE} says {entry.sha256}; fetching it "
                "again"
            )
        elif self.record is None:
            self.watcher.says(f"{name}: put there by hand (sha256 {digest}); replacing it")
        return False

    def _get(self, item: Item) -> tuple[Part, Entry]:
        """Download one file and verify it."""
        wish = self.wish
        base = base_address(wish.family, wish.base)
        address = join(base, item.address)
        locked = None if wish.update else self.lock.find(self._key(item))
        if locked is None and address.startswith("http:") and not self.warned:
            self.warned = True
            self.watcher.says(
                f"{shown(base)} is not encrypted; {LOCK_FILE} gets the digests of what comes"
            )
        part = Part(self._downloads / item.remote)
        arrived = self._download(address, part, item)
        if not arrived.in_one and self._wrong(address, part, arrived, locked):
            part.discard()  # pieces that do not belong together, perhaps
            arrived = self._download(address, part, item)
        if wrong := self._wrong(address, part, arrived, locked):
            part.discard()
            raise wrong
        entry = Entry(
            family=wish.family.value,
            version=self.version,
            platform=wish.platform,
            file=item.remote,
            address=shown(address),
            sha256=arrived.sha256,
            size=arrived.size_bytes,
            date=datetime.now(UTC).date(),
        )
        same = locked is not None and locked.size == entry.size
        return part, locked if same and locked is not None else entry

    def _download(self, address: str, part: Part, item: Item) -> Arrived:
        return Download(address, part, item.remote, self.limits, self.watcher).run()

    def _wrong(
        self, address: str, part: Part, arrived: Arrived, locked: Entry | None
    ) -> ToolError | None:
        """Say why what came is not to be used."""
        if trouble := image.problem(part.path, self.wish.platform):
            return ToolError(
                f"{shown(address)}: {trouble}.",
                "Something else may have answered, such as a login page or a mirror; open the "
                "address in a browser.",
            )
        if locked is not None and arrived.sha256 != locked.sha256:
            return ToolError(
                f"{shown(address)}: its sha256 is {arrived.sha256}, {LOCK_FILE} says "
                f"{locked.sha256} ({locked.date}).",
                "It was published anew, or is not what it should be. To take it: the same "
                f"command with --update, then commit {LOCK_FILE}.",
            )
        return None

    @property
    def _downloads(self) -> Path:
        name = f"{self.wish.family}-{self.version}-{self.wish.platform}"
        return tools_folder(self.workspace) / _DOWNLOADS / name

    def _not_published(self, error: NotThereError) -> ToolError:
        wish = self.wish
        advice = (
            "Look at --version: latest, nightly, or a release such as 2.1.4."
            if wish.family is Family.LITERT
            else "If this stays so, the address moved: name a mirror with --url."
        )
        return ToolError(
            f"{wish.family} {self.version} for {wish.platform} is not published: {error.message}",
            f"{error.advice} {advice}".strip(),
        )

    def _lock(self, arrived: Mapping[Item, tuple[Part, Entry]], absent: Collection[Item]) -> None:
        before = self.lock.text
        for item in absent:
            self.lock.drop(self._key(item))
        for _, entry in arrived.values():
            self.lock.put(entry)
        if self.lock.text != before:
            write_lock(self.workspace, self.lock)

    def _install(
        self, arrived: Mapping[Item, tuple[Part, Entry]], there: Mapping[str, str]
    ) -> None:
        """Move files into the folder, and those of another version out of it."""
        try:
            for name in self.record.files if self.record is not None else ():
                if name not in there:
                    self._target(name).unlink(missing_ok=True)
            for item, (part, entry) in arrived.items():
                part.install(self._target(item.name))
                self.watcher.says(
                    f"{self.workspace.relative(self._target(item.name))}: {self.wish.family} "
                    f"{self.version}, {size_text(entry.size)}, sha256 {entry.sha256}"
                )
            record = Record(self.version, dict(there))
            if record != self.record:
                write_record(self.workspace, self.wish.family, self.wish.platform, record)
            if self._downloads.is_dir() and not any(self._downloads.iterdir()):
                self._downloads.rmdir()
        except OSError as error:
            raise ToolError(
                f"{error.filename}: cannot be written: {error.strerror or error}.",
                "The same command goes on from what was fetched.",
            ) from error


@contextmanager
def _turn(workspace: Workspace, watcher: Watcher) -> Iterator[None]:
    """Wait until nobody else fetches into the workspace. Raises ToolError."""
    path = tools_folder(workspace) / _DOWNLOADS / "turn"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise ToolError(f"{path}: cannot be written: {error.strerror or error}.") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            watcher.says("somebody else fetches into this workspace; waiting for that to end")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
