"""Which layer of a network an operator is part of, told by the name of its output tensor."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from benchhub.analysis.op_names import plain_names

# A layer with more than that share of all operators is told apart by the next part of the names,
# if its parts have as many operators on average.
_TOO_LARGE = 0.5
_LEAST_MEAN = 2

# Layers of one block share a name up to its number: `block_3_expand`, `block_3_project`.
_BLOCK = re.compile(r"(.*?\d)_")

_Parts = tuple[str, ...]


def layers_of(names: Sequence[str]) -> list[str]:
    """Return the layer of each operator of one graph: a prefix of its name; empty without a name.

    The prefix is as short as it can be: the first part of the path, more of it where one layer
    would be most of the network. Numbered blocks are one layer each.

    Args:
        names: Output tensors in any order; empty where one is not known.
    """
    parts = [tuple(filter(None, name.split("/"))) for name in plain_names(names)]
    depths = [1] * len(parts)
    while (large := _large(parts, depths)) is not None:
        for i, one in enumerate(parts):
            if one[: depths[i]] == large:
                depths[i] += 1
    prefixes = [one[:depth] for one, depth in zip(parts, depths, strict=True)]
    return _blocks(prefixes)


def _large(parts: Sequence[_Parts], depths: Sequence[int]) -> _Parts | None:
    """Return a prefix that most operators have and that is worth to be told apart."""
    counts = Counter(one[:depth] for one, depth in zip(parts, depths, strict=True) if one)
    for prefix, count in counts.most_common(1):
        mine = [one for one, depth in zip(parts, depths, strict=True) if one[:depth] == prefix]
        below = {one[: len(prefix) + 1] for one in mine} - {prefix}
        if count > _TOO_LARGE * len(parts) and below and count >= _LEAST_MEAN * len(below):
            return prefix
    return None


def _blocks(prefixes: Sequence[_Parts]) -> list[str]:
    """Return the prefixes as text, layers of the same numbered block as that block."""
    blocks = Counter(block for one in set(prefixes) if (block := _block(one)))
    found = []
    for one in prefixes:
        block = _block(one)
        found.append(block if block and blocks[block] > 1 else "/".join(one))
    return found


def _block(prefix: _Parts) -> str:
    match = _BLOCK.match(prefix[-1]) if prefix else None
    return "/".join((*prefix[:-1], match[1])) if match else ""
