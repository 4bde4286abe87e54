"""What is known of each model variant without any device: its graph, and how good it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from benchhub.errors import BenchhubError
from benchhub.execution.graphs import read_graph
from benchhub.models.accuracy import Judge, Judgement, demand_unchanged
from benchhub.records import Failure, GraphFacts, ModelVariant, Plan, VariantFacts
from benchhub.results.store import RunFolder
from benchhub.workspace import Workspace

Tell = Callable[[str], None]


def appraise(plan: Plan, folder: RunFolder, workspace: Workspace, tell: Tell) -> None:
    """Write what is known of each variant of a plan; what is there is not done again.

    It ends before anything is measured, as it needs this machine, which may be measured as well. A
    variant that cannot be read or judged has its failure in its document.

    Args:
        plan: The plan.
        folder: Its run folder.
        workspace: Where models are, and where accuracies are kept.
        tell: Is told what takes time, before it is done.

    Raises:
        StoreError: The run folder cannot be read or written.
    """
    there = {(facts.model, facts.variant, facts.sha256) for facts in folder.read_variants()}
    for model, variants in _variants(plan).items():
        spec = plan.accuracy.get(model)
        judge = Judge(workspace.root, spec, variants, tell) if spec else None
        for variant in variants.values():
            if (model, variant.variant, variant.sha256) not in there:
                folder.write_variant(_facts(variant, workspace.root, judge))


def _variants(plan: Plan) -> Mapping[str, Mapping[str, ModelVariant]]:
    """Return the variants that have a file, by model and name; a refused one may have none.

    Where the sides of a comparison have different files, the second goes by name and digest.
    """
    refused = {refusal.case_id for refusal in plan.refusals if refusal.device is None}
    found: dict[str, dict[str, ModelVariant]] = {}
    for case in plan.cases:
        if case.id not in refused and case.variant.sha256:
            mine = found.setdefault(case.variant.model, {})
            same = mine.setdefault(case.variant.variant, case.variant)
            if same.sha256 != case.variant.sha256:
                mine[f"{case.variant.variant}~{case.variant.sha256}"] = case.variant
    return found


def _facts(variant: ModelVariant, root: Path, judge: Judge | None) -> VariantFacts:
    graph: GraphFacts | None = None
    judgement = Judgement()
    failures: tuple[Failure, ...] = ()
    try:
        demand_unchanged(variant, root)
        graph = read_graph(variant, root)
    except BenchhubError as error:
        failures = (Failure("model", error.message, error.advice, error.exit_code),)
    else:
        judgement = judge.judge(variant) if judge else judgement
    return VariantFacts(
        model=variant.model,
        variant=variant.variant,
        sha256=variant.sha256,
        graph=graph,
        accuracy=judgement.accuracy,
        difference=judgement.difference,
        failures=(*failures, *judgement.failures),
        notes=judgement.notes,
    )
