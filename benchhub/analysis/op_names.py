"""How operators are called: by their output tensors, without what all names begin with."""

from __future__ import annotations

from collections.abc import Sequence


def plain_names(names: Sequence[str]) -> list[str]:
    """Return the output tensors of the operators of one graph, short enough to be read.

    Fused operators have several names, the output's first. What all names begin with is left out.
    """
    first = [name.partition(";")[0] for name in names]
    scopes = {name.partition("/")[0] for name in first if "/" in name}
    if len(scopes) == 1:
        scope = f"{scopes.pop()}/"
        first = [name.removeprefix(scope) for name in first]
    return first


def cut(name: str, width: int) -> str:
    """Leave out the end of a long name, which tells the least."""
    return name if len(name) <= width else f"{name[: width - 1]}\N{HORIZONTAL ELLIPSIS}"
