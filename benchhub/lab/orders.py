"""What a host has to know of a run: its plan, and the files that it needs, by content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from benchhub.devices.digest import sha256_of
from benchhub.execution.references import Reference
from benchhub.execution.station import Job, Shelf
from benchhub.records import Case, Failure, Plan, Purpose, named_files
from benchhub.results.codec import encode
from benchhub.tools.official.lock import LOCK_FILE
from benchhub.tools.program.source import LIBRARIES, folder_of, variable_of
from benchhub.workspace import Workspace

# Below the folder of an order: files that are outside of the controller's workspace.
ELSEWHERE = "elsewhere"
PROGRAMS = ("benchmark_model", "benchmark_litert_model")


@dataclass(frozen=True, slots=True)
class Order:
    """A run, as a host works on it.

    Attributes:
        plan: The plan; all its paths are inside the workspace.
        files: Digest of each file that is needed, by its path in the workspace.
        references: Folder of the reference outputs by case id.
        missing_references: Why there are none, by case id.
    """

    plan: Plan
    files: Mapping[str, str]
    references: Mapping[str, str] = field(default_factory=dict)
    missing_references: Mapping[str, Failure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parcel:
    """An order, packed.

    Attributes:
        digest: Of the order's document; its name in the lab.
        document: The order as JSON.
        sources: Where each file is here, by digest.
    """

    digest: str
    document: bytes
    sources: Mapping[str, Path]

    def size_of(self, digest: str) -> int:
        """Return the size of a file, or of the order itself, in bytes."""
        return len(self.document) if digest == self.digest else self.sources[digest].stat().st_size


def pack(job: Job) -> Parcel:
    """Pack what hosts need for a run; the order is the same whichever device the job is of.

    Raises:
        OSError: A file cannot be read.
    """
    plan = _relocated(_with_variables(job.plan), job.workspace)
    references: dict[str, str] = {}
    failures: dict[str, Failure] = {}
    for case, found in _references(job.plan, job.references):
        if isinstance(found, Failure):
            failures[case.id] = found
        else:
            references[case.id] = job.workspace.relative(found.folder)
    named = [*_wanted(plan, job.plan, job.workspace)]
    named += [(folder, job.workspace.root / folder) for folder in references.values()]
    sources = {name: path for one in named for name, path in _files(*one)}
    digests = {name: sha256_of(path) for name, path in sorted(sources.items())}
    document = encode(Order(plan, digests, references, failures))
    return Parcel(
        digest=hashlib.sha256(document).hexdigest(),
        document=document,
        sources={digests[name]: path for name, path in sources.items()},
    )


def _with_variables(plan: Plan) -> Plan:
    """Write down the programs that only this process's environment names."""

    def named(tool: str, given: Mapping[str, str]) -> Mapping[str, str]:
        path = os.environ.get(variable_of(tool), "") if tool in PROGRAMS else ""
        return {**given, "path": path} if path and not given.get("path") else given

    return replace(plan, tools={name: named(name, given) for name, given in plan.tools.items()})


def _relocated(plan: Plan, workspace: Workspace) -> Plan:
    """Return the plan with names inside the workspace for files that are elsewhere."""

    def inside(path: str) -> str:
        return _inside(path, workspace)

    def settings(given: Mapping[str, str]) -> Mapping[str, str]:
        return {key: inside(value) if key == "path" else value for key, value in given.items()}

    def case(one: Case) -> Case:
        variant = replace(one.variant, path=inside(one.variant.path))
        options = one.configuration.options
        renamed: dict[str, Any] = {
            item.name: inside(getattr(options, item.name))
            for item in (fields(options) if options else ())
            if getattr(options, item.name) in named_files(options)
        }
        if options is not None and renamed:
            options = replace(options, **renamed)
        return replace(
            one, variant=variant, configuration=replace(one.configuration, options=options)
        )

    return replace(
        plan,
        tools={name: settings(given) for name, given in plan.tools.items()},
        cases=tuple(case(one) for one in plan.cases),
        sides={
            side: replace(spec, tools={name: settings(given) for name, given in spec.tools.items()})
            for side, spec in plan.sides.items()
        },
    )


def _inside(path: str, workspace: Workspace) -> str:
    """Return the name that a file has below a host's folder. A bare name is found in PATH."""
    plain = os.path.normpath(path)
    if not Path(plain).is_absolute() and not plain.startswith(".."):
        return path
    digest = hashlib.sha256(str(workspace.root / plain).encode()).hexdigest()[:12]
    return f"{ELSEWHERE}/{digest}/{Path(plain).name}"


def _references(plan: Plan, shelf: Shelf) -> Iterator[tuple[Case, Reference | Failure]]:
    wanted = dict.fromkeys(
        step.case_id for step in plan.invocations if step.purpose is Purpose.VERIFY
    )
    for case_id in wanted:
        case = plan.case(case_id)
        try:
            yield case, shelf.of(case)
        except KeyError:
            continue  # it was verified before the run was resumed


def _wanted(plan: Plan, original: Plan, workspace: Workspace) -> Iterator[tuple[str, Path]]:
    """Yield name on the host and place here of what the cases name; it need not be there."""
    for one, other in zip(plan.cases, original.cases, strict=True):
        if one.variant.sha256:
            yield one.variant.path, workspace.root / other.variant.path
        names = named_files(one.configuration.options)
        yield from (
            (name, workspace.root / source)
            for name, source in zip(names, named_files(other.configuration.options), strict=True)
        )
    tools = [(plan.tools, _with_variables(original).tools)]
    tools += [(plan.sides[side].tools, original.sides[side].tools) for side in plan.sides]
    for renamed, given in tools:
        for name, settings in renamed.items():
            if path := settings.get("path"):
                source = workspace.root / given[name]["path"]
                yield path, source
                yield from _beside(path, source)
    for tool in {case.tool for case in plan.cases} & set(PROGRAMS):
        yield folder_of(tool), workspace.root / folder_of(tool)
    yield LOCK_FILE, workspace.root / LOCK_FILE


def _beside(name: str, program: Path) -> Iterator[tuple[str, Path]]:
    """Yield the libraries beside a program, which are found there when it runs."""
    if program.is_file():
        for pattern in LIBRARIES:
            for path in sorted(program.parent.glob(pattern)):
                yield f"{Path(name).parent}/{path.name}", path


def _files(name: str, path: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files of a file or folder. What is not there is told where it is needed."""
    if path.is_file():
        yield name, path
    elif path.is_dir():
        for folder, inside, files in os.walk(path, followlinks=True):
            here = Path(folder)
            # A link to a folder above it would never end.
            inside[:] = [one for one in inside if (here / one).resolve() not in _above(here)]
            for file in (here / one for one in files):
                if file.is_file():
                    yield f"{name}/{file.relative_to(path).as_posix()}", file


def _above(folder: Path) -> set[Path]:
    ways = (folder, *folder.parents)
    return {*folder.resolve().parents, *(one.resolve() for one in ways)}
