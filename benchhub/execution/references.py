"""What the host's CPU makes of known inputs: the truth that outputs of devices are held against.

The reference is the `litert` tool with its built-in kernels on one thread. XNNPACK would be faster,
but it is a delegate as well, and one that suites measure: what is checked must not be the measure.
The interpreter's plain reference kernels are no choice: they abort on some int8 models.

Inputs and outputs are kept in the workspace's `.benchhub/verify/`, a folder for each model, inputs,
seed and runtime, so that a second run needs neither.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import uuid
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass
from pathlib import Path

from benchhub.devices.digest import sha256_of
from benchhub.devices.host import HostTransport
from benchhub.devices.staging import stage
from benchhub.errors import BenchhubError, MeasurementError, ModelError, StoreError
from benchhub.records import (
    DEFAULT_TOOL,
    NONE,
    Case,
    Configuration,
    Failure,
    InputSpec,
    Measure,
    ModelVariant,
    Purpose,
    Tensor,
    ToolIdentity,
)
from benchhub.reports.agreement import NOT_VERIFIED
from benchhub.results.codec import read_document, write_document
from benchhub.results.disk import write_bytes
from benchhub.tools.litert.child.failure import MeasureError
from benchhub.tools.litert.document import MalformedError
from benchhub.tools.litert.tensors import Tensors, tensors_of
from benchhub.tools.tool import OUTPUT_FILE, Artifacts, Staged, Tool, make_tool
from benchhub.workspace import STATE, Workspace

FOLDER = "verify"
DOCUMENT = "reference.json"
RESULT = "result.json"

# One inference of a large model by kernels that are not the fastest.
TIMEOUT_S = 600.0
_ONE_INFERENCE = Measure(1, 0, 1, 0.0, TIMEOUT_S, 0, 0.0, 0.0, 0.0, TIMEOUT_S)
# Version of what is kept; another way to make inputs is another one.
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Fed:
    """One input and its values.

    Attributes:
        tensor: The input.
        file: File in the folder of the reference.
        sha256: Of its content.
    """

    tensor: Tensor
    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a reference; the document in its folder.

    Attributes:
        inputs: In the order of the graph.
        outputs: Likewise; their values are in OUTPUT_FILE, one behind the other.
        sha256: Of that file.
        made_by: What made the outputs, for people.
    """

    inputs: tuple[Fed, ...]
    outputs: tuple[Tensor, ...]
    sha256: str
    made_by: str


@dataclass(frozen=True, slots=True)
class Reference:
    """Inputs of a model, and its outputs on the host's CPU.

    Attributes:
        folder: Where the values are.
        kept: What they are.
    """

    folder: Path
    kept: Kept

    def outputs(self) -> bytes:
        """Return the values of the outputs. Raises OSError."""
        return (self.folder / OUTPUT_FILE).read_bytes()


_Subject = tuple[str, str | None, tuple[InputSpec, ...]]


