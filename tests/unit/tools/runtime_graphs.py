"""Files as `--model_runtime_info_output_file` writes them, made by the wheel's own class.

The class cannot be imported without loading LiteRT, so that happens in a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys

_CODE = """
import json, sys
from ai_edge_litert.model_runtime_info_pb2 import ModelRuntimeDetails
out = []
for graphs in json.load(sys.stdin):
    details = ModelRuntimeDetails(model_name="m")
    for index, graph in enumerate(graphs):
        subgraph = details.subgraphs.add(subgraph_id=index, subgraph_type=1, name=f"g{index}")
        owner = {n: graph["nodes"] + i for i, (_, taken) in enumerate(graph["pieces"])
                 for n in taken}
        for node in range(graph["nodes"]):
            made = subgraph.nodes.add(id=node, name="CONV_2D", type="3")
            if node in owner:
                made.delegated_to_node_id = owner[node]
            else:
                subgraph.execution_plan.append(node)
        for i, (delegate, taken) in enumerate(graph["pieces"]):
            made = subgraph.nodes.add(id=graph["nodes"] + i, name=delegate, type=delegate)
            made.delegate_node_details.delegate_name = delegate
            made.delegate_node_details.tflite_node_ids_replaced.extend(taken)
            subgraph.execution_plan.append(made.id)
    out.append(details.SerializeToString().hex())
json.dump(out, sys.stdout)
"""

Piece = tuple[str, list[int]]


def runtime_info(*files: list[tuple[int, list[Piece]]]) -> list[bytes]:
    """Return one file for each list of graphs: number of nodes, delegates and what they took."""
    wanted = [[{"nodes": nodes, "pieces": pieces} for nodes, pieces in graphs] for graphs in files]
    done = subprocess.run(
        [sys.executable, "-c", _CODE],
        input=json.dumps(wanted),
        capture_output=True,
        text=True,
        check=True,
    )
    return [bytes.fromhex(text) for text in json.loads(done.stdout)]
