"""A measurement through the LiteRT C library: latency, operators and placement."""

from __future__ import annotations

from dataclasses import replace

from .capi import LiteRt
from .failure import MeasureError
from .figures import describe_input, describe_output, figures, write_outputs
from .inputs import files_by_name
from .memory import resident
from .model_file import ModelFile, Signature
from .names import operator_names
from .options import Options
from .profiler import Profiler
from .profiling import OperatorTable
from .runtime import CompiledModel, Environment, Feeding, Setup
from .target import target_of
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
    target = target_of(options, wheel)
    if options.profiling and not target.can_profile:
        raise MeasureError("tool", f"operators cannot be timed on {options.delegate}.")
    setup = Setup(
        path=options.graph,
        signature=signature.key,
        shapes=options.shapes,
        profiling=options.profiling,
    )
    start = resident()
    library = LiteRt(wheel.library)
    environment = Environment(library, target)
    compiled = CompiledModel(library, environment, setup)
    ready = resident()
    files = files_by_name(options.input_files, list(signature.inputs))
    feeding = Feeding(files, options.ranges, options.seed)
    limits = compiled.feed(feeding)
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
        "outputs": _outputs(compiled, model, signature),
        "profile": _profile(table, model) if table is not None else None,
    }
    # Reading also waits for an accelerator, which must not be at work when the process ends.
    outputs = [buffer.read() for buffer in compiled.outputs]
    if options.output_file is not None:
        write_outputs(options.output_file, outputs)
    full, alone, seen = compiled.fully_accelerated(), compiled.by_accelerator_alone(), table
    fast = compiled.init_ns + timed.samples_ns[-1] < MAX_PROBE_NS
    if seen is None and not full and fast and options.delegate == "xnnpack":
        compiled.close()
        seen = _probe(library, environment, setup, feeding, signature.subgraph)
    events = seen.placement() if seen is not None else {}
    if options.delegate == "npu" and not alone:
        document["op_names"] = operator_names(model.operators)
    return {
        **document,
        "placement": {"fully_accelerated": full, "by_accelerator_alone": alone, **events},
    }


def _inputs(
    compiled: CompiledModel,
    model: ModelFile,
    signature: Signature,
    limits: dict[str, tuple[float, float] | None],
) -> list[dict[str, object]]:
    tensors = model.subgraphs[signature.subgraph].tensors
    return [
        describe_input(
            buffer.name,
            buffer.type,
            buffer.shape,
            tensors[signature.inputs[buffer.name]],
            limits[buffer.name],
        )
        for buffer in compiled.inputs
    ]


def _outputs(
    compiled: CompiledModel, model: ModelFile, signature: Signature
) -> list[dict[str, object]]:
    graph = model.subgraphs[signature.subgraph]
    return [
        describe_output(
            buffer.name, buffer.type, buffer.shape, graph, signature.outputs[buffer.name]
        )
        for buffer in compiled.outputs
    ]


def _probe(
    library: LiteRt, environment: Environment, setup: Setup, feeding: Feeding, main: int
) -> OperatorTable:
    """Profile one inference, only to see which nodes are outside the delegate."""
    compiled = CompiledModel(library, environment, replace(setup, profiling=True))
    compiled.feed(feeding)
    table = OperatorTable(main)
    Profiler(compiled).run(compiled.caller(), Budget(1, 0.0, 0.0), table)
    return table


def _profile(table: OperatorTable, model: ModelFile) -> dict[str, object]:
    return {
        "runs": table.inferences,
        "invoke_us": table.invoke_us / table.inferences,
        "ops": table.rows(tuple(graph.nodes for graph in model.subgraphs)),
    }
