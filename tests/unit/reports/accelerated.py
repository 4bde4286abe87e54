"""A run on accelerators made of INVENTED EXAMPLE NUMBERS: nothing here was measured.

Everything that can happen to a delegate happens once: the GPU runs a part of a graph and gives
wrong outputs for another, NNAPI falls back, nothing tells whether an external delegate ran.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from benchhub.records import (
    Agreement,
    Budgets,
    Case,
    Finding,
    Invocation,
    Partition,
    Placement,
    PlannedInvocation,
    Purpose,
    Reading,
    Run,
    Severity,
    Status,
    Unsupported,
)

from .invented import NODES, make_case, make_run

PLAIN = make_case("float32", "none", 1)
CPU = make_case("float32", "xnnpack", 1)
PARTIAL = make_case("float32", "gpu", 1)
WRONG = make_case("int8", "gpu", 1)
FALLEN = make_case("float32", "nnapi", 1)
UNTOLD = make_case("int8", "external", 1)
CASES = (PLAIN, CPU, PARTIAL, WRONG, FALLEN, UNTOLD)

GPU_PART = Placement(
    "gpu",
    "gpu",
    64,
    NODES,
    2,
    "model runtime info",
    pieces=(
        Partition("gpu", tuple(range(40))),
        Partition("xnnpack", (40,)),
        Partition("gpu", tuple(range(42, 66))),
    ),
    unsupported=(
        Unsupported("REVERSE_SEQUENCE", "Operation is not supported."),
        Unsupported("DEQUANTIZE"),
    ),
    backend="OpenCL",
    precision="fp32",
)
GPU_WHOLE = Placement("gpu", "gpu", NODES, NODES, 1, "model runtime info", backend="OpenCL")
ON_THE_CPU = Placement("nnapi", "cpu", None, None, None, "NNAPI accelerators available")
NOT_TOLD = Placement("external", None, None, None, None, "the output does not tell")

REFERENCE = Finding(
    "nnapi.reference",
    Severity.SILENT,
    "NNAPI offers only nnapi-reference, its implementation for the CPU.",
    "Use xnnpack or gpu there.",
    "NNAPI accelerators available: [nnapi-reference]",
)
UNKNOWN = Finding(
    "placement.unknown",
    Severity.SILENT,
    "Nothing tells whether external delegate ran the graph.",
    "Use a program that tells it.",
    "the output does not tell",
)
WARM = Finding(
    "gpu.serialized", Severity.NOISE, "The GPU delegate was loaded from a cache.", "", "Initialized"
)
DIFFERENCE = Agreement(1001, 12, 0.31, 0.7, "output 0, element 17")

Fate = tuple[Status, Placement, tuple[Finding, ...]]
FATES: dict[str, Fate] = {
    PARTIAL.id: (Status.PARTIAL, GPU_PART, (WARM,)),
    WRONG.id: (Status.OK, GPU_WHOLE, ()),
    FALLEN.id: (Status.FALLBACK, ON_THE_CPU, (REFERENCE,)),
    UNTOLD.id: (Status.SUSPECT, NOT_TOLD, (UNKNOWN,)),
}


def with_budgets(case: Case, budgets: Budgets) -> Case:
    """Return a case of which the suite demands something."""
    return replace(case, configuration=replace(case.configuration, budgets=budgets))


def changed(run: Run, case: Case, change: Callable[[Invocation], Invocation]) -> Run:
    """Return a run in which the invocations of one case are others."""
    return replace(
        run,
        invocations=tuple(
            change(one) if one.case_id == case.id else one for one in run.invocations
        ),
    )


def _fated(one: Invocation) -> Invocation:
    status, placement, findings = FATES[one.case_id]
    reading = replace(one.reading, placement=placement, findings=findings, profile=None)
    return replace(one, status=status, reading=reading)


def verified(run: Run, case: Case, agreement: Agreement) -> Run:
    """Return a run in which the outputs of a case were compared with the host's."""
    number = len(run.invocations) + 1
    step = PlannedInvocation(number, "host", case.id, 1, Purpose.VERIFY)
    like = next(one for one in run.invocations if one.case_id == case.id)
    status = Status.WRONG if agreement.outside else Status.OK
    reading = Reading(placement=like.reading.placement, agreement=agreement)
    one = replace(
        like, number=number, round=1, purpose=Purpose.VERIFY, status=status, reading=reading
    )
    plan = replace(run.plan, invocations=(*run.plan.invocations, step))
    return replace(run, plan=plan, invocations=(*run.invocations, one))


def accelerated_run(cases: tuple[Case, ...] = CASES) -> Run:
    """Return one device and a case for each thing that can happen to a delegate."""
    run = make_run(cases)
    for case in cases:
        if case.id in FATES:
            run = changed(run, case, _fated)
    ids = {case.id for case in cases}
    return verified(run, WRONG, DIFFERENCE) if WRONG.id in ids else run
