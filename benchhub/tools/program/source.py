"""Where a suite, a device file or the environment says that a program is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from benchhub.devices.digest import sha256_of
from benchhub.devices.staging import stage_files, stage_folder
from benchhub.devices.transport import Transport
from benchhub.errors import AccessError, ConnectionLostError, ToolError, TransportError
from benchhub.records import ToolIdentity
from benchhub.tools.delegates.litert import VENDORS
from benchhub.tools.official.cache import verify
from benchhub.tools.program import location
from benchhub.tools.program.flags import Family
from benchhub.tools.program.identity import TOOLS, identify
from benchhub.workspace import STATE, Workspace

LIBRARIES = ("*.so", "*.so.*", "*.dylib")
_DISPATCH = "libLiteRtDispatch_*"


@dataclass(frozen=True, slots=True)
class Source:
    """The program of one family on this machine, as it was named.

    Attributes:
        family: Whose program it is to be.
        path: The program or a folder with it, relative to the workspace; has a `/`.
        root: The workspace.
        platform: That of the device; None if it does not tell.
        libraries: Folder with libraries of delegates, relative to the workspace; may be empty.
    """

    family: Family
    path: str
    root: Path
    platform: str | None = None
    libraries: str = ""

    @classmethod
    def of(cls, family: Family, settings: Mapping[str, str]) -> Source:
        """Read the settings of a tool: `path`, `root`, `platform`, `libraries`.

        Without `path` the variable of the tool names it (`BENCHHUB_BENCHMARK_MODEL`), then the
        workspace's folder of the tool (`.benchhub/tools/benchmark_model`) is taken.

        Raises:
            ToolError: None of them names a program.
        """
        tool = TOOLS[family]
        root = Path(settings.get("root", "."))
        path = settings.get("path") or os.environ.get(variable_of(tool), "")
        if not path and (root / folder_of(tool)).is_dir():
            path = folder_of(tool)
        if not path:
            raise ToolError(
                f"the tool '{tool}' needs the path of the program.",
                "Get the official one (benchhub tools fetch --device NAME). "
                f"Or give it in the suite (tools: - {{name: {tool}, path: FILE}}), in the device "
                f"file ({tool}: FILE), or in {variable_of(tool)}.",
            )
        return cls(
            family=family,
            # A bare name would be looked for in PATH, where other programs have the same one.
            path=path if "/" in path else f"./{path}",
            root=root,
            platform=settings.get("platform"),
            libraries=settings.get("libraries", ""),
        )

    def identify(self, transport: Transport) -> ToolIdentity:
        """Bring the program and the libraries to the device and say what they are there.

        Raises:
            ToolError: It is not there, cannot run there, is another program, or is not the one
                that `tools.lock.yaml` says was fetched.
        """
        try:
            return self._identify(transport)
        except (ConnectionLostError, AccessError, ToolError):
            raise
        except TransportError as error:
            raise ToolError(error.message, error.advice) from error

    def _identify(self, transport: Transport) -> ToolIdentity:
        local = self.root / self.path
        if transport.here and not local.is_dir():
            folders = self._folders(transport, local.parent, local.parent)
            return identify(transport, self.path, self.family, folders)
        found = location.find(local, self.path, transport.name, self.platform, self.family)
        if self.path == folder_of(TOOLS[self.family]) and self.platform is not None:
            verify(Workspace(self.root), self.family.value, self.platform)
        inside = found.file.is_relative_to(self.root)
        shown = str(found.file.relative_to(self.root) if inside else found.file)
        if transport.here:
            folders = self._folders(transport, found.file.parent, found.file.parent)
            path = shown if "/" in shown else f"./{shown}"
            return identify(transport, path, self.family, folders)
        staged = location.put(found, transport)
        own = Path(staged).parent if found.folder else None
        folders = self._folders(transport, found.file.parent, own)
        identity = identify(transport, staged, self.family, folders)
        return replace(identity, path=shown, program=staged, sha256=sha256_of(found.file))

    def _folders(self, transport: Transport, local: Path, there: Path | None) -> tuple[str, ...]:
        """Return where libraries are on the device: as configured, then beside the program.

        LiteRT takes the first dispatch library of an NPU below one folder, whosever it is. So a
        folder with one comes first, and before it one folder for each vendor if there are several.

        Args:
            transport: The way to the device.
            local: Folder of the program here.
            there: The same on the device; None if only the program went there.
        """
        found: list[tuple[Path, str]] = []
        if self.libraries:
            extra = self.root / self.libraries
            if not extra.is_dir():
                raise ToolError(
                    f"{transport.name}: {self.libraries} is no folder.",
                    "`libraries` in the device file names the folder of the delegates' libraries.",
                )
            path = str(extra.resolve()) if transport.here else stage_folder(transport, extra)
            found.append((extra, path))
        if there is not None and _has_libraries(local):
            found.append((local, str(there.resolve() if transport.here else there)))
        vendors = {folder: _vendors(folder) for folder, _ in found}
        found.sort(key=lambda one: not vendors[one[0]])
        apart = (
            path
            for folder, _ in found
            if len(vendors[folder]) > 1 and not transport.here
            for path in _apart(transport, folder, vendors[folder])
        )
        return (*apart, *(path for _, path in found))


def _vendors(folder: Path) -> dict[str, list[Path]]:
    """Return the files of each vendor whose dispatch library is there, by benchhub's word."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.glob(_DISPATCH)):
        name = path.stem.partition("_")[2]
        word = next((one for one in VENDORS if one.replace("_", "") == name.casefold()), name)
        found[word] = sorted(folder.glob(f"libLiteRt*_{name}.*"))
    return found


def _apart(transport: Transport, folder: Path, vendors: dict[str, list[Path]]) -> list[str]:
    files = {f"{word}/{path.name}": path for word, paths in vendors.items() for path in paths}
    staged = stage_files(transport, folder, files)
    return [f"{staged}/{word}" for word in vendors]


def variable_of(tool: str) -> str:
    """Return the environment variable that names the program of a tool."""
    return f"BENCHHUB_{tool.upper()}"


def folder_of(tool: str) -> str:
    """Return the folder of the workspace that a tool's programs are kept in."""
    return f"{STATE}/tools/{tool}"


def _has_libraries(folder: Path) -> bool:
    return any(next(folder.glob(pattern), None) is not None for pattern in LIBRARIES)
