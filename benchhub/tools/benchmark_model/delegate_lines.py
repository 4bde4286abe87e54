"""What program, runtime and delegates print about who runs the graph.

    EXTERNAL delegate created.
    Explicitly applied GPU delegate, and the model graph will be partially executed by the
        delegate w/ 2 delegate kernels.                       (one line; each explicit delegate)
    Though NNAPI delegate is explicitly applied, the model graph will not be executed by ...
    Replacing 64 out of 66 node(s) with delegate (TfLiteGpuDelegateV2) node, yielding 3
        partitions for subgraph 0 (main).                     (Android's and debug builds only)
    Hexagon delegate: 60 nodes delegated out of 66 nodes with 2 partitions.
    Following operations are not supported by GPU delegate:
    REVERSE_SEQUENCE: Operation is not supported.
    64 operations will run on the GPU, and the remaining 2 operations will run on the CPU.
    Initialized OpenCL-based API.
    NNAPI accelerators available: [google-edgetpu,nnapi-reference]

Sources: benchmark_tflite_model.cc, subgraph.cc, simple_delegate.cc, gpu/common/model_builder.cc,
gpu/delegate.cc, nnapi_delegate_provider.cc.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from benchhub.records import Unsupported
from benchhub.tools.diagnosis import bare

# Lines of interest are short; a longer one is not of these.
LONGEST_LINE = 4000
# A delegate names each kind of operator once; no model has that many kinds.
MOST_UNSUPPORTED = 200

_APPLIED = re.compile(
    r"^Explicitly applied (\w{1,60}) delegate, and the model graph will be (?:"
    r"(completely) executed|partially executed by the delegate w/ (\d{1,9}) delegate kernels)"
)
_REFUSED = re.compile(
    r"^Though (\w{1,60}) delegate is explicitly applied, the model graph will not"
)
_CREATED = re.compile(r"^(\w{1,60}) delegate created\.$")
# Older ones end after `partitions`, or with "the whole graph", newer ones name the subgraph.
_REPLACED = re.compile(
    r"^Replacing (\d{1,9})(?: out of (\d{1,9}))? node\(s\) with delegate \(([^)]{1,100})\) node,"
    r" yielding (\d{1,9}) partitions(?: for (?:the whole graph|subgraph (\d{1,9})))?"
)
_COUNTED = re.compile(
    r"^(.{0,120}?)[: ,]*\b(\d{1,9}) nodes delegated out of (\d{1,9}) nodes"
    r"(?:,? with (\d{1,9}) partitions)?"
)
_SHARED = re.compile(
    r"^(?:First )?(\d{1,9}) operations will run on the GPU, and the remaining (\d{1,9}) "
)
_NOTHING = re.compile(r"^No operations will run on the GPU, and all (\d{1,9}) ")
_BACKEND = re.compile(r"^Initialized (\w{1,20})-based API")
_ACCELERATORS = re.compile(r"^NNAPI accelerators available: \[(.{0,1000})\]")
_PLATFORM = re.compile(r"^(GPU|NNAPI|CoreML) acceleration is unsupported on this platform\.")
_NO_HEXAGON = "Could not create Hexagon delegate: platform may not support delegate"
_UNSUPPORTED_HEAD = " operations are not supported by GPU delegate:"
_IMPLICIT = "Created TensorFlow Lite XNNPACK delegate for CPU."
_LOADED, _READY = "Loaded model ", "Initialized session in "
# One of these is in every line of interest; looking for them first is much faster.
_WORDS = ("delegate", "on the GPU", "-based API", "acceler", _LOADED, _READY)


@dataclass(frozen=True, slots=True)
class Applied:
    """The program's line about a delegate that was applied explicitly.

    Attributes:
        name: As printed, e.g. `XNNPACK`.
        whole: It runs all of the graph.
        kernels: Partitions that it runs; 0 if it took no node.
        line: The line.
    """

    name: str
    whole: bool
    kernels: int
    line: str

    @property
    def row(self) -> str:
        """The row of the diagnosis table that the line belongs to."""
        if self.whole:
            return "delegate.full"
        return "delegate.partial" if self.kernels else "delegate.none"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many nodes of a graph a delegate took, as a line says.

    Attributes:
        delegate: Name as printed: the type of its node, or what it calls itself.
        nodes: Nodes that it took.
        total: Nodes that were there, delegate nodes of earlier delegates among them.
        partitions: Pieces that it runs; None if the line counts others too.
        line: The line.
    """

    delegate: str
    nodes: int
    total: int | None
    partitions: int | None
    line: str