class References:
    """The references of a run.

    Args:
        seed: Seed of the inputs.
        workspace: Where models are, and where references are kept.
    """

    def __init__(self, seed: int, workspace: Workspace) -> None:
        self._seed = seed
        self._root = workspace.root
        self._host = HostTransport("host", workspace.root)
        self._tool: tuple[Tool, ToolIdentity] | None = None
        self._made: dict[_Subject, Reference | Failure] = {}

    def prepare(self, cases: Iterable[Case], tell: Callable[[str], None]) -> None:
        """Make what these cases need, before anything is measured on this machine.

        Args:
            cases: The cases.
            tell: Is told what is made, before it is.
        """
        variants = {_subject(case.variant): case.variant for case in cases}
        for subject, variant in variants.items():
            tell(f"reference outputs of {variant.model}/{variant.variant}")
            self._made[subject] = self._make(variant)

    def of(self, case: Case) -> Reference | Failure:
        """Return the reference of a case, or why there is none; `prepare` was told of it."""
        return self._made[_subject(case.variant)]

    def _make(self, variant: ModelVariant) -> Reference | Failure:
        try:
            tool, identity = self._identified()
            folder = self._root / STATE / FOLDER / _key(variant, self._seed, identity)
            kept = _read(folder)
            if kept is None:
                maker = _Maker(self._host, tool, identity, variant, self._root)
                kept = _filled(folder, lambda empty: maker.make(empty, self._seed))
            return Reference(folder, kept)
        except BenchhubError as error:
            name = f"{variant.model}/{variant.variant}"
            return Failure(
                NOT_VERIFIED,
                f"not verified: no reference outputs of {name} from the host: {error.message}",
                error.advice,
                error.exit_code,
            )

    def _identified(self) -> tuple[Tool, ToolIdentity]:
        if self._tool is None:
            tool = make_tool(DEFAULT_TOOL, {"root": str(self._root)})
            self._tool = tool, tool.identify(self._host)
        return self._tool


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes one reference."""

    host: HostTransport
    tool: Tool
    identity: ToolIdentity
    variant: ModelVariant
    root: Path

    def make(self, empty: Path, seed: int) -> Kept:
        """Fill an empty folder. Raises BenchhubError."""
        from benchhub.execution.seeded import seeded_values  # noqa: PLC0415 - numpy is slow to load

        local = self.root / self.variant.path
        model = stage(self.host, local, self.variant.sha256)
        # The first run tells the types and shapes of the inputs.
        tensors = self._run(model, empty, {})
        specs = {spec.name: spec for spec in self.variant.inputs}
        fed = []
        for index, tensor in enumerate(tensors.inputs):
            values = seeded_values(tensor, specs.get(tensor.name), seed)
            name = f"input_{index}.bin"
            write_bytes(empty / name, values)
            fed.append(Fed(tensor, name, hashlib.sha256(values).hexdigest()))
        files = {one.tensor.name: str(empty / one.file) for one in fed}
        outputs = self._run(model, empty, files).outputs
        return Kept(
            inputs=tuple(fed),
            outputs=outputs,
            sha256=sha256_of(empty / OUTPUT_FILE),
            made_by=f"{self.tool.name} {self.identity.version}, built-in kernels, 1 thread",
        )

    def _run(self, model: str, folder: Path, files: dict[str, str]) -> Tensors:
        """Make one inference; outputs are written into the folder."""
        case = Case(self.variant, Configuration(NONE, NONE, 1), self.tool.name)
        staged = Staged(model, str(folder), inputs=files)
        command = self.tool.command(case, _ONE_INFERENCE, Purpose.VERIFY, staged, self.identity)
        ended = self.host.run(command.argv, timeout_s=TIMEOUT_S, env=command.env)
        try:
            written = {
                name: (folder / name).read_bytes()
                for name in command.outputs
                if (folder / name).exists()
            }
            artifacts = Artifacts(ended, written)
            failure = self.tool.parse(case, _ONE_INFERENCE, Purpose.VERIFY, artifacts).failure
            if failure:
                of_model = failure.exit_code == ModelError.exit_code
                kind = ModelError if of_model else MeasurementError
                raise kind(failure.message, failure.advice)
            path = str(self.root / model)
            return tensors_of(written[RESULT], path, self.variant.signature)
        except (OSError, MalformedError, MeasureError) as error:
            raise MeasurementError(f"the result cannot be read: {error}") from error


def _subject(variant: ModelVariant) -> _Subject:
    return variant.sha256, variant.signature, variant.inputs


def _key(variant: ModelVariant, seed: int, identity: ToolIdentity) -> str:
    """Return the name of a reference's folder: all that its content depends on."""
    inputs = [astuple(spec) for spec in variant.inputs]
    machine = (platform.node(), platform.machine())
    parts = (_VERSION, variant.sha256, variant.signature, inputs, seed, identity.sha256, machine)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _read(folder: Path) -> Kept | None:
    """Return what was made before; None if there is nothing, or not all of it."""
    if not (folder / DOCUMENT).exists():
        return None
    try:
        kept = read_document(folder / DOCUMENT, Kept)
        files = {one.file: one.sha256 for one in kept.inputs}
        files[OUTPUT_FILE] = kept.sha256
        whole = all(sha256_of(folder / name) == digest for name, digest in files.items())
    except (StoreError, OSError):
        return None
    return kept if whole else None


def _filled(folder: Path, fill: Callable[[Path], Kept]) -> Kept:
    """Make a folder that is there whole or not at all. Raises BenchhubError."""
    new = folder.with_name(f".new-{uuid.uuid4().hex}")
    try:
        new.mkdir(parents=True)
        kept = fill(new)
        write_document(new / DOCUMENT, kept)
        (new / RESULT).unlink()
        shutil.rmtree(folder, ignore_errors=True)  # what was there is not whole
        new.rename(folder)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written: {error.strerror}.") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return kept
