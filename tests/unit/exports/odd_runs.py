"""Runs made of INVENTED EXAMPLE NUMBERS: of real files, and with bad names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchhub.models.tflite.facts import graph_facts
from benchhub.records import (
    Case,
    Configuration,
    GraphFacts,
    Invocation,
    ModelVariant,
    OpTime,
    Profile,
    Purpose,
    Run,
    VariantFacts,
)

from ..reports.invented import make_case, make_run

RESOLUTION_US = 1.0


def file_run(path: Path, times_us: Sequence[float] = (1.0, 2.0)) -> Run:
    """Return a run of one file with built-in kernels, a case for each factor on its times.

    Node number n takes n + 1 microseconds times the factor, so that each can be told by its time.
    """
    graph = graph_facts(path)
    variant = ModelVariant(path.stem, "float32", str(path), "ab" * 32, graph.size_bytes)
    cases = tuple(
        Case(variant, Configuration("none", "none", threads))
        for threads in range(1, len(times_us) + 1)
    )
    run = make_run(cases, ("host",), {})
    factors = dict(zip((case.id for case in cases), times_us, strict=True))
    run = replace(
        run,
        plan=replace(run.plan, reference=None),
        invocations=tuple(
            with_profile(one, _profile(graph, factors[one.case_id])) for one in run.invocations
        ),
    )
    facts = VariantFacts(variant.model, variant.variant, variant.sha256, graph)
    return replace(run, variants=(facts,))


def _profile(graph: GraphFacts, factor: float) -> Profile:
    ops = tuple(
        OpTime(
            i, one.op, one.op, one.name, one.node, 0, None, factor * (i + 1), None, None, None, 1.0
        )
        for i, one in enumerate(graph.nodes)
    )
    return Profile(ops, 10, sum(op.mean_us for op in ops), RESOLUTION_US, "invented")


def with_profile(one: Invocation, profile: Profile | None) -> Invocation:
    """Return a profile process with another profile; others as they are."""
    if one.purpose is not Purpose.PROFILE:
        return one
    return replace(one, reading=replace(one.reading, profile=profile))


def without_profiles(run: Run) -> Run:
    """Return a run whose tool told no operator times."""
    return replace(run, invocations=tuple(with_profile(one, None) for one in run.invocations))


def badly_named(text: str) -> Run:
    """Return a run whose every name is that text; its device is another."""
    plain = make_case("float32", "xnnpack", 1)
    run = make_run((plain,), ("host",), {})
    variant = replace(plain.variant, model=text, variant=text, path=text)
    case = replace(plain, variant=variant, configuration=Configuration(text, "xnnpack", 1))
    invocations = []
    for one in run.invocations:
        profile = one.reading.profile
        ops = profile.ops[:3] if profile else ()
        named = tuple(
            replace(op, op=text, kernel=text, name=text, node=op.order, delegate=None) for op in ops
        )
        found = with_profile(one, profile and replace(profile, ops=named, source=text))
        before = replace(one.before, temperature_c={text: 40.0})
        invocations.append(replace(found, case_id=case.id, before=before))
    steps = tuple(replace(step, case_id=case.id) for step in run.plan.invocations)
    plan = replace(run.plan, suite=text, suite_text=text, cases=(case,), invocations=steps)
    return replace(run, plan=plan, invocations=tuple(invocations))
