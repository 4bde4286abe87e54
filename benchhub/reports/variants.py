"""The variants of each model side by side: how they were made, their cost, accuracy and speed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TypeVar

from benchhub.analysis.candidates import Z_95, drop_error, reference_variant
from benchhub.analysis.choosing import Recommendation, recommend
from benchhub.analysis.summary import RunSummary
from benchhub.records import Accuracy, Failure, ModelVariant, Run, VariantFacts
from benchhub.reports.names import variant_anchors
from benchhub.reports.speeds import Speed, speeds_of
from benchhub.workspace import STATE

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class VariantRow:
    """One variant of a model.

    Attributes:
        variant: The variant.
        anchor: Its row in the page.
        facts: What is known of it, of the very file that was measured; None if nothing is.
        accuracy: How good it is; None if that is not known, or no number.
        is_reference: Others are held against it.
        drop: Metric of the reference variant minus its own; None without both.
        drop_is_noise: Whether so few examples cannot tell the two apart.
        notes: What to beware of, without what holds for all that were made.
        history: How it came about; nothing to beware of.
        failures: Why it is missing, or something of it.
        speeds: One a device.
    """

    variant: ModelVariant
    anchor: str
    facts: VariantFacts | None
    accuracy: Accuracy | None
    is_reference: bool
    drop: float | None
    drop_is_noise: bool
    notes: tuple[str, ...]
    history: tuple[str, ...]
    failures: tuple[Failure, ...]
    speeds: tuple[Speed, ...]

    @property
    def name(self) -> str:
        """Name of the variant."""
        return self.variant.variant

    @property
    def is_failed(self) -> bool:
        """Whether there is no file of it."""
        return not self.variant.sha256

    def making(self, model: ModelVariants) -> str:
        """Say how it was made, without what its name or the table says."""
        origin = self.variant.origin
        if origin is None:
            return ""
        recipe = "" if origin.recipe == self.name else origin.recipe
        tool = "" if model.tool else origin.tool
        source = "" if model.source else f"of {origin.source}"
        return ", ".join(part for part in (recipe, tool, source) if part)

    @property
    def change(self) -> float | None:
        """Its metric minus that of the reference variant; None without both."""
        return None if self.drop is None else 0.0 - self.drop

    @property
    def size_bytes(self) -> int | None:
        """Of its file; None if there is none."""
        return self.variant.size_bytes or None

    @property
    def gzip_bytes(self) -> int | None:
        """Of its file compressed; None likewise."""
        return self.facts.graph.gzip_bytes if self.facts and self.facts.graph else None

    @property
    def parameters(self) -> int | None:
        """Elements of its constants; None likewise."""
        return self.facts.graph.parameters if self.facts and self.facts.graph else None

    @property
    def macs(self) -> int | None:
        """Multiply-accumulates of one inference; None if they cannot be told."""
        return self.facts.graph.macs if self.facts and self.facts.graph else None

    @property
    def sparsity(self) -> float | None:
        """Share of zeros in the weights that were pruned; None if none were."""
        return self.variant.origin.sparsity if self.variant.origin else None

    @property
    def clusters(self) -> int | None:
        """Distinct values of the weights that were clustered; None if none were."""
        return self.variant.origin.clusters if self.variant.origin else None

    @property
    def is_picked(self) -> bool:
        """Whether it is the one to ship on some device."""
        return any(one.picked for one in self.speeds)


@dataclass(frozen=True, slots=True)
class ModelVariants:
    """All variants of one model.

    Attributes:
        model: Name of the network.
        source: What they were made of, if it is the same for all that were made.
        tool: What made them, likewise.
        rows: Fastest on the first device first, those without a number last.
        devices: Devices that the model has cases on.
        choices: What to ship, one a device.
        metric: Figure that accuracies are told in; empty if none is known.
        examples: How many they rest on, if that is the same for all.
        judged_on: Where the examples come from; empty if nothing was judged.
        on_random: Whether the examples say nothing about real ones.
        notes: What to know of all that were made.
    """

    model: str
    source: str
    tool: str
    rows: tuple[VariantRow, ...]
    devices: tuple[str, ...]
    choices: tuple[Recommendation, ...]
    metric: str
    examples: int | None
    judged_on: str
    on_random: bool
    notes: tuple[str, ...]

    @property
    def reference(self) -> str:
        """Variant that the others are held against; empty if it is not among them."""
        return next((row.name for row in self.rows if row.is_reference), "")

    @property
    def has_noise(self) -> bool:
        """Whether some variant cannot be told from the reference variant."""
        return any(row.drop_is_noise for row in self.rows)

    @property
    def is_blind(self) -> bool:
        """Whether nothing is known of how good any variant is."""
        return not (self.metric or self.has_differences)

    @property
    def has_differences(self) -> bool:
        """Whether outputs were compared with those of the reference variant."""
        return any(row.facts and row.facts.difference for row in self.rows)

    @property
    def has_treated(self) -> bool:
        """Whether some variant was pruned or clustered."""
        return any(row.sparsity is not None or row.clusters is not None for row in self.rows)

    @property
    def parameters(self) -> int | None:
        """Those of all variants; None if they differ, or are not known."""
        return _same([row.parameters for row in self.rows if not row.is_failed])

    @property
    def macs(self) -> int | None:
        """Those of all variants; None if they differ, or are not known."""
        return _same([row.macs for row in self.rows if not row.is_failed])

    @property
    def unjudged(self) -> tuple[str, ...]:
        """Variants that lack the figure that others have."""
        return tuple(row.name for row in self.rows if not (row.is_failed or row.accuracy))


def variants(summary: RunSummary) -> tuple[ModelVariants, ...]:
    """Return the models of which there is something to choose or to know.

    That is one with several variants, or one that was made, judged, or has limits to meet. Nothing
    is known of the variants of a run that an earlier version measured. Models that benchhub makes
    to calibrate a device are no choice.
    """
    run = summary.run
    models = [model for model in _models(run) if _is_telling(run, model)]
    if not models:
        return ()
    choices = recommend(summary)
    anchors = variant_anchors(run.plan)
    return tuple(
        _model(summary, model, [one for one in choices if one.model == model], anchors)
        for model in models
    )


def failed_variants(run: Run) -> Mapping[tuple[str, str], Failure]:
    """Return the variants that could not be had at all, and why, by model and name.

    Only of models that `variants` shows: there a reader finds all about them.
    """
    refused = {one.case_id: one.failure for one in run.plan.refusals if one.device is None}
    whose: dict[tuple[str, str], list[Failure | None]] = {}
    for case in run.plan.cases:
        pair = case.variant.model, case.variant.variant
        whose.setdefault(pair, []).append(refused.get(case.id))
    found = {}
    for pair, failures in whose.items():
        first = failures[0]
        if first and set(failures) == {first} and _is_telling(run, pair[0]):
            found[pair] = first
    return found


def _models(run: Run) -> list[str]:
    return list(dict.fromkeys(case.variant.model for case in run.plan.cases))


def variants_of(run: Run, model: str) -> list[ModelVariant]:
    """Return the variants of a model in the order of the plan."""
    mine = {
        case.variant.variant: case.variant for case in run.plan.cases if case.variant.model == model
    }
    return list(mine.values())


def _is_telling(run: Run, model: str) -> bool:
    if PurePosixPath(run.plan.suite_path).parts[:1] == (STATE,):
        return False  # a suite that benchhub wrote for itself
    mine = variants_of(run, model)
    facts = [run.facts_of(one) for one in mine]
    made = any(one.origin for one in mine)
    if not (made or any(facts)):
        return False
    judged = any(one and (one.accuracy or one.difference or one.failures) for one in facts)
    limits = run.plan.limits.get(model)
    return made or judged or len(mine) > 1 or bool(limits and limits.asked)


def _model(
    summary: RunSummary,
    model: str,
    choices: Sequence[Recommendation],
    anchors: Mapping[tuple[str, str], str],
) -> ModelVariants:
    run = summary.run
    mine = variants_of(run, model)
    origins = [one.origin for one in mine if one.origin]
    common = _common([one.notes for one in origins])
    speeds = [speeds_of(summary, choice, mine) for choice in choices]
    failed = failed_variants(run)
    rows = [
        _row(
            run,
            one,
            anchors[model, one.variant],
            common,
            failed.get((model, one.variant)),
            [by[one.variant] for by in speeds],
        )
        for one in mine
    ]
    rows.sort(key=lambda row: [math.inf if one.us is None else one.us for one in row.speeds])
    accuracies = [row.accuracy for row in rows if row.accuracy]
    spec = run.plan.accuracy.get(model)
    return ModelVariants(
        model=model,
        source=_same([one.source for one in origins]) or "",
        tool=_same([one.tool for one in origins]) or "",
        rows=tuple(rows),
        devices=tuple(choice.device for choice in choices),
        choices=tuple(choices),
        metric=accuracies[0].metric if accuracies else "",
        examples=_same([one.n for one in accuracies]),
        judged_on=spec.data.where if spec else "",
        on_random=bool(spec and spec.data.is_random),
        notes=common,
    )


def _same(values: Sequence[T]) -> T | None:
    """Return what all are; None if they differ or there are none."""
    return values[0] if len(set(values)) == 1 else None


def _common(notes: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the notes that all have, if they are several."""
    if len(notes) < 2:
        return ()
    return tuple(note for note in notes[0] if all(note in one for one in notes))


