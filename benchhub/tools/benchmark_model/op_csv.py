"""Reads the operator profile that the program writes as text: its CSV, or its table.

The CSV is none: it holds banners, titles and two kinds of tables, for the initialisation and for
the runs, each sorted in two ways and summed up. Only one is read, the runs in order of execution:

    Operator-wise Profiling Info for Regular Benchmark Runs:
    Primary graph profile:
    ============================== Run Order ==============================
    node type, first, avg_ms, %, cdf%, mem KB, times called, name
    Convolution (NHWC, F32) GEMM, 0.01, 0.0110711, 4.9%, 21%, 0, 1, Delegate/Convolution (..):2

    5 nodes observed
    Subgraph (index: 1) profile:

Node types contain `, ` unquoted, so rows are split from the right; in names each comma became a
TAB. `avg_ms` is the mean of one call, so the time of an inference is that times `times called`
(the sums in the file agree). The table on stdout has the same parts with TABs between columns.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from benchhub.records import OpTime, Profile
from benchhub.tools.benchmark_model.op_rows import ProfileError, Row, op_time, profile_of

REGULAR = "Operator-wise Profiling Info for Regular Benchmark Runs:"
# A graph of that many nodes was never seen; a file of more is not a profile.
MOST_ROWS = 500_000
_US_PER_MS = 1000.0


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the figures stand; columns are counted from the one after the node type."""

    separator: str
    count: int
    mean: int
    calls: int

    def split(self, line: str) -> list[str] | None:
        """Return type and columns, or None if the line is no row."""
        if self.separator == "\t":
            parts = line.split("\t", self.count + 1)[1:]
        else:
            parts = line.rsplit(self.separator, self.count)
        return parts if len(parts) == self.count + 1 else None


@dataclass(slots=True)
class _State:
    """Where in the file the reader is, and what it has found."""

    subgraph: int | None = 0
    columns: _Columns | None = None
    in_order: bool = False
    rows_here: int = 0
    missing: int = 0
    counted: bool = False
    n: int | None = None
    ops: list[OpTime] = field(default_factory=list)


def read_op_table(text: str, source: str) -> Profile:
    """Read the part about the runs, in one pass over its lines.

    Args:
        text: Content of the CSV file, or standard output.
        source: What to call it in the profile.

    Raises:
        ProfileError: There is no such part, it has no rows, or rows are missing in it.
    """
    _, found, part = text.partition(REGULAR)
    if not found:
        raise ProfileError("it has no part about the runs")
    state = _State()
    for line in part.split("\n"):
        _read_line(line.rstrip("\r"), state)
        if len(state.ops) > MOST_ROWS:
            raise ProfileError(f"it has more than {MOST_ROWS} rows")
    if state.missing or not state.counted:
        raise ProfileError("it is incomplete: it has fewer rows than it says, or no end")
    return profile_of(tuple(state.ops), state.n, source)


def _read_line(line: str, state: _State) -> None:
    if state.in_order and state.columns is None:
        state.columns = _columns(line)
        state.in_order = state.columns is not None
    elif state.in_order:
        _read_row(line, state)
    elif line.startswith("====="):
        state.columns, state.in_order = None, " Run Order " in line
        state.rows_here = 0 if state.in_order else state.rows_here
    elif line.endswith(" nodes observed"):
        _check_count(line, state)
    elif line.startswith("Timings (microseconds): count=") and state.n is None:
        count = line.removeprefix("Timings (microseconds): count=").split(" ", 1)[0]
        state.n = _whole(count)
    elif line.endswith(" profile:"):
        state.subgraph, state.counted = _subgraph(line), False
    elif line.startswith("Delegate internal:"):
        # Times inside a delegate are part of its node's row.
        state.subgraph, state.counted = None, False


def _read_row(line: str, state: _State) -> None:
    parts = state.columns.split(line) if state.columns else None
    if parts is None or state.columns is None:
        state.in_order = False
        return
    state.rows_here += 1
    if state.subgraph is None:
        return
    try:
        mean_ms, calls = float(parts[state.columns.mean]), float(parts[state.columns.calls])
    except ValueError as error:
        raise ProfileError(f"a row has no time: {line[:80]!r}") from error
    row = Row(
        type=parts[0].strip(),
        name=parts[-1].replace("\t", ",").strip(),
        subgraph=state.subgraph,
        mean_us=mean_ms * _US_PER_MS * calls,
        calls=calls,
    )
    state.ops.append(op_time(row, len(state.ops)))


def _columns(header: str) -> _Columns | None:
    separator = "\t" if header.startswith("\t") else ", "
    names = [name.strip(" []").lower().replace("_", " ") for name in header.split(separator)]
    names = names[1:] if separator == "\t" else names
    if names[:1] != ["node type"] or not {"avg ms", "times called"}.issubset(names):
        return None
    return _Columns(separator, len(names) - 1, names.index("avg ms"), names.index("times called"))


def _check_count(line: str, state: _State) -> None:
    expected = _whole(line.split(" ", 1)[0])
    state.missing += int(expected != state.rows_here)
    state.counted = True


def _subgraph(line: str) -> int:
    """Read the index in `Subgraph (index: 1, name: body) profile:`; the primary graph is 0."""
    _, found, rest = line.partition("(index: ")
    if not found:
        return 0
    digits = rest.split(",", 1)[0].split(")", 1)[0]
    index = _whole(digits)
    if index is None:
        raise ProfileError(f"a subgraph has no index: {line[:80]!r}")
    return index


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None
