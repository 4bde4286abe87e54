"""What the processes of a case were, word for word, and what they printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchhub.analysis.summary import TRUSTED, CaseSummary
from benchhub.records import Invocation, Plan, Purpose
from benchhub.reports.invocations import folder_of, process
from benchhub.reports.logs import Excerpt, excerpt, limit_bytes

Logs = Callable[[Invocation], Mapping[str, str]]

# A page holds the logs of up to this many processes; of more, each case shows some.
PROCESSES_OF_A_PAGE = 256

# Of each case these many bad invocations, besides one good of each purpose.
SHOWN_BAD = 2


@dataclass(frozen=True, slots=True)
class Log:
    """What one process was and what it printed.

    Attributes:
        title: Which process.
        folder: Its raw files, in the workspace.
        command: Its words, as quoted for a POSIX shell; empty if it was not started here.
        streams: What it printed.
    """

    title: str
    folder: str
    command: tuple[str, ...]
    streams: tuple[Excerpt, ...]


def shown_logs(plan: Plan, cases: Sequence[CaseSummary], logs: Logs) -> tuple[tuple[Log, ...], ...]:
    """Return the logs that a page shows of each case: all of a small run, some of a large one."""
    every = [tuple(one for one in case.invocations if one.artifacts) for case in cases]
    if sum(map(len, every)) > PROCESSES_OF_A_PAGE:
        every = [_some(invocations) for invocations in every]
    limit = limit_bytes(2 * sum(map(len, every)))
    return tuple(
        tuple(_log(plan, one, logs, limit) for one in invocations) for invocations in every
    )


def _some(invocations: Sequence[Invocation]) -> tuple[Invocation, ...]:
    """Choose the bad ones first, then one good of each purpose."""
    chosen = [one for one in invocations if one.status not in TRUSTED][:SHOWN_BAD]
    for purpose in Purpose:
        if not any(one.purpose is purpose for one in chosen):
            chosen += [one for one in invocations if one.purpose is purpose][:1]
    return tuple(chosen)


def _log(plan: Plan, one: Invocation, logs: Logs, limit: int) -> Log:
    return Log(
        title=f"step {one.number}, {one.purpose.value} process of round {one.round}, "
        f"{one.status.value}",
        folder=folder_of(plan, one),
        command=process(one) if one.argv else (),
        streams=tuple(excerpt(name, text, limit) for name, text in logs(one).items()),
    )