def _row(
    run: Run,
    variant: ModelVariant,
    anchor: str,
    common: Sequence[str],
    failure: Failure | None,
    speeds: Sequence[Speed],
) -> VariantRow:
    facts = known(run, variant)
    reference = reference_variant(run.plan, variant.model)
    drop, is_noise = _drop(run, variant.model, reference, facts)
    origin = variant.origin
    notes = [note for note in (origin.notes if origin else ()) if note not in common]
    return VariantRow(
        variant=variant,
        anchor=anchor,
        facts=facts,
        accuracy=_told(facts),
        is_reference=variant.variant == reference,
        drop=drop,
        drop_is_noise=is_noise,
        notes=(*notes, *(facts.notes if facts else ())),
        history=origin.history if origin else (),
        failures=((failure,) if failure else ()) + (facts.failures if facts else ()),
        speeds=tuple(speeds),
    )


def known(run: Run, variant: ModelVariant) -> VariantFacts | None:
    """Return what is known of a variant, if it is of the very file that was measured."""
    facts = run.facts_of(variant)
    return facts if facts and facts.sha256 == variant.sha256 else None


def _drop(
    run: Run, model: str, reference: str, facts: VariantFacts | None
) -> tuple[float | None, bool]:
    """Return the drop of accuracy, and whether so few examples cannot tell it from none."""
    base = next(
        (one for one in run.variants if (one.model, one.variant) == (model, reference)), None
    )
    best, own = _told(base), _told(facts)
    if best is None or own is None or (best.metric, best.n) != (own.metric, own.n):
        return None, False
    drop, error = best.value - own.value, drop_error(best, own)
    return drop, bool(drop) and error is not None and abs(drop) <= Z_95 * error


def _told(facts: VariantFacts | None) -> Accuracy | None:
    accuracy = facts.accuracy if facts else None
    value = accuracy.values.get(accuracy.metric) if accuracy else None
    return accuracy if value is not None and math.isfinite(value) else None
