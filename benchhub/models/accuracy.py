"""How good the variants of a network are: the metric of each, its difference to one of them.

Each variant is run in a process of its own, over the data of the suite, and what comes out is kept
in `.benchhub/accuracy` by everything that determines it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchhub.devices.digest import sha256_of
from benchhub.errors import BenchhubError, ModelError
from benchhub.models.cache import Cache, Entry
from benchhub.models.files import identify
from benchhub.models.sources import data_request
from benchhub.models.worker import Done, Tell, Worker
from benchhub.records import Accuracy, AccuracySpec, Difference, Failure, ModelVariant

FOLDER = "accuracy"
TASK = "evaluate"
OUTPUTS = "outputs.npz"
# Kind of the failures.
ACCURACY = "accuracy"
# A network without fast kernels over a test set may take a night.
EVALUATION_S = 86_400.0

_RUNTIME = ("ai-edge-litert", "numpy")


@dataclass(frozen=True, slots=True)
class Judgement:
    """How good one variant is.

    Attributes:
        accuracy: None without labels, or if it could not be computed.
        difference: None for the reference variant itself, and where it could not be computed.
        failures: Why something is missing.
        notes: What to know of how the figures came about.
    """

    accuracy: Accuracy | None = None
    difference: Difference | None = None
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()


class Judge:
    """Judges the variants of one network.

    Args:
        root: Folder of the workspace.
        spec: On what, and how.
        variants: All variants of the network that are there, by name.
        tell: Is told what is being done.
        timeout_s: A variant is given up after that time.
    """

    def __init__(
        self,
        root: Path,
        spec: AccuracySpec,
        variants: Mapping[str, ModelVariant],
        tell: Tell,
        timeout_s: float = EVALUATION_S,
    ) -> None:
        self._root = root
        self._spec = spec
        self._variants = variants
        self._cache = Cache(root, FOLDER)
        self._worker = Worker(root, tell)
        self._timeout_s = timeout_s
        self._reference: Entry | BenchhubError | None = None

    def judge(self, variant: ModelVariant) -> Judgement:
        """Judge a variant; the reference variant is run before, if it has not been."""
        reference = self._outputs_of_reference()
        if variant.variant == self._spec.against:
            if isinstance(reference, BenchhubError):
                return Judgement(failures=(_failure(reference),))
            return self._judgement(reference)
        found = reference if isinstance(reference, Entry) else None
        try:
            judgement = self._judgement(self._evaluated(variant, found))
        except BenchhubError as error:
            return Judgement(failures=(_failure(error),))
        if isinstance(reference, BenchhubError):
            why = f"no difference to {self._spec.against}: {reference.message}"
            missing = Failure(ACCURACY, why, reference.advice, reference.exit_code)
            return replace(judgement, failures=(*judgement.failures, missing))
        return judgement

    def _outputs_of_reference(self) -> Entry | BenchhubError:
        """Return what the reference variant gives, or why there is nothing; once."""
        if self._reference is None:
            self._reference = self._made_reference()
        return self._reference

    def _made_reference(self) -> Entry | BenchhubError:
        variant = self._variants.get(self._spec.against)
        if variant is None:
            return ModelError(
                "it is not among the variants of this run, or could not be made.",
                "Name another one: `against` in `accuracy`.",
            )
        try:
            return self._evaluated(variant, None)
        except BenchhubError as error:
            return error

    def _evaluated(self, variant: ModelVariant, reference: Entry | None) -> Entry:
        """Return what the job says of a variant, from the cache if it did before.

        Raises:
            BenchhubError: It could not be run.
        """
        keep = variant.variant == self._spec.against
        request, key = self._request(variant, reference, keep=keep)
        found = self._cache.find(TASK, key)
        # A function that failed may work now, for reasons that no digest tells.
        if found is not None and not found.values["problems"]:
            return found
        demand_unchanged(variant, self._root)
        what = f"{variant.model}/{variant.variant}: accuracy"

        def do(folder: Path) -> Done:
            return self._worker.do(TASK, request, folder, what, self._timeout_s)

        return self._cache.make(TASK, key, do)

    def _request(
        self, variant: ModelVariant, reference: Entry | None, *, keep: bool
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what a job is asked, and the same with digests in place of files."""
        spec = self._spec
        data = data_request(spec.data, self._root)
        plain = {
            "signature": variant.signature,
            "inputs": {one.name: list(one.shape) for one in variant.inputs if one.shape},
            "metric": spec.metric,
            "batch_size": spec.batch_size,
            "seed": spec.data.seed,
            "keep": keep,
        }
        request = {
            **plain,
            "folder": str(self._root / spec.data.folder),
            "model": str(self._root / variant.path),
            "data": data,
            "reference": str(reference.out / OUTPUTS) if reference else None,
        }
        key = {
            **plain,
            "folder": spec.data.folder,
            "model": variant.sha256,
            "data": {**data, "where": _content(data["where"], spec.data.where)},
            "reference": reference.content if reference else None,
            "runtime": {name: version(name) for name in _RUNTIME},
        }
        return request, key

    def _judgement(self, entry: Entry) -> Judgement:
        values = entry.values
        about = {"n": values["n"], "source": values["source"]}
        accuracy, difference = values["accuracy"], values["difference"]
        return Judgement(
            accuracy=Accuracy(**accuracy, **about) if accuracy else None,
            difference=(
                Difference(against=self._spec.against, **difference, **about)
                if difference
                else None
            ),
            failures=tuple(
                Failure(
                    ACCURACY, f"no {part}: {told['message']}", told["advice"], ModelError.exit_code
                )
                for part, told in values["problems"].items()
            ),
            notes=tuple(values["notes"]),
        )


def demand_unchanged(variant: ModelVariant, root: Path) -> None:
    """Make sure that a file is the one that was planned with. Raises ModelError."""
    sha256, _ = identify(root / variant.path, variant.path)
    if sha256 != variant.sha256:
        raise ModelError(f"{variant.path}: it is not the file that the run was planned with.")


def _failure(error: BenchhubError) -> Failure:
    return Failure(ACCURACY, f"not judged: {error.message}", error.advice, error.exit_code)


def _content(where: str, called: str) -> str:
    """Return the digest of a file of data; what is no file, a function, is its own name.

    Raises:
        ModelError: The file cannot be read.
    """
    path = Path(where)
    if not path.is_absolute():
        return where
    try:
        return sha256_of(path)
    except OSError as error:
        raise ModelError(
            f"{called}: the data cannot be read: {error.strerror}.",
            "Correct `data` of `accuracy` in the suite; it is relative to the suite file.",
        ) from error
