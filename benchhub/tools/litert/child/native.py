"""A measurement through the LiteRT C library: latency, operators and placement."""

from __future__ import annotations

from ctypes import c_void_p
from dataclasses import replace

from .capi import ELEMENT_TYPES, LiteRt
from .figures import describe_input, figures
from .memory import resident
from .model_file import ModelFile, Signature
from .options import KERNEL_MODES, Options
from .profiler import Profiler
from .profiling import OperatorTable
from .runtime import CompiledModel, Setup, create_environment
from .timing import Budget, time_inferences
from .wheel import Wheel

# To learn the placement of a partly delegated model it is compiled once more and run once, after
# everything was measured. Not worth it for a model that takes longer than this.
MAX_PROBE_NS = 20_000_000_000


def measure_native(
    options: Options, wheel: Wheel, model: ModelFile, signature: Signature
) -> dict[str, object]:
    """Return the figures of one measurement.

    Raises:
        MeasureError: The library cannot be loaded, or the runtime does not accept the model.
        RunFailedError: An inference failed.
    """
    setup = Setup(
        path=options.graph,
        signature=signature.key,
        kernel_mode=KERNEL_MODES[options.delegate],
        threads=options.threads,
        shapes=options.shapes,
        profiling=options.profiling,
    )
    start = resident()
    library = LiteRt(wheel.library)
    environment = create_environment(library)
    compiled = CompiledModel(library, environment, setup)
    ready = resident()
    limits = compiled.fill(options.ranges, options.seed)
    call = compiled.caller()
    warmup = time_inferences(call, options.warmup)
    table = OperatorTable(signature.subgraph) if options.profiling else None
    if table is not None:
        timed = Profiler(compiled).run(call, options.timed, table)
    else:
        timed = time_inferences(call, options.timed)
    document = {
        "library": str(wheel.library),
        "init_ns": compiled.init_ns,
        "compile_ns": compiled.compile_ns,
        **figures(warmup, timed, (start, ready, resident())),
        "inputs": _inputs(compiled, model, signature, limits),
        "profile": _profile(table, model) if table is not None else None,
    }
    full, seen = compiled.fully_accelerated(), table
    fast = compiled.init_ns + timed.samples_ns[-1] < MAX_PROBE_NS
    if seen is None and not full and fast and options.delegate != "none":
        compiled.close()
        seen = _probe(library, environment, setup, options, signature.subgraph)
    events = seen.placement() if seen is not None else {}
    return {**document, "placement": {"fully_accelerated": full, **events}}


def _inputs(
    compiled: CompiledModel,
    model: ModelFile,
    signature: Signature,
    limits: dict[str, tuple[float, float]],
) -> list[dict[str, object]]:
    tensors = model.subgraphs[signature.subgraph].tensors
    return [
        describe_input(
            name,
            ELEMENT_TYPES[kind.element_type][0],
            (kind.layout.shape(), tensors[signature.inputs[name]].shape),
            limits[name],
        )
        for name, kind in compiled.inputs
    ]


def _probe(
    library: LiteRt, environment: c_void_p, setup: Setup, options: Options, main: int
) -> OperatorTable:
    """Profile one inference, only to see which nodes are outside the delegate."""
    compiled = CompiledModel(library, environment, replace(setup, profiling=True))
    compiled.fill(options.ranges, options.seed)
    table = OperatorTable(main)
    Profiler(compiled).run(compiled.caller(), Budget(1, 0.0, 0.0), table)
    return table


def _profile(table: OperatorTable, model: ModelFile) -> dict[str, object]:
    return {
        "runs": table.inferences,
        "invoke_us": table.invoke_us / table.inferences,
        "ops": table.rows(tuple(graph.nodes for graph in model.subgraphs)),
    }
