"""Node data against Model Explorer's own builder, and its own reading of real files."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from model_explorer import node_data_builder as builder

from benchhub.errors import UsageError
from benchhub.exports.exporter import Export
from benchhub.exports.model_explorer import export
from benchhub.records import Partition, Placement, Profile, Purpose, Run

from ..comparisons import Duel, Part, comparison_run, op_time
from ..reports.accelerated import accelerated_run
from ..reports.invented import invented_run
from ..tools.litert_bench import MODELS, Bench, altered
from .hostile import NASTY
from .odd_runs import badly_named, file_run, with_profile, without_profiles

FIGURES = ("latency_ms", "share_pct", "delegate", "slowdown")
# The program's own converter for files, in a process of its own: it brings half of TensorFlow.
CONVERT = """
import json, sys
import ai_edge_model_explorer_adapter as adapter
config = adapter.VisualizeConfig()
for path in sys.argv[1:]:
    (made,) = json.loads(adapter.ConvertFlatbufferDirectlyToJson(config, path))
    graphs = {graph["id"]: graph["nodes"] for graph in made["subgraphs"]}
    print(json.dumps({key: {node["id"]: node for node in graphs[key]} for key in graphs}))
"""

Graphs = Mapping[str, Mapping[str, Any]]


def shown(*paths: Path) -> list[Graphs]:
    """What Model Explorer makes of files: graphs by id, and their nodes by id."""
    done = subprocess.run(
        [sys.executable, "-c", CONVERT, *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def data_sets(made: Export) -> dict[str, dict[str, Any]]:
    """All documents by the figure and the case that they are of; the graph's id is in each."""
    found = {}
    for text in made.files.values():
        ((graph, data),) = json.loads(text).items()
        found[data["name"]] = {**data, "graph": graph}
    assert len(found) == len(made.files)
    return found


@cache
def made() -> dict[str, dict[str, Any]]:
    return data_sets(export(file_run(MODELS / "smallconv_f32.tflite")))


def values(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: one["value"] for key, one in data["results"].items()}


def test_what_the_builder_builds_is_the_same() -> None:
    """Made again with the builder's classes, which know no other fields."""
    runs = (file_run(MODELS / "smallconv_f32.tflite"), invented_run(), accelerated_run())
    texts = [text for run in runs for text in export(run).files.values()]
    assert {json.loads(text).popitem()[1]["name"].split(":")[0] for text in texts} == set(FIGURES)
    for text in texts:
        ((graph, data),) = json.loads(text).items()
        data = dict(data)
        again = builder.GraphNodeData(
            results={
                key: builder.NodeDataResult(**one) for key, one in data.pop("results").items()
            },
            thresholds=[builder.ThresholdItem(**one) for one in data.pop("thresholds", [])],
            gradient=[builder.GradientItem(**one) for one in data.pop("gradient", [])],
            **data,
        )
        theirs = json.loads(builder.ModelNodeData({graph: again}).to_json_string())[graph]
        empty = builder.GraphNodeData(results={})
        kept = {key: one for key, one in theirs.items() if one != getattr(empty, key)}
        assert kept == json.loads(text)[graph]


def test_keys_and_graphs_are_those_of_the_program(tmp_path: Path) -> None:
    def nameless(model: Any) -> None:
        model.subgraphs[0].name = None

    def named(model: Any) -> None:
        model.subgraphs[0].name = b"my/graph"

    def bare(model: Any) -> None:
        nameless(model)
        model.signatureDefs = None

    paths = [MODELS / f"{name}.tflite" for name in ("smallconv_f32", "lstm", "embed")]
    for change in (nameless, named, bare):
        path = altered(tmp_path, "two_in", change)
        paths.append(path.rename(tmp_path / f"{change.__name__}.tflite"))
    ids = []
    for path, graphs in zip(paths, shown(*paths), strict=True):
        found = data_sets(export(file_run(path)))
        assert len(found) == 2 * 3 + 1
        for data in found.values():
            nodes = graphs[data["graph"]]
            ids.append(data["graph"])
            assert data["results"].keys() <= nodes.keys()
        latency = next(data for name, data in found.items() if name.startswith("latency_ms"))
        ops = [node for node in nodes.values() if is_operator(node)]
        assert latency["results"].keys() == {node["id"] for node in ops}
        # The number on a node is that of the operator which it is.
        facts = file_run(path).variants[0].graph
        assert facts
        for one in facts.nodes:
            assert alike(nodes[str(one.node)]["label"]) == alike(one.op)
            assert values(latency)[str(one.node)] == pytest.approx((one.node + 1) / 1000, rel=1e-3)
    assert set(ids) == {"main", "serving_default", "my/graph"}


