"""The seam to a measuring program: what to run for a case, and what its output says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Protocol

from benchhub.devices.transport import Transport
from benchhub.errors import ToolError
from benchhub.records import (
    Case,
    CommandResult,
    DeviceFacts,
    Measure,
    Purpose,
    Reading,
    Refusal,
    ToolIdentity,
)

OUTPUT_FILE = "outputs.bin"


@dataclass(frozen=True, slots=True)
class Staged:
    """Where the files of an invocation are on the device.

    Attributes:
        model: The model.
        work_dir: Folder for outputs.
        files: Path there by each file or folder that the delegate's options name.
        inputs: Path there by input, of the raw values to feed, in the order of the graph; for
            Purpose.VERIFY.
        shapes: Dimensions by input, likewise of all of them.
    """

    model: str
    work_dir: str
    files: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Command:
    """What to run on the device.

    Attributes:
        argv: Program and arguments.
        env: Variables to set.
        outputs: Names of the files it may write into the work folder.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Artifacts:
    """What came back: the process's end and the files it wrote, by name."""

    result: CommandResult
    files: Mapping[str, bytes]


class Measurer(Protocol):
    """What one invocation needs of a tool."""

    name: str

    def command(
        self,
        case: Case,
        measure: Measure,
        purpose: Purpose,
        staged: Staged,
        identity: ToolIdentity,
    ) -> Command:
        """Return what to run for one invocation. Pure.

        For Purpose.VERIFY the command makes one inference on `staged.inputs` and writes the
        outputs to OUTPUT_FILE in the work folder: raw little-endian values, one output behind the
        other in the order of the graph.

        Raises:
            ToolError: The program cannot do that.
        """
        ...

    def parse(
        self, case: Case, measure: Measure, purpose: Purpose, artifacts: Artifacts
    ) -> Reading:
        """Read the output of one invocation. Pure; never raises on any output."""
        ...


class Tool(Measurer, Protocol):
    """A program that measures one case in one fresh process."""

    def identify(self, transport: Transport) -> ToolIdentity:
        """Find the program on the device and say what it is.

        Raises:
            ToolError: It is not there or cannot run there; the message says what to do.
        """
        ...

    def refuse(self, case: Case, identity: ToolIdentity, facts: DeviceFacts) -> Refusal | None:
        """Say why this program cannot measure this case on that device, or None if it can."""
        ...


class ToolFactory(Protocol):
    """What an entry point of the group `benchhub.tools` names."""

    def __call__(self, settings: Mapping[str, str]) -> Tool:
        """Make the tool with the settings of suite and device, e.g. `path`."""
        ...


def tool_names() -> tuple[str, ...]:
    """Return the names of all installed tools."""
    return tuple(sorted({point.name for point in entry_points(group="benchhub.tools")}))


def make_tool(name: str, settings: Mapping[str, str]) -> Tool:
    """Return the tool registered under that name.

    Raises:
        ToolError: No such tool is installed.
    """
    for point in entry_points(group="benchhub.tools"):
        if point.name == name:
            factory: ToolFactory = point.load()
            return factory(settings)
    raise ToolError(f"no tool is called '{name}'.", f"Installed: {', '.join(tool_names())}.")
