"""What other machines send: orders of a lab, and runs in a shared place."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path

from benchhub.lab.file_store import FileStore
from benchhub.lab.mirror import SentReferences, mirror
from benchhub.lab.orders import Order
from benchhub.records import Failure
from benchhub.results.codec import decode, encode
from benchhub.results.shared_manifest import MANIFEST
from benchhub.results.shared_runs import pull, push
from benchhub.results.shared_store import SharedStore, open_store
from benchhub.workspace import Workspace
from tests.fuzz.seeds import scratch
from tests.fuzz.target import Form, Target
from tests.fuzz.targets.documents import small_run, write_run

_MODEL = b"a model"
_DIGEST = sha256(_MODEL).hexdigest()


@dataclass(frozen=True, slots=True)
class _Rest:
    """An order but for its plan, which is fuzzed by itself."""

    files: Mapping[str, str]
    references: Mapping[str, str] = field(default_factory=dict)
    missing_references: Mapping[str, Failure] = field(default_factory=dict)


@cache
def _host() -> tuple[Path, FileStore]:
    """Return the folder of a host, and its files; there is one."""
    root = scratch() / "host"
    (root / "devices").mkdir(parents=True)
    files = FileStore(root / "files")
    files.write(_DIGEST, "0" * 32, 0, _MODEL, last=True)
    return root, files


def _order(data: bytes) -> None:
    """Look what an order lacks, and make its workspace; it may lead nowhere else."""
    root, files = _host()
    before = sorted(root.parent.rglob("*"))
    rest = decode(data, _Rest, "order")
    order = Order(small_run().plan, rest.files, rest.references, rest.missing_references)
    if files.lacking(order.files.values()):
        return
    work = root / "work"
    try:
        workspace = mirror(order, files, Workspace(root), work)
        shelf = SentReferences(order, workspace)
        for case in order.plan.cases:
            with suppress(KeyError):  # as for one that was verified before the run was resumed
                shelf.of(case)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        assert sorted(root.parent.rglob("*")) == before


def _order_seeds() -> list[bytes]:
    one, other = (case.id for case in small_run().plan.cases)
    files = {"suites/digits.tflite": _DIGEST, "elsewhere/0/benchmark_model": _DIGEST}
    kept, failure = {one: ".benchhub/references/0"}, Failure("none", "", "", 0)
    return [encode(_Rest(files)), encode(_Rest(files, kept, {other: failure}))]


@cache
def _shared() -> tuple[SharedStore, Path, bytes]:
    """Return a shared place with a run, where its manifest is, and the manifest."""
    run = small_run()
    store = open_store("shared", scratch())
    push(write_run(run, scratch() / "pushed" / run.plan.run_id), store)
    manifest = scratch() / "shared" / run.plan.run_id / MANIFEST
    return store, manifest, manifest.read_bytes()


def _pull(data: bytes) -> None:
    """Fetch the run as another manifest tells of it; nothing is left elsewhere."""
    store, manifest, _ = _shared()
    runs = scratch() / "fetched"
    runs.mkdir()
    manifest.write_bytes(data)
    before = sorted(scratch().rglob("*"))
    try:
        pull(manifest.parent.name, store, runs)
    finally:
        shutil.rmtree(runs)
        assert sorted(scratch().rglob("*")) == [path for path in before if path != runs]


TARGETS = (
    Target(
        "lab_order",
        _order,
        _order_seeds,
        Form.JSON,
        ("files", "references", "missing_references", "kind", "message", "/", "../", "\\u0000"),
        0.2,
    ),
    Target(
        "shared_manifest",
        _pull,
        lambda: [_shared()[2]],
        Form.JSON,
        ("format", "run_id", "state", "files", "size", "sha256", "plan.json", "../"),
        0.05,
    ),
)
