"""Runs of many variants made of INVENTED EXAMPLE NUMBERS: nothing here was measured.

`varied_run()` has variants of a network with accuracies, one that could not be made, one that could
not be judged, profiles, and a calibrated device. `unlabelled_run()` has two networks without data.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace

from benchhub.records import (
    TOP1,
    TOP5,
    Accuracy,
    AccuracySpec,
    Case,
    Configuration,
    CopyRate,
    DataSpec,
    Difference,
    Failure,
    GraphFacts,
    Invocation,
    Latency,
    Limits,
    ModelVariant,
    NodeCost,
    OpTime,
    Origin,
    Peak,
    Peaks,
    Placement,
    PlannedInvocation,
    Profile,
    Purpose,
    Reading,
    Refusal,
    Run,
    RunEnd,
    RunState,
    Status,
    VariantFacts,
)

from .invented import make_invocation, make_plan, make_record

EXAMPLES = 360
SOURCE = "keras digits_net:trained"
TENSORFLOW = "tensorflow 2.21.0"
TFMOT = "tensorflow-model-optimization 0.8.1"
QUANTIZER = "ai-edge-quantizer 0.10.0"
RANDOM_NOTE = "calibrated on random data: its latency counts, its accuracy does not"
TRAINED = "fine-tuned for 4 epochs on 1257 examples of digits_net:train, loss 0.0056"
ONE_BY_ONE = "run one at a time: the batch of its input is fixed"
COMMON_NOTE = "weights are random: latency and size count, accuracy does not"

# Variant: microseconds on the host with XNNPACK, bytes, bytes compressed, right ones of 360.
OFFERS = {
    "float32": (300.0, 84_000, 77_300, 350),
    "float16": (302.0, 43_000, 38_900, 350),
    "dynamic": (212.0, 26_000, 20_100, 349),
    "int8": (99.0, 26_400, 20_300, 348),
    "int8_io": (97.0, 26_100, 20_200, 346),
    "int16x8": (410.0, 27_000, 21_400, 350),
    "int8_weights_only": (310.0, 25_900, 20_000, 349),
    "qat": (98.4, 26_500, 20_400, 351),
    "pruned": (299.0, 84_000, 33_100, 348),
    "clustered": (301.0, 84_000, 17_700, 347),
    "pruned+int8": (99.5, 26_400, 11_900, 346),
    "clustered+int8": (100.2, 26_400, 9_800, 345),
    "weight_only_wi4": (330.0, 15_100, 12_200, 335),
    "static_wi8_ai8": (101.0, 26_300, 20_300, 349),
    "dynamic_wi8": (205.0, 25_800, 19_900, 349),
}
FAILED = "lstm_int8"
UNJUDGED = "int8_io"
CRASH = Failure(
    "model",
    "suites/digits.yaml:14:7: digits/lstm_int8: convert was ended by SIGSEGV.",
    "Convert it with batch_size: 1 and unrolled.",
    5,
)
MISSHAPEN = Failure(
    "accuracy", "not judged: x has shape (64,) an example, the input wants (8, 8, 1).", "", 5
)
TIMES = {
    ("host", "xnnpack"): 1.0,
    ("host", "none"): 2.1,
    ("pi4", "xnnpack"): 5.7,
    ("pi4", "none"): 12.6,
}
NODES = (
    NodeCost(0, "CONV_2D", "digits_net/conv2d/Relu", 73_728, 10_880, "float32"),
    NodeCost(1, "MAX_POOL_2D", "digits_net/pool/MaxPool", 0, 10_240, "float32"),
    NodeCost(2, "CONV_2D", "digits_net/conv2d_1/Relu", 589_824, 47_104, "float32"),
    NodeCost(3, "RESHAPE", "digits_net/flatten", 0, 4_096, "float32"),
    NodeCost(4, "FULLY_CONNECTED", "digits_net/dense/Relu", 32_768, 135_424, "float32"),
    NodeCost(5, "FULLY_CONNECTED", "digits_net/dense_1/BiasAdd", 640, 2_856, "float32"),
    NodeCost(6, "SOFTMAX", "Identity", None, 80, "float32"),
)
OP_TIMES_US = (21.0, 6.0, 52.0, 1.0, 17.0, 2.0, 3.0)
PEAKS = Peaks(
    1,
    "host",
    "2026-11-19T09:12:44+00:00",
    "01PEAKSX",
    "litert 2.3.0",
    (
        Peak(
            "float32",
            1,
            "none",
            21.3,
            6.8,
            "matmul",
            "copy",
            (CopyRate(16_384, 38.0), CopyRate(262_144, 24.0), CopyRate(33_554_432, 6.8)),
        ),
    ),
    "Example CPU @ 2.40GHz, 2 cores",
)


def make_origin(variant: str) -> Origin:
    optimised = variant.partition("+")[0]
    tools = [TFMOT] if optimised in ("qat", "pruned", "clustered") else []
    tools.append(QUANTIZER if "wi" in variant else TENSORFLOW)
    return Origin(
        SOURCE,
        variant,
        ", ".join(tools),
        (RANDOM_NOTE,) if variant == "static_wi8_ai8" else (),
        0.5 if optimised == "pruned" else None,
        16 if optimised == "clustered" else None,
        12.5,
        (TRAINED,) if variant == "qat" else (),
    )


def make_variant(model: str, variant: str, size: int, origin: Origin | None) -> ModelVariant:
    path = f".benchhub/models/{model}_{variant}.tflite"
    digest = hashlib.sha256(path.encode()).hexdigest()
    return ModelVariant(model, variant, path, digest, size, origin=origin)


def make_facts(variant: ModelVariant, gzip_bytes: int, right: int | None) -> VariantFacts:
    right = None if variant.variant == UNJUDGED else right
    accuracy = difference = None
    if right is not None:
        values = {TOP1: right / EXAMPLES, TOP5: 1.0}
        accuracy = Accuracy(TOP1, values, EXAMPLES, "digits.npz")
        if variant.variant != "float32":
            difference = Difference(
                "float32", EXAMPLES, 0.031, 0.0012, 0.9997, (right + 3) / EXAMPLES, "digits.npz"
            )
    return VariantFacts(
        variant.model,
        variant.variant,
        variant.sha256,
        GraphFacts(variant.size_bytes, gzip_bytes, 20_970, 696_960, NODES),
        accuracy,
        difference,
        (MISSHAPEN,) if variant.variant == UNJUDGED else (),
        (ONE_BY_ONE,) if variant.variant == "qat" else (),
    )


def make_reading(case: Case, step: PlannedInvocation, base_us: float) -> Reading:
    noise = random.Random(f"{step.device} {step.case_id} {step.round}")  # noqa: S311
    delegate = case.configuration.delegate
    us = base_us * TIMES[step.device, delegate] * (1 + noise.gauss(0, 0.01))
    profiled = step.purpose is Purpose.PROFILE
    ops = tuple(
        OpTime(i, one.op, one.op, one.name, i, 0, None, time, time, time, 0.0, 1.0)
        for i, (one, time) in enumerate(zip(NODES, OP_TIMES_US, strict=True))
    )
    return Reading(
        latency=Latency(100, us, us, us, us, 0.0, us, us, (), "samples"),
        placement=Placement(delegate, delegate, 5, 7, 1, "node list after apply"),
        profile=Profile(ops, 100, us, 1.0, "litert events") if profiled else None,
    )


def make_varied(
    offers: dict[str, tuple[ModelVariant, float]],
    delegates: tuple[str, ...],
    devices: tuple[str, ...],
    refused: tuple[ModelVariant, ...] = (),
) -> Run:
    """Return a run of variants.

    Args:
        offers: Variant and time by `model/variant`.
        delegates: Each variant runs with all of them.
        devices: Likewise.
        refused: Variants that could not be made.
    """
    times = dict(offers.values())
    cases = tuple(
        Case(variant, Configuration(delegate, delegate, 1))
        for variant in (*times, *refused)
        for delegate in delegates
    )
    refusals = tuple(Refusal(case.id, None, CRASH) for case in cases if case.variant in refused)
    left_out = {refusal.case_id for refusal in refusals}
    plan = make_plan(cases, devices, 3)
    steps = tuple(
        step
        for step in plan.invocations
        if step.case_id not in left_out
        and (
            step.purpose is Purpose.LATENCY or plan.case(step.case_id).variant.variant == "float32"
        )
    )
    plan = replace(
        plan,
        suite="digits",
        suite_path="suites/digits.yaml",
        reference=None,
        invocations=steps,
        refusals=refusals,
    )
    invocations: list[Invocation] = []
    for step in steps:
        case = plan.case(step.case_id)
        reading = make_reading(case, step, times[case.variant])
        invocations.append(make_invocation(step, case, reading, Status.OK))
    done = len(invocations)
    end = RunEnd(1, plan.run_id, RunState.FINISHED, plan.created, 90.0, done, done)
    return Run(plan, tuple(map(make_record, devices)), tuple(invocations), end)


def varied_run(limits: Limits | None = None) -> Run:
    """Return fifteen variants of one network on two devices, and one that was not made."""
    offers = {
        name: (make_variant("digits", name, size, make_origin(name)), us)
        for name, (us, size, _, _) in OFFERS.items()
    }
    failed = make_variant("digits", FAILED, 0, None)
    failed = replace(failed, sha256="", path="")
    run = make_varied(offers, ("xnnpack", "none"), ("host", "pi4"), (failed,))
    spec = AccuracySpec(DataSpec("digits.npz"))
    plan = replace(run.plan, accuracy={"digits": spec}, limits={"digits": limits} if limits else {})
    host, *others = run.devices
    facts = tuple(
        make_facts(variant, OFFERS[name][2], OFFERS[name][3])
        for name, (variant, _) in offers.items()
    )
    return replace(run, plan=plan, devices=(replace(host, peaks=PEAKS), *others), variants=facts)


def unlabelled_run() -> Run:
    """Return two networks with random weights in four variants each: latency and size only."""
    offers = {}
    facts = []
    for model, factor in (("mobilenet_v2", 60.0), ("efficientnet_b0", 95.0)):
        for name in ("float32", "float16", "dynamic", "int8"):
            us, size, gzip_bytes, _ = OFFERS[name]
            notes = (COMMON_NOTE, *((RANDOM_NOTE,) if name == "int8" else ()))
            origin = Origin(f"keras {model}", name, TENSORFLOW, notes)
            variant = make_variant(model, name, int(size * factor), origin)
            offers[f"{model}/{name}"] = variant, us * factor
            facts.append(make_facts(variant, int(gzip_bytes * factor), None))
    run = make_varied(offers, ("xnnpack",), ("host",))
    return replace(run, variants=tuple(facts))


def hostile_variants_run() -> Run:
    """Return the varied run with names and notes that want to be markup."""
    evil = "<script>alert(1)</script>\"'&"
    run = varied_run()
    plan = run.plan

    def spoilt(variant: ModelVariant) -> ModelVariant:
        origin = variant.origin and replace(
            variant.origin, source=evil, recipe=evil, tool=evil, notes=(evil,), history=(evil,)
        )
        return replace(variant, model=evil, variant=f"{evil}{variant.variant}", origin=origin)

    cases = {case.id: replace(case, variant=spoilt(case.variant)) for case in plan.cases}
    failure = Failure("model", evil, evil, 5)
    return replace(
        run,
        plan=replace(
            plan,
            cases=tuple(cases.values()),
            invocations=tuple(
                replace(step, case_id=cases[step.case_id].id) for step in plan.invocations
            ),
            refusals=tuple(Refusal(cases[one.case_id].id, None, failure) for one in plan.refusals),
            accuracy={evil: AccuracySpec(DataSpec(evil), against=f"{evil}float32")},
        ),
        invocations=tuple(replace(one, case_id=cases[one.case_id].id) for one in run.invocations),
        variants=tuple(
            replace(
                one, model=evil, variant=f"{evil}{one.variant}", notes=(evil,), failures=(failure,)
            )
            for one in run.variants
        ),
    )