@dataclass(slots=True)
class DelegateLines:
    """Everything of interest; None and empty where nothing was said.

    Attributes:
        loaded: The program said that it has the model.
        ready: The program said that all delegates were applied.
        created: Names of the delegates that it said it had made.
        applied: In the order of their lines.
        replaced: The runtime's counts for the main graph, one a delegate.
        counted: Delegates' own counts, one a delegate.
        shared: The GPU delegate's count.
        unsupported: Operators that the GPU delegate lacks.
        backend: API of the GPU delegate, e.g. `OpenCL`.
        accelerators: What NNAPI offers; None if it was not listed.
        absent: Delegates that the program does not have on this platform, with the line.
        implicit_xnnpack: The runtime made XNNPACK, by itself or because it was asked for.
    """

    loaded: bool = False
    ready: bool = False
    created: set[str] = field(default_factory=set)
    applied: list[Applied] = field(default_factory=list)
    replaced: dict[str, Coverage] = field(default_factory=dict)
    counted: dict[str, Coverage] = field(default_factory=dict)
    shared: Coverage | None = None
    unsupported: list[Unsupported] = field(default_factory=list)
    backend: str = ""
    accelerators: tuple[str, ...] | None = None
    absent: dict[str, str] = field(default_factory=dict)
    implicit_xnnpack: bool = False

    def about(self, delegate: str) -> Applied | None:
        """Return the program's line about the delegate of that word."""
        return next((one for one in self.applied if one.name.lower() == delegate), None)


def read_delegate_lines(stdout: str, stderr: str) -> DelegateLines:
    """Read the lines of both streams; lines that are not understood are passed over."""
    lines = DelegateLines()
    for text in (stdout, stderr):
        _read_stream(text.split("\n"), lines)
    return lines


def _read_stream(raw_lines: Iterable[str], lines: DelegateLines) -> None:
    listing = False
    for raw in raw_lines:
        if len(raw) > LONGEST_LINE or not (listing or any(word in raw for word in _WORDS)):
            continue
        line = bare(raw).strip()
        if _UNSUPPORTED_HEAD in line:
            listing = True
        elif listing and not _read_share(line, lines):
            listing = _read_unsupported(line, lines)
        elif listing:
            listing = False
        else:
            _read_line(line, lines)


def _read_unsupported(line: str, lines: DelegateLines) -> bool:
    """Read `OP: reason`; the reason may be missing. False where the list has ended."""
    op, separator, reason = line.partition(":")
    known = len(lines.unsupported) < MOST_UNSUPPORTED
    if not (separator and known and 0 < len(op) <= 120):
        return False
    found = Unsupported(op.strip(), reason.strip()[:300])
    if found not in lines.unsupported:
        lines.unsupported.append(found)
    return True


def _read_share(line: str, lines: DelegateLines) -> bool:
    if found := _SHARED.search(line):
        nodes, rest = int(found[1]), int(found[2])
    elif found := _NOTHING.search(line):
        nodes, rest = 0, int(found[1])
    else:
        return False
    # The first one is about the main graph.
    lines.shared = lines.shared or Coverage("GPU", nodes, nodes + rest, None, line)
    return True


def _read_line(line: str, lines: DelegateLines) -> None:
    if line == _IMPLICIT:
        lines.implicit_xnnpack = True
    elif found := _APPLIED.search(line):
        whole = found[2] is not None
        lines.applied.append(Applied(found[1], whole, 1 if whole else int(found[3]), line))
    elif found := _REFUSED.search(line):
        lines.applied.append(Applied(found[1], whole=False, kernels=0, line=line))
    elif found := _CREATED.search(line):
        lines.created.add(found[1])
    elif found := _REPLACED.search(line):
        _read_replaced(found, line, lines)
    elif found := _COUNTED.search(line):
        name = found[1].strip(" :,") or "delegate"
        partitions = int(found[4]) if found[4] else None
        taken = Coverage(name, int(found[2]), int(found[3]), partitions, line)
        lines.counted.setdefault(name, taken)
    elif not _read_share(line, lines):
        _read_surroundings(line, lines)


def _read_replaced(found: re.Match[str], line: str, lines: DelegateLines) -> None:
    if int(found[5] or 0) != 0:
        return  # the body of a WHILE or IF
    nodes, total = int(found[1]), int(found[2]) if found[2] else None
    # Pieces that stay with the CPU are counted too.
    partitions = 1 if nodes == total else None
    taken = Coverage(found[3], nodes, total, partitions, line)
    # "The whole graph" is said of each graph; the main one comes first.
    lines.replaced.setdefault(found[3], taken)


def _read_surroundings(line: str, lines: DelegateLines) -> None:
    if found := _BACKEND.search(line):
        lines.backend = found[1]  # the last one is the one in use
    elif found := _ACCELERATORS.search(line):
        names = (name.strip() for name in found[1].split(","))
        lines.accelerators = tuple(name for name in names if name)
    elif found := _PLATFORM.search(line):
        lines.absent.setdefault(found[1].lower(), line)
    elif _NO_HEXAGON in line:
        lines.absent.setdefault("hexagon", line)
    elif line.startswith(_LOADED):
        lines.loaded = True
    elif line.startswith(_READY):
        lines.ready = True
