"""The folder of a site: which files in it are ours, and what each of them was made of.

`benchhub-site.json` lists the pages. Only what it lists is ever written again or removed, so that
other files may lie beside them; a folder that has other files and no list is not ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from benchhub.errors import StoreError, UsageError
from benchhub.results.codec import FORMAT, read_document, write_document
from benchhub.results.disk import write_bytes

LIST = "benchhub-site.json"
# Folders of pages.
RUNS, HISTORY = "runs", "history"
INDEX = "index.html"
_OURS = re.compile(rf"index\.html|{RUNS}/[0-9A-Za-z]+\.html|{HISTORY}/[a-z0-9_+-]+\.html", re.ASCII)
_UNSAFE = re.compile(r"[^a-z0-9_+-]")
_DIGITS = 8


@dataclass(frozen=True, slots=True)
class SitePage:
    """One page.

    Attributes:
        sha256: Of its content; empty while it is not known whether it was written.
        made_of: Digest of what it was made of; empty where it is always made again.
        title: What other pages say of it.
    """

    sha256: str = ""
    made_of: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class SiteList:
    """The document.

    Attributes:
        format: Version of the run folder's format.
        pages: By their paths in the folder.
    """

    format: int = FORMAT
    pages: Mapping[str, SitePage] = field(default_factory=dict)


def run_page(run_id: str) -> str:
    """Return where the page of a run is, in the folder."""
    return f"{RUNS}/{run_id}.html"


def history_page(suite: str) -> str:
    """Return where the history of a suite is, in the folder; two suites never share one."""
    safe = _UNSAFE.sub("-", suite.lower())[:60]
    if safe != suite:
        safe = f"{safe}-{digest(suite)[:_DIGITS]}"
    return f"{HISTORY}/{safe}.html"


def digest(text: str) -> str:
    """Return the sha256 of a text."""
    return sha256(text.encode("utf-8", "replace")).hexdigest()


class SiteFolder:
    """The folder of a site while it is written.

    Args:
        path: The folder; made if it is not there.

    Attributes:
        written: Pages whose content changed.
        unchanged: How many are as they were.
        removed: Pages that are not wanted any more.
        left: Pages that are not wanted any more and were changed by someone else, so that they
            stay.

    Raises:
        UsageError: The folder has files and is not ours.
        StoreError: Its list is damaged, or it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.written: list[str] = []
        self.unchanged = 0
        self.removed: list[str] = []
        self.left: list[str] = []
        self._before = _read(path)
        self._saved = dict(self._before)
        self._now: dict[str, SitePage] = {}

    def begin(self, names: Iterable[str]) -> None:
        """Say which pages the site is going to have; nothing was touched before.

        Raises:
            UsageError: A file that is not ours is where a page belongs.
            StoreError: The folder cannot be written.
        """
        wanted = list(names)
        for name in wanted:
            if wrong := self._in_the_way(name):
                raise UsageError(
                    f"{self.path / wrong}: is not ours and where a page belongs.",
                    "Move it away, or write the site to another folder: benchhub site --out FOLDER",
                )
        # What is interrupted leaves pages that are known to be ours.
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            for folder in (RUNS, HISTORY):
                (self.path / folder).mkdir(exist_ok=True)
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be written: {error.strerror}.") from error
        self._save({name: SitePage() for name in wanted} | self._before)

    def current(self, name: str, made_of: str) -> SitePage | None:
        """Return a page that is as it would be made again; None if it has to be."""
        page = self._before.get(name)
        if page is None or page.made_of != made_of or page.sha256 != self._on_disk(name):
            return None
        self._now[name] = page
        self.unchanged += 1
        return page

    def put(self, name: str, text: str, made_of: str = "", title: str = "") -> SitePage:
        """Write a page, unless that is what is there. Raises StoreError."""
        page = SitePage(digest(text), made_of, title)
        if self._on_disk(name) != page.sha256:
            write_bytes(self.path / name, text.encode("utf-8", "replace"))
            self.written.append(name)
        else:
            self.unchanged += 1
        self._now[name] = page
        return page

    def finish(self) -> None:
        """Remove pages that are not wanted any more, and keep the list. Raises StoreError."""
        for name in sorted(self._saved.keys() - self._now.keys()):
            found = self._on_disk(name)
            if found is None:
                continue
            if self._saved[name].sha256 in ("", found):
                (self.path / name).unlink()
                self.removed.append(name)
            else:
                self.left.append(name)
        for folder in (RUNS, HISTORY):
            with suppress(OSError):  # it has files
                (self.path / folder).rmdir()
        self._save(self._now)

    def _in_the_way(self, name: str) -> str:
        """Return what of a page's path is not ours; empty if nothing is."""
        parent, _, _ = name.rpartition("/")
        folder = self.path / parent
        if parent and (folder.is_symlink() or (folder.exists() and not folder.is_dir())):
            return parent
        path = self.path / name
        strange = path.is_symlink() or (path.exists() and not path.is_file())
        return name if strange or (path.exists() and name not in self._before) else ""

    def _on_disk(self, name: str) -> str | None:
        path = self.path / name
        if path.is_symlink() or path.parent.is_symlink() or not path.is_file():
            return None
        return sha256(path.read_bytes()).hexdigest()

    def _save(self, pages: Mapping[str, SitePage]) -> None:
        target = self.path / LIST
        if target.is_file() and pages == self._saved:
            return
        write_document(target, SiteList(pages=dict(sorted(pages.items()))))
        self._saved = dict(pages)


def _read(path: Path) -> dict[str, SitePage]:
    """Return the pages of a folder that is ours, or empty, or not there."""
    if path.exists() and not path.is_dir():
        raise UsageError(f"{path}: is no folder.", "benchhub site --out FOLDER")
    known = path / LIST
    if known.is_file() and not known.is_symlink():
        advice = "Remove the folder and write the site again: benchhub site"
        try:
            pages = dict(read_document(known, SiteList).pages)
        except StoreError as error:
            raise StoreError(error.message, advice) from error
        for name in pages:
            if not _OURS.fullmatch(name):
                raise StoreError(f"{known}: {name[:60]!r} is no page of a site.", advice)
        return pages
    if path.is_dir() and any(path.iterdir()):
        raise UsageError(
            f"{path}: is not empty and no site of benchhub's; nothing was written.",
            "Choose an empty or a new folder: benchhub site --out FOLDER",
        )
    return {}