def is_operator(node: Mapping[str, Any]) -> bool:
    return node["label"] not in {"GraphInputs", "GraphOutputs", "pseudo_const", "pseudo_qconst"}


def alike(op: str) -> str:
    return op.lower().replace("_", "").replace("v2", "")


def test_a_measured_profile_of_xnnpack_is_on_its_nodes(tmp_path: Path) -> None:
    """Rows inside XNNPACK carry no node: they are attributed."""
    reading = Bench(tmp_path)("smallconv_f32", purpose=Purpose.PROFILE)
    assert reading.profile
    run = with_reading(file_run(MODELS / "smallconv_f32.tflite", (1.0,)), reading.profile)
    found = data_sets(export(run))
    (latency,) = (data for name, data in found.items() if name.startswith("latency_ms"))
    (graphs,) = shown(MODELS / "smallconv_f32.tflite")
    assert latency["results"].keys() <= graphs["main"].keys()
    assert sum(values(latency).values()) == pytest.approx(reading.profile.total_us / 1000, rel=0.3)
    assert len(latency["results"]) > 3


def with_reading(run: Run, profile: Profile) -> Run:
    return replace(run, invocations=tuple(with_profile(one, profile) for one in run.invocations))


def test_times_shares_and_the_base() -> None:
    case = "smallconv_f32/float32/none/t{} on host"
    latency = values(made()[f"latency_ms: {case.format(1)}"])
    assert latency["0"] == 0.001
    assert list(latency) == [str(i) for i in range(len(latency))]
    shares = values(made()[f"share_pct: {case.format(1)}"])
    assert sum(shares.values()) == pytest.approx(100, abs=0.1)
    base = "smallconv_f32/float32/none/t1"
    slowdown = made()[f"slowdown: {case.format(2)} against {base}"]
    assert set(values(slowdown).values()) == {2.0}
    limits = [one["value"] for one in slowdown["thresholds"]]
    assert limits == sorted(limits)
    assert limits[-1] >= 1e9  # what is above the last one has no colour
    assert f"slowdown: {case.format(1)} against {base}" not in made()


def test_the_candidate_is_held_against_the_baseline() -> None:
    fast, slow = (
        tuple(op_time(i, kind, us * factor, node=i) for i, kind in enumerate(("CONV_2D", "ADD")))
        for us, factor in ((4.0, 1), (4.0, 3))
    )
    one = Duel(Part([300.0] * 8, profiles=[fast]), Part([900.0] * 8, profiles=[slow]))
    found = data_sets(export(comparison_run(one)))
    (slowdown,) = (name for name in found if name.startswith("slowdown"))
    assert slowdown == (
        "slowdown: digits/int8/xnnpack/t1~candidate on host against digits/int8/xnnpack/t1~baseline"
    )
    assert values(found[slowdown]) == {"0": 3.0, "1": 3.0}


def test_who_ran_a_node_is_said_in_words() -> None:
    found = data_sets(export(accelerated_run()))
    part = found["delegate: mobilenet_v2/float32/gpu/t1 on host"]
    labels = values(part)
    assert labels["0"] == "GPU"
    assert labels["40"] == "CPU fallback (XNNPACK)"
    assert labels["41"] == "CPU fallback (built-in kernels)"
    colours = {one["bgColor"] for one in part["results"].values()}
    assert len(colours) == 2
    # FALLBACK is never shown as the delegate; where nothing is told there is nothing.
    assert not any("nnapi/t1" in name and "NNAPI" in str(one) for name, one in found.items())
    assert not any("external/t1" in name for name in found if name.startswith("delegate"))


