from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchhub.analysis.op_layers import layers_of


@pytest.mark.parametrize(
    ("names", "layers"),
    [
        # The scope that all names have says nothing; blocks are numbered.
        (
            [
                "net/block_1_expand/Relu6;net/block_1/BN",
                "net/block_1_project/add",
                "net/Conv1/Relu",
            ],
            ["block_1", "block_1", "Conv1"],
        ),
        # A layer of its own has no number that others share.
        (["conv2d_1/Relu", "conv2d_2/Relu"], ["conv2d_1", "conv2d_2"]),
        (["block_3_expand/Relu", "pool/Max"], ["block_3_expand", "pool"]),
        # One layer that is most of the network is told apart further.
        (
            [f"bert/encoder/layer_{i}/{what}" for i in range(3) for what in ("query", "key")]
            + ["bert/embeddings/add"],
            ["encoder/layer_0"] * 2
            + ["encoder/layer_1"] * 2
            + ["encoder/layer_2"] * 2
            + ["embeddings"],
        ),
        # Not down to single operators.
        (["a/dense/MatMul", "a/dense/BiasAdd", "b/Relu"], ["a/dense", "a/dense", "b"]),
        (["", "a/b", ""], ["", "b", ""]),
        ([], []),
    ],
)
def test_layers(names: list[str], layers: list[str]) -> None:
    assert layers_of(names) == layers


@given(st.lists(st.text(alphabet="ab1/_;", max_size=9), max_size=12))
def test_any_names_have_a_layer_each(names: list[str]) -> None:
    found = layers_of(names)
    assert len(found) == len(names)
    for one, name in zip(found, names, strict=True):
        assert one in name
        assert not one or name
