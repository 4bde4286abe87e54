"""Reads the operator table of LiteRT's program, which looks like TFLite's and means other things.

    ================================ Run Order ================================
    [node type]  [start]  [first]  [avg ms]  [%]  [cdf%]  [mem KB] [times called]   [Name]
    Delegate/Add (ND)  0.000  0.004  0.000  0.002%  32.250%  0.000  766   [Delegate]:9

- `[avg ms]` is the mean of one call, `[times called]` the calls of the whole process: of the
  warm-up as well as of the timed inferences. `[%]` refers to the sum of all calls of all rows,
  which the tail tells in microseconds (`Timings (microseconds): count=66 curr=165055`, where the
  count is one of nodes). From both the mean of a call follows with more digits than are printed.
- `[Builtin]:3` is node 3 of the graph, `[Delegate]:3` operator 3 inside a delegate. A node has no
  name and no subgraph, so the body of a WHILE or IF cannot be told from the main graph.
- `Delegate Statistics` sums up the operators inside delegates by type, with the smallest and the
  largest call.

Source: litert/runtime/profiler_summarizer.cc (from LiteRT 2.1.2 on), and a recorded run.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from benchhub.records import Finding, OpTime, Profile, Severity
from benchhub.tools.benchmark_litert_model.evidence import delegate_of
from benchhub.tools.benchmark_model.op_rows import ProfileError, profile_of

SOURCE = "op table"
TITLE = " Run Order ="
# Far above any real graph; a file of more is no profile.
MOST_ROWS = 500_000
LONGEST_LINE = 2000

_COLUMNS = ("[node type]", "[avg ms]", "[%]", "[times called]", "[Name]")
_ROW_PARTS = 9
_STATISTIC_PARTS = 6
_INSIDE = "Delegate/"
_NAME = re.compile(r"^\[(Builtin|Delegate)\]:(-?[0-9]{1,9})$")
_DECIMAL = re.compile(r"^[0-9]{1,18}(?:\.[0-9]{1,9})?$")
# XNNPACK's operators name their layout: `Convolution (NHWC, F32) IGEMM`, `Add (ND)`.
_XNNPACK = re.compile(r" \(N[CDHW]{1,3}[,)]")
_US_PER_MS = 1000.0
# Half a unit of the printed percentage and of the printed milliseconds.
_HALF_PERCENT, _HALF_MEAN_US = 0.0005, 0.5


@dataclass(frozen=True, slots=True)
class _Row:
    type: str
    mean_us: float  # of one call, as printed
    percent: float
    calls: int
    inside: bool
    index: int


@dataclass(frozen=True, slots=True)
class _Statistic:
    """A line of `Delegate Statistics`: all calls of a type."""

    calls: int
    min_us: float
    max_us: float
    total_us: float

    def tells_of(self, row: _Row, n: int) -> bool:
        """Tell whether these are the calls of that row, one in each inference."""
        mean_us = self.total_us / self.calls if self.calls else math.inf
        return (
            self.calls == row.calls == n
            and self.min_us <= mean_us <= self.max_us
            and abs(mean_us - row.mean_us) <= _HALF_MEAN_US * 1.001
        )


def read_op_table(
    text: str, warmups: int | None, runs: int | None, delegate: str, nodes: int | None
) -> tuple[Profile, Finding | None]:
    """Read the table.

    Args:
        text: Standard error.
        warmups: Untimed inferences; None if not told.
        runs: Timed inferences; None if not told.
        delegate: Who runs the operators inside delegates that are not XNNPACK's.
        nodes: Nodes of the model; the runtime gives higher numbers to those of delegates. None
            if not told.

    Returns:
        The profile, whose times are means per inference, and a finding if its calls do not fit
        the inferences.

    Raises:
        ProfileError: There is no table, or it is damaged.
    """
    _, found, part = text.partition(TITLE)
    if not found:
        raise ProfileError("there is no table; LiteRT before 2.1.2 prints none")
    lines = part.split("\n")
    rows = list(_rows(lines))
    total_us = _tail(lines, len(rows))
    statistics = _statistics(lines)
    n, finding = _inferences(rows, warmups, runs)
    types = Counter(row.type for row in rows)
    ops = tuple(
        _op(
            row,
            order,
            n,
            _call_us(row, total_us),
            statistics.get(row.type) if types[row.type] == 1 else None,
            _delegate(row, delegate, nodes),
        )
        for order, row in enumerate(rows)
    )
    return profile_of(ops, n, SOURCE), finding


def _rows(lines: list[str]) -> Iterable[_Row]:
    """Yield the rows of the first section: those in the order of execution."""
    header = lines[1] if len(lines) > 1 else ""
    if not all(name in header for name in _COLUMNS) or "[start]" not in header:
        raise ProfileError("its table has other columns")
    for number, line in enumerate(lines[2:]):
        if number >= MOST_ROWS:
            raise ProfileError(f"it has more than {MOST_ROWS} rows")
        if not line.strip():
            return
        yield _row(line)


def _row(line: str) -> _Row:
    parts = line[:LONGEST_LINE].rsplit(None, _ROW_PARTS - 1)
    name = _NAME.match(parts[-1])
    if len(parts) != _ROW_PARTS or name is None:
        raise ProfileError(f"a row is damaged: {line.strip()[:80]!r}")
    _, _, mean, percent, _, _, calls = parts[1:8]
    values = [mean, percent.removesuffix("%"), calls]
    if not all(_DECIMAL.match(value) for value in values) or not calls.isdecimal():
        raise ProfileError(f"a row has no time: {line.strip()[:80]!r}")
    if int(calls) == 0:
        raise ProfileError(f"a row was never called: {line.strip()[:80]!r}")
    return _Row(
        type=parts[0].strip(),
        mean_us=float(mean) * _US_PER_MS,
        percent=float(values[1]),
        calls=int(calls),
        inside=name[1] == "Delegate",
        index=int(name[2]),
    )


def _tail(lines: list[str], rows: int) -> float:
    """Return the sum of all calls in microseconds; the tail also counts the rows."""
    observed, total = None, None
    for line in lines:
        if line.startswith("Timings (microseconds): count="):
            _, _, text = line.partition(" curr=")
            total = text.strip()
        elif line.strip().endswith(" nodes observed"):
            observed = line.split(" ", 1)[0]
            break
    if observed != str(rows) or total is None or not _DECIMAL.match(total):
        raise ProfileError("it is incomplete: it has fewer rows than it says, or no end")
    return float(total)


def _statistics(lines: list[str]) -> dict[str, _Statistic]:
    """Read `Delegate Statistics`; lines that are none are passed over."""
    found: dict[str, _Statistic] = {}
    inside = False
    for line in lines:
        if line.startswith("====="):
            inside = " Delegate Statistics " in line
        elif inside and not line.strip():
            break
        elif inside:
            parts = line[:LONGEST_LINE].rsplit(None, _STATISTIC_PARTS - 1)
            numbers = parts[1:]
            if len(numbers) == _STATISTIC_PARTS - 1 and all(map(_DECIMAL.match, numbers)):
                calls, _, low, high, total = (float(number) for number in numbers)
                found[parts[0].strip()] = _Statistic(int(calls), low, high, total)
    return found


def _inferences(
    rows: list[_Row], warmups: int | None, runs: int | None
) -> tuple[int, Finding | None]:
    """Return how many inferences the table covers: a node of the main graph has a call in each.

    It is all inferences of the process; some versions may leave out the warm-up.
    """
    if not rows:
        raise ProfileError("it has no operators")
    counts = {row.calls for row in rows}
    if runs:
        for n in ((warmups or 0) + runs, runs):
            if n in counts:
                return n, None
    n = min(counts)
    if not runs:
        return n, None
    return n, Finding(
        "check.op_calls",
        Severity.SILENT,
        f"The profile covers {n} calls of an operator, but {runs} inferences were timed.",
        "Do not use the op times; keep the output for a bug report.",
        f"{n} calls in the table, {warmups or 0} inferences of warm-up and {runs} timed ones",
    )


def _call_us(row: _Row, total_us: float) -> float:
    """Return the mean of one call: by its share of the whole where that tells more digits.

    Raises:
        ProfileError: Share and printed mean contradict each other.
    """
    if not math.isfinite(total_us):
        raise ProfileError("its times add up to no number")
    by_share = row.percent / 100 * total_us / row.calls
    step = _HALF_PERCENT / 100 * total_us / row.calls
    if abs(by_share - row.mean_us) > (step + _HALF_MEAN_US) * 1.001:
        raise ProfileError(f"a row contradicts itself: {row.type[:60]}")
    return by_share if step < _HALF_MEAN_US else row.mean_us


def _delegate(row: _Row, delegate: str, nodes: int | None) -> str | None:
    """Return who ran a row; None for TFLite's own kernels."""
    if row.inside:
        return "xnnpack" if _XNNPACK.search(row.type) else delegate
    known = delegate_of(row.type.split("/", 1)[0])
    if known is not None:
        return known
    return delegate if nodes is not None and row.index >= nodes else None


def _op(
    row: _Row,
    order: int,
    n: int,
    call_us: float,
    statistic: _Statistic | None,
    delegate: str | None,
) -> OpTime:
    """Return a row as a record.

    The spread is told for types that have one row with one call in each inference.
    """
    kernel = row.type.removeprefix(_INSIDE) if row.inside else row.type
    spread = statistic if statistic is not None and statistic.tells_of(row, n) else None
    return OpTime(
        order=order,
        # Behind a slash is what the kernel of a node says of itself.
        op=kernel.split(" (" if row.inside else "/", 1)[0],
        kernel=kernel,
        name="",
        node=None if delegate or row.index < 0 else row.index,
        subgraph=0,
        delegate=delegate,
        mean_us=spread.total_us / n if spread else call_us * row.calls / n,
        min_us=spread.min_us if spread else None,
        max_us=spread.max_us if spread else None,
        std_us=None,
        calls=row.calls / n,
    )