def test_what_fell_back_says_so() -> None:
    names = [
        name for name in data_sets(export(invented_run())) if "@benchmark_model on pi4" in name
    ]
    fell = [name for name in names if "int8/xnnpack" in name]
    assert fell
    assert all(name.endswith("fell back to the CPU") or "slowdown" in name for name in fell)
    labels = data_sets(export(invented_run()))[next(n for n in fell if n.startswith("delegate"))]
    assert set(values(labels).values()) == {"built-in kernels, not XNNPACK"}


def test_a_partition_has_no_node() -> None:
    """Runtimes number it behind the graph's own nodes; without the graph only that tells."""
    run = file_run(MODELS / "two_in.tflite", (1.0,))
    graph = run.variants[0].graph
    assert graph
    total = len(graph.nodes)

    def parted(one: Any) -> Any:
        placement = Placement("none", "none", 0, total, 0, "invented")
        one = replace(one, reading=replace(one.reading, placement=placement))
        profile = one.reading.profile
        if profile is None:
            return one
        last = replace(profile.ops[-1], op="CUSTOM", node=total + 1, mean_us=50.0)
        ops = (*profile.ops[:-1], last)
        return with_profile(one, replace(profile, ops=ops))

    run = replace(run, invocations=tuple(map(parted, run.invocations)))
    for facts in (run.variants, ()):
        made = export(replace(run, variants=facts))
        latency = next(one for name, one in data_sets(made).items() if "latency" in name)
        assert latency["results"].keys() == {str(i) for i in range(total - 1)}
        assert any("of no single node" in note for note in made.notes)
        assert any("taken to be 'main'" in note for note in made.notes) == (not facts)


def test_a_tensor_that_is_called_like_a_number_takes_the_key(tmp_path: Path) -> None:
    """The viewer looks for the names of output tensors first."""

    def numbers(model: Any) -> None:
        for number, tensor in enumerate(model.subgraphs[0].tensors):
            tensor.name = str(number).encode()

    path = altered(tmp_path, "two_in", numbers)
    (graphs,) = shown(path)
    run = file_run(path, (1.0,))
    latency = next(one for name, one in data_sets(export(run)).items() if "latency" in name)
    graph = run.variants[0].graph
    assert graph
    outputs = {
        attribute["value"]: node["id"]
        for node in graphs["main"].values()
        for output in node.get("outputsMetadata", [])
        for attribute in output["attrs"]
        if attribute["key"] == "tensor_name"
    }
    # As the viewer does it.
    seen = {outputs.get(key, key): one["value"] for key, one in latency["results"].items()}
    assert seen == {str(one.node): (one.node + 1) / 1000 for one in graph.nodes}


def test_a_list_of_pieces_tells_it_of_every_node() -> None:
    run = file_run(MODELS / "two_in.tflite", (1.0,))
    placement = Placement(
        "none", "xnnpack", 1, 3, 1, "invented", pieces=(Partition("xnnpack", (1,)),)
    )
    run = without_profiles(run)
    run = replace(
        run,
        invocations=tuple(
            replace(one, reading=replace(one.reading, placement=placement))
            for one in run.invocations
        ),
    )
    ((name, data),) = data_sets(export(run)).items()
    assert name.startswith("delegate")
    assert values(data) == {"0": "built-in kernels", "1": "XNNPACK", "2": "built-in kernels"}


def test_without_operators_it_says_what_to_do() -> None:
    run = without_profiles(file_run(MODELS / "two_in.tflite"))
    unknown = Placement("none", None, None, None, None, "invented")
    run = replace(
        run,
        invocations=tuple(
            replace(one, reading=replace(one.reading, placement=unknown)) for one in run.invocations
        ),
    )
    with pytest.raises(UsageError, match="single operators") as raised:
        export(run)
    assert "profile_rounds" in str(raised.value.advice)


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_hostile_names_are_text_and_file_names_are_plain(text: str) -> None:
    made = export(badly_named(text))
    assert made.text == next(iter(made.files.values()))
    for name, document in made.files.items():
        assert document.isascii()
        assert "/" not in name
        assert not name.startswith(".")
        assert name.endswith(".json")
        assert len(name) < 200
        assert name.isascii()
        assert name.isprintable()
        ((_, data),) = json.loads(document).items()
        data["name"].encode()
        assert "\n" not in data["name"]
    assert len({name.lower() for name in made.files}) == len(made.files) > 1
