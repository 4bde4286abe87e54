"""Where each node of a graph ran: a strip for each model and way to run it, first node to last.

Cases whose strips are the same share one row: of other devices, threads and variants.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchhub.analysis.summary import CaseSummary, RunSummary
from benchhub.records import CPU, CPU_DELEGATES, DEFAULT_TOOL, GraphFacts, Placement
from benchhub.reports.marks import Mark
from benchhub.reports.names import affinity, kernels, listed
from benchhub.reports.placements import ranges
from benchhub.reports.stretches import Stretch, graph_of, kind_of, ran
from benchhub.reports.strip_bars import UNKNOWN, Bar, bars_of, sign_of

# More rows than that are a table, not a picture; what ran elsewhere than asked is kept first.
MOST_STRIPS = 60
# Stretches that a sentence names.
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Strip:
    """One row: a model, how it was run, and where its nodes ran.

    Attributes:
        model: Name of the model.
        way: Variants and configuration, e.g. `float32, int8 gpu`.
        where: Devices and threads, e.g. `t1, t4 on host, pi4`.
        mark: FALLBACK, PARTIAL, or SUSPECT where nothing tells; None if it ran as asked.
        asked: What was asked for, as people write it.
        said: Where the nodes ran, in a sentence without a full stop.
        differs: How its processes differ in it; empty if they do not.
        total: Nodes of the graph; None if not known.
        counts: Executor as it is read, and its nodes; None where their number is not known.
        partitions: Partitions of the delegate; None if not told.
        which: Executor as it is read, and its nodes as ranges.
        source: What it rests on.
        n: Processes that told it.
        bars: What is drawn.
        coarse: Whether a bar stands for nodes of several stretches, by the most of them.
        anchor: Section of the first of its cases.
    """

    model: str
    way: str
    where: str
    mark: Mark | None
    asked: str
    said: str
    differs: str
    total: int | None
    counts: tuple[tuple[str, int | None], ...]
    partitions: int | None
    which: tuple[tuple[str, str], ...]
    source: str
    n: int
    bars: tuple[Bar, ...]
    coarse: bool
    anchor: str

    @property
    def label(self) -> str:
        """What it shows, for those who do not see it."""
        return f"{self.model} {self.way}, {self.where}: {self.said}"


@dataclass(frozen=True, slots=True)
class Strips:
    """All rows.

    Attributes:
        rows: In the order of the plan.
        more: Rows that ran as asked and are left out.
        untold: Cases that were not run, or of which no process came so far as to tell it.
        legend: Kind, sign and name of each executor there is.
    """

    rows: tuple[Strip, ...]
    more: int
    untold: int
    legend: tuple[tuple[str, str, str], ...]


def strips(summary: RunSummary, anchors: Mapping[tuple[str, str], str]) -> Strips:
    """Return a row for each model, way to run it, and place where its nodes ran."""
    told: dict[_Key, _Row] = {}
    untold = 0
    for device in summary.devices:
        for case in device.cases:
            if case.placement is None and case.latency is None:
                untold += 1
                continue
            graph = graph_of(summary, case)
            key = _key(case, ran(case, graph))
            row = told.setdefault(key, _Row(case, graph, anchors[device.name, case.case.id], [], 0))
            row.places.append((device.name, case))
            row.n += sum(_tells(one.reading.placement) for one in case.invocations)
    rows = [_strip(key, same) for key, same in _merged(told)]
    kept = _most_telling(rows)
    order = {model: i for i, model in enumerate(dict.fromkeys(row.model for row in rows))}
    return Strips(
        rows=tuple(sorted(kept, key=lambda row: order[row.model])),
        more=len(rows) - len(kept),
        untold=untold,
        legend=_legend([stretch for key in told for stretch in key.stretches]),
    )


@dataclass(frozen=True, slots=True)
class _Key:
    """What makes two cases one row before their variants are put together."""

    model: str
    variant: str
    configuration: str
    delegate: str
    tool: str
    stretches: tuple[Stretch, ...]
    applied: str | None
    delegated: int | None
    partitions: int | None
    backend: str
    differs: str


@dataclass(slots=True)
class _Row:
    """Cases with the same key: the first one, its graph, and all places."""

    first: CaseSummary
    graph: GraphFacts | None
    anchor: str
    places: list[tuple[str, CaseSummary]]
    n: int


def _key(case: CaseSummary, stretches: tuple[Stretch, ...]) -> _Key:
    what, chosen = case.placement, case.case.configuration
    return _Key(
        model=case.case.variant.model,
        variant=case.case.variant.variant,
        configuration=f"{chosen.name}{affinity(chosen)}",
        delegate=chosen.delegate,
        tool=case.case.tool,
        stretches=stretches,
        applied=what.applied if what else None,
        delegated=what.nodes_delegated if what else None,
        partitions=what.partitions if what else None,
        backend=what.backend if what else "",
        differs=_differs(case),
    )


def _merged(told: Mapping[_Key, _Row]) -> Iterator[tuple[_Key, list[tuple[_Key, _Row]]]]:
    """Yield rows whose variants were run in the same places with the same outcome together."""
    groups: dict[tuple[object, ...], list[tuple[_Key, _Row]]] = defaultdict(list)
    for key, row in told.items():
        places = tuple(
            (name, one.case.configuration.threads, one.case.side) for name, one in row.places
        )
        rest = (key.model, key.configuration, key.tool, key.stretches, key.applied)
        groups[(*rest, key.delegated, key.partitions, key.backend, key.differs, places)].append(
            (key, row)
        )
    for same in groups.values():
        yield same[0][0], same


def _strip(key: _Key, same: Sequence[tuple[_Key, _Row]]) -> Strip:
    row = same[0][1]
    what = row.first.placement
    # Names of types belong to one graph; of several variants none is the right one.
    graph = row.graph if len(same) == 1 else None
    which = _which(key.stretches)
    total = (
        None if key.stretches[-1].nodes is None else sum(one.nodes or 0 for one in key.stretches)
    )
    bars, coarse = bars_of(key.stretches, graph, _known(key, total))
    variants = ", ".join(dict.fromkeys(one.variant for one, _ in same))
    tool = "" if key.tool == DEFAULT_TOOL else f" ({key.tool})"
    return Strip(
        model=key.model,
        way=f"{variants} {key.configuration}{tool}",
        where=_where(row.places),
        mark=_mark(row.first, what),
        asked=kernels(key.delegate),
        said=_said(key, what, total),
        differs=key.differs,
        total=total,
        counts=tuple(_counts(key, total)),
        partitions=key.partitions,
        which=which,
        source=what.source if what else UNKNOWN,
        n=sum(one.n for _, one in same),
        bars=bars,
        coarse=coarse,
        anchor=row.anchor,
    )


def _where(places: Sequence[tuple[str, CaseSummary]]) -> str:
    threads: dict[str, list[str]] = defaultdict(list)
    sides: dict[str | None, None] = {}
    for device, case in places:
        threads[device].append(f"t{case.case.configuration.threads}")
        sides[case.case.side] = None
    texts = {device: ", ".join(dict.fromkeys(found)) for device, found in threads.items()}
    if len(set(texts.values())) == 1:
        text = f"{next(iter(texts.values()))} on {', '.join(texts)}"
    else:
        text = "; ".join(f"{found} on {device}" for device, found in texts.items())
    only = [side for side in sides if side]
    return f"{text} ({only[0]} only)" if len(only) == 1 and len(sides) == 1 else text


def _mark(case: CaseSummary, what: Placement | None) -> Mark | None:
    """Return what the placement alone says; the status of a case says more than that."""
    if case.fell_back:
        return Mark.FALLBACK
    if case.case.configuration.delegate in CPU_DELEGATES:
        return None  # what either kind of the CPU's kernels leaves to the other is no news
    if what is None or what.applied is None:
        return Mark.SUSPECT
    delegated, total = what.nodes_delegated, what.nodes_total
    part = delegated is not None and total is not None and delegated < total
    return Mark.PARTIAL if part else None


def _said(key: _Key, what: Placement | None, total: int | None) -> str:
    if what is None or what.applied is None:
        return "nothing tells where the nodes ran"
    name = kernels(what.applied)
    pieces = key.stretches
    if pieces[0].executor is None:
        of = f"{key.delegated} of {total} nodes" if key.delegated and total else "some nodes"
        return f"{name} ran {of}; which ones is not told{_more(key)}"
    if len(pieces) == 1:
        alone = kernels(pieces[0].executor)
        extent = "all nodes" if total is None else "1 node" if total == 1 else f"all {total} nodes"
        kind = f", in {name} or others" if alone != name else ""
        return f"{alone} ran {extent}{kind}{_more(key)}"
    named = [f"{kernels(one.executor)} {one.nodes}" for one in pieces[:MOST_NAMED]]
    more = len(pieces) - len(named)
    rest = f" and {more} more" if more else ""
    return f"{', '.join(named)}{rest} of {total} nodes{_more(key)}"


def _known(key: _Key, total: int | None) -> str:
    """Say how many nodes ran in the delegate, where it is not told which: `65 X, 1 other`."""
    if key.applied is None or not key.delegated or not total:
        return ""
    rest = total - key.delegated
    return f"{key.delegated} {sign_of(key.applied)}, {rest} other{'s' * (rest != 1)}"


def _more(key: _Key) -> str:
    """Name the number of partitions where it is news, and what the delegate ran on."""
    pieces = f": {key.partitions} partitions" if (key.partitions or 0) > 1 else ""
    # An accelerator may say of itself that it computes on the CPU.
    return f"{pieces}, through {key.backend}" if key.backend else pieces


def _differs(case: CaseSummary) -> str:
    """Say how processes of a case differ in what ran, most of them first."""
    seen = Counter(
        one.reading.placement.applied
        for one in case.invocations
        if one.reading.placement and one.reading.placement.applied is not None
    )
    if len(seen) < 2:
        return ""
    parts = [f"{count} on {kernels(applied)}" for applied, count in seen.most_common()]
    return f"its processes differ: {listed(parts)}"


def _tells(what: Placement | None) -> bool:
    return what is not None and what.applied is not None


def _counts(key: _Key, total: int | None) -> Iterator[tuple[str, int | None]]:
    """Yield how many nodes ran where; a number may be told without the nodes."""
    if key.stretches[0].executor is None and key.applied and key.delegated and total:
        yield kernels(key.applied), key.delegated
        yield UNKNOWN, total - key.delegated
        return
    counts: dict[str, int | None] = {}
    for one in key.stretches:
        name = UNKNOWN if one.executor is None else kernels(one.executor)
        so_far = counts.get(name, 0)
        counts[name] = None if one.nodes is None or so_far is None else so_far + one.nodes
    yield from counts.items()


def _which(stretches: Iterable[Stretch]) -> tuple[tuple[str, str], ...]:
    nodes: dict[str, list[int]] = defaultdict(list)
    for one in stretches:
        name = UNKNOWN if one.executor is None else kernels(one.executor)
        nodes[name] += range(one.first, one.first + (one.nodes or 0))
    return tuple((name, ranges(found) if found else "all") for name, found in nodes.items())


def _legend(stretches: Iterable[Stretch]) -> tuple[tuple[str, str, str], ...]:
    names = {
        CPU: "CPU, XNNPACK or built-in kernels: which is not told",
        None: "not told where it ran",
    }
    order = ["accelerator", "xnnpack", "builtin", "cpu", "unknown"]
    found = dict.fromkeys(one.executor for one in stretches)
    entries = [(kind_of(one), sign_of(one), names.get(one) or kernels(one)) for one in found]
    return tuple(sorted(entries, key=lambda entry: (order.index(entry[0]), entry[2])))


def _most_telling(rows: Sequence[Strip]) -> Sequence[Strip]:
    """Keep as many rows as are drawn: marked ones first, then by order."""
    ranked = sorted(range(len(rows)), key=lambda i: (rows[i].mark is None, i))
    return [rows[i] for i in sorted(ranked[:MOST_STRIPS])]
