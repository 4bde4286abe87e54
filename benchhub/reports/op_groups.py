"""Operators of a case summed up by type and by layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchhub.analysis.op_layers import layers_of
from benchhub.analysis.op_names import cut
from benchhub.reports.op_rows import OpLine

# Further groups are summed up in one.
MOST_GROUPS = 60
NAME_WIDTH = 60
UNNAMED = "layer not known"


@dataclass(frozen=True, slots=True)
class OpGroup:
    """Operators of the main graph that belong together.

    Attributes:
        name: Type or layer.
        count: How many they are.
        mean_us: Their time per inference.
        share: Of the time of the main graph, 0 to 1.
        delta_us: What they add to the other case; None if that is not known of each.
        macs: Their multiply-accumulates; None likewise.
        traffic: Bytes, each tensor of an operator once; None likewise.
        headroom_us: Time above the least time; None likewise.
    """

    name: str
    count: int
    mean_us: float
    share: float
    delta_us: float | None
    macs: float | None
    traffic: float | None
    headroom_us: float | None

    @property
    def gmacs_per_s(self) -> float | None:
        """10^9 multiply-accumulates a second; None without any or if they are not known."""
        return self.macs / self.mean_us / 1e3 if self.macs and self.mean_us else None

    @property
    def intensity(self) -> float | None:
        """Multiply-accumulates per byte; None likewise."""
        return self.macs / self.traffic if self.macs and self.traffic else None


@dataclass(frozen=True, slots=True)
class Grouping:
    """All groups of a case.

    Attributes:
        groups: Most expensive first.
        of: Index of the group of each line; None for what has none.
    """

    groups: tuple[OpGroup, ...]
    of: tuple[int | None, ...]


def by_type(lines: Sequence[OpLine]) -> Grouping:
    """Return operators summed up by their type, as who ran them calls it."""
    return _grouping(lines, [line.op for line in lines], "types")


def by_layer(lines: Sequence[OpLine]) -> Grouping | None:
    """Return operators summed up by layer; None if the names tell no layers."""
    names = [name or UNNAMED for name in layers_of([line.path for line in lines])]
    main = [name for line, name in zip(lines, names, strict=True) if not line.is_inner]
    known = {name for name in main if name != UNNAMED}
    if len(known) < 2 or len(known) > len(main) - main.count(UNNAMED) - 2:
        return None
    return _grouping(lines, names, "layers")


def _grouping(lines: Sequence[OpLine], names: Sequence[str], what: str) -> Grouping:
    members: dict[str, list[OpLine]] = {}
    for line, name in zip(lines, names, strict=True):
        if not line.is_inner:
            members.setdefault(name, []).append(line)
    ranked = sorted(members.items(), key=lambda pair: -_time(pair[1]))
    first = ranked if len(ranked) <= MOST_GROUPS else ranked[: MOST_GROUPS - 1]
    rest = ranked[len(first) :]
    groups = [_group(cut(name, NAME_WIDTH), mine) for name, mine in first]
    places = {name: i for i, (name, _) in enumerate(first)}
    if rest:
        places |= {name: len(first) for name, _ in rest}
        together = [line for _, mine in rest for line in mine]
        groups.append(_group(f"{len(rest)} further {what}", together))
    return Grouping(
        tuple(groups),
        tuple(
            None if line.is_inner else places[name] for line, name in zip(lines, names, strict=True)
        ),
    )


def _time(lines: Sequence[OpLine]) -> float:
    return sum(line.row.mean_us for line in lines if line.row)


def _group(name: str, lines: Sequence[OpLine]) -> OpGroup:
    there = [line for line in lines if line.row]
    return OpGroup(
        name=name,
        count=len(there),
        mean_us=_time(there),
        share=sum(line.share or 0.0 for line in there),
        delta_us=_delta(lines),
        macs=_sum([line.macs for line in there]),
        traffic=_sum([line.traffic for line in there]),
        headroom_us=_sum([line.work.headroom_us if line.work else None for line in there]),
    )


def _delta(lines: Sequence[OpLine]) -> float | None:
    """Sum up what is known of each; an operator may be told at another one of its node."""
    if not lines or any(line.change is None for line in lines):
        return None
    return sum(line.change.delta_us or 0.0 for line in lines if line.change)


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None
