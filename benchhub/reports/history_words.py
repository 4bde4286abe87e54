"""What a history says in words: its answer, its levels, and how far to trust an alert."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from benchhub.analysis.changes import ALPHA, LEAST_SEGMENT
from benchhub.analysis.history import ENOUGH_RUNS, LEAST_CHANGE, History, Series, Shift
from benchhub.analysis.past_points import Point
from benchhub.reports.names import listed
from benchhub.reports.numbers import NO_BREAK_SPACE, ms, signed

# Of a commit.
DIGITS = 8
# Fewer runs cannot be split into two levels.
FEWEST = 2 * LEAST_SEGMENT
LEAST = f"{100 * LEAST_CHANGE:g}{NO_BREAK_SPACE}%"
# Cases that a sentence names; the page shows all.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Row:
    """A change as a table shows it.

    Attributes:
        series: What moved.
        shift: The change.
        runs: Runs of the level before and of the new one.
        before: Level before in milliseconds; see `Series.scale_us`.
        after: New level.
        change: In percent, with its sign.
        since: Run and commit of the first run of the new level.
        last: The same of the last run before.
        date: Day of the first run of the new level.
        why: What else changed there, one line each.
    """

    series: Series
    shift: Shift
    runs: str
    before: str
    after: str
    change: str
    since: str
    last: str
    date: str
    why: tuple[str, ...]


def row(series: Series, shift: Shift) -> Row:
    """Return a change as a table shows it."""
    return Row(
        series=series,
        shift=shift,
        runs=f"{shift.runs_before}+{shift.runs_after}",
        before=level(series, shift.before),
        after=level(series, shift.after),
        change=change(shift),
        since=which(shift.first),
        last=which(shift.last),
        date=day(shift.first.created),
        why=tuple(event.text for event in shift.events),
    )


def level(series: Series, figure: float | None) -> str:
    """Write a figure in milliseconds: of a run in which the canary took its median."""
    return ms(None if figure is None else figure * series.scale_us)


def change(shift: Shift) -> str:
    """Write a change in percent with its sign."""
    return f"{signed(100 * shift.change, 1)}{NO_BREAK_SPACE}%"


def which(point: Point) -> str:
    """Name a run and its commit: `01JD3Q8K 1a2b3c4d+`."""
    return f"{point.run_id} {short(point.commit)}".rstrip()


def short(commit: str | None) -> str:
    """Shorten a commit; what says that files were changed is kept."""
    return f"{commit[:DIGITS]}{'+' * commit.endswith('+')}" if commit else ""


def day(created: str) -> str:
    """Return the day of a moment, as far as it is one."""
    try:
        return datetime.fromisoformat(created).date().isoformat()
    except ValueError:
        return created[:10]


def extent(history: History) -> str:
    """Say which runs it is about, and what they are divided by."""
    n = len(history.runs)
    first, last = (day(history.runs[i][1]) for i in (0, -1))
    span = first if first == last else f"{first} to {last}"
    divided = f"divided by the canary {history.canary}" if history.canary else "no canary"
    return f"{n} run{'s' * (n != 1)}, {span}, {divided}"


def headline(history: History) -> str:
    """Return the answer in a sentence."""
    judged = [one for one in _watched(history) if len(one.figures) >= FEWEST]
    moved = [one for one in judged if one.shifts]
    if not judged:
        return f"Too few runs to tell: a change needs {FEWEST} at least."
    if not moved:
        return f"Nothing moved by {LEAST} or more: {len(judged)} series."
    changes = [shift.change for one in moved for shift in one.shifts]
    slower = sum(change > 0 for change in changes)
    counts = ((slower, "slow-down"), (len(changes) - slower, "gain"))
    ways = [f"{n} {what}{'s' * (n > 1)}" for n, what in counts if n]
    return f"{len(moved)} of {len(judged)} series moved: {listed(ways)}."


def _watched(history: History) -> list[Series]:
    """Return what is judged: all but the canary, unless there is nothing else."""
    return [one for one in history.series if not one.is_canary] or list(history.series)


def still(history: History) -> str:
    """Say how many series did not move or have too few runs; empty if there are none."""
    watched = _watched(history)
    short_ones = sum(len(one.figures) < FEWEST for one in watched)
    rest = sum(not one.shifts for one in watched) - short_ones
    parts = []
    if rest:
        parts.append(f"{rest} series did not move by {LEAST} or more")
    if short_ones:
        have = "has" if short_ones == 1 else "have"
        parts.append(f"{short_ones} series {have} fewer than {FEWEST} runs")
    return f"{' · '.join(parts)}." if parts else ""


def cautions(history: History) -> tuple[str, ...]:
    """Say how far an alert can be trusted and what is not in the figures, a sentence each."""
    return (*_trust(history), *_gaps(history), *history.notes)


def _trust(history: History) -> Iterator[str]:
    if history.canary is None:
        yield (
            "No canary: nothing tells a slower device from a slower model. Where the noise of "
            "neighbouring runs is alike (autocorrelated), 24 to 50 % of series that did not change "
            "raised a false alarm in simulations, whatever the method; divided by a canary at most "
            "3 %. It is the best investment: name a case that nobody works on in the suite, "
            "`canary: MODEL/VARIANT/CONFIGURATION/tN`."
        )
    else:
        if any(one.canary for one in history.series):
            yield (
                "Each time is divided by the canary's in the same run, and shown as if the canary "
                f"had taken its median{_medians(history)}."
            )
        # A tool or a device of its own may lack it.
        undivided = [one for one in history.series if not (one.canary or one.is_canary)]
        if undivided:
            yield (
                f"The canary has no figure for {_names(undivided)}: not divided, so false alarms "
                "of 24 to 50 % are to be expected where the noise is autocorrelated."
            )
    moved = [one for one in history.series if one.is_canary and one.shifts]
    if moved:
        yield (
            f"The canary itself moved: {_names(moved)}. Either the device became another one, "
            "or the canary's own model or tool did; the others are divided by it."
        )
    slow = [one for one in history.series if one.is_slow_noise and not one.is_canary]
    if slow:
        highest = max(one.autocorrelation or 0 for one in slow)
        yield (
            f"Neighbouring runs are alike (autocorrelation up to {highest:.1f}) for "
            f"{_names(slow)}: an alarm there may well be false."
        )
    if any(one.is_short for one in history.series):
        yield f"With fewer than {ENOUGH_RUNS} runs even a clear change is often missed."
    if all(len(one.figures) < FEWEST for one in history.series):
        return
    yield (
        f"About {100 * ALPHA:g} % of series that did not change raise an alarm by chance "
        f"(p is at most {ALPHA:g}). An alert is a question, not a verdict: measure it side by "
        "side with `benchhub ab`."
    )


def _medians(history: History) -> str:
    """Write the median of the canary on each device: ` (0.991 ms on host)`."""
    found = {(one.device, one.canary): one.scale_us for one in history.series if one.canary}
    texts = [f"{ms(us)} ms on {device}" for (device, _), us in list(found.items())[:_NAMED]]
    return f" ({', '.join(texts)})" if len(texts) == len(found) else ""


def _gaps(history: History) -> Iterator[str]:
    problems = Counter(
        point.problem for one in history.series for point in one.points if point.problem
    )
    for problem, count in problems.most_common():
        yield f"{count} figure{'s' * (count > 1)} left out: {problem}."
    n = history.dropped
    if n:
        yield (
            f"{n} process{'es' * (n > 1)} left out: the time is no number above 0. Look at "
            "invocation.json in the run folders."
        )


def _names(series: Sequence[Series]) -> str:
    names = [f"{one.case_id} on {one.device}" for one in series[:_NAMED]]
    more = len(series) - len(names)
    return listed([*names, f"{more} more"]) if more else listed(names)
