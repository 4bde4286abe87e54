"""The graph of a model variant, as far as figures of operators need it."""

from __future__ import annotations

from pathlib import Path

from benchhub.devices.digest import sha256_of
from benchhub.errors import ModelError
from benchhub.models.tflite.facts import graph_facts
from benchhub.records import GraphFacts, ModelVariant, Run
from benchhub.workspace import Workspace


def graph_of(run: Run, variant: ModelVariant, workspace: Workspace) -> GraphFacts | None:
    """Return the graph of a variant: as the run wrote it down, else from the same file now.

    Runs of earlier versions and imported ones have not written it down. None if the file is not
    there any more, is another one now, or cannot be read.
    """
    facts = run.facts_of(variant)
    if facts is not None:
        return facts.graph
    path = workspace.root / variant.path
    if not variant.sha256 or not path.is_file() or sha256_of(path) != variant.sha256:
        return None
    try:
        return read_graph(variant, workspace.root)
    except ModelError:
        return None


def read_graph(variant: ModelVariant, root: Path) -> GraphFacts:
    """Return the graph that is measured: of its signature, with its inputs resized.

    Raises:
        ModelError: The file is missing or damaged, or has no such signature or input.
    """
    shapes = {one.name: one.shape for one in variant.inputs if one.shape is not None}
    return graph_facts(root / variant.path, variant.signature, shapes)
