"""A run as OpenMetrics text, which Prometheus reads, also by its textfile collector.

https://prometheus.io/docs/specs/om/open_metrics_spec/: base units (**seconds**, bytes), labels for
what was measured, `# EOF` at the end. All are gauges, without a time of their own, so that it is
Prometheus' older text format as well, the one that node_exporter and the Pushgateway take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from benchhub.exports.exporter import Export, of_one
from benchhub.exports.figures import Figure, figures_of
from benchhub.records import Run

_S_PER_US = 1e-6


@dataclass(frozen=True, slots=True)
class _Family:
    """One gauge: its name with the unit at the end, what it is, and how it is got."""

    name: str
    unit: str
    help: str
    value: Callable[[Figure], float | None]


def _seconds(us: float | None) -> float | None:
    return None if us is None else us * _S_PER_US


_FAMILIES = (
    _Family(
        "benchhub_latency_seconds",
        "seconds",
        "Time of one inference: geometric mean of the processes.",
        lambda one: _seconds(one.latency.value_us),
    ),
    _Family(
        "benchhub_latency_low_seconds",
        "seconds",
        "Lower end of its 95 % interval.",
        lambda one: _seconds(one.latency.low_us),
    ),
    _Family(
        "benchhub_latency_high_seconds",
        "seconds",
        "Upper end of its 95 % interval.",
        lambda one: _seconds(one.latency.high_us),
    ),
    _Family(
        "benchhub_processes",
        "",
        "Fresh processes that count.",
        lambda one: float(one.latency.n),
    ),
    _Family(
        "benchhub_init_seconds",
        "seconds",
        "Time until ready, median of the processes.",
        lambda one: _seconds(one.case.init_us),
    ),
    _Family(
        "benchhub_memory_growth_bytes",
        "bytes",
        "Growth of resident memory, median of the processes.",
        lambda one: one.case.overall_bytes,
    ),
)


@of_one
def export(run: Run) -> Export:
    """Return the text; the notes tell which cases it leaves out."""
    found, left_out = figures_of(run)
    lines = [line for family in _FAMILIES for line in _gauge(family, found)]
    lines += [*_cases(found), *_run(run)]
    return Export("\n".join([*lines, "# EOF"]) + "\n", tuple(one.note for one in left_out))


def _gauge(family: _Family, found: tuple[Figure, ...]) -> Iterator[str]:
    values = [(one, value) for one in found if (value := family.value(one)) is not None]
    if not values:
        return
    yield f"# TYPE {family.name} gauge"
    if family.unit:
        yield f"# UNIT {family.name} {family.unit}"
    yield f"# HELP {family.name} {family.help}"
    for one, value in values:
        yield f"{family.name}{_labels(one.axes)} {value!r}"


def _cases(found: tuple[Figure, ...]) -> Iterator[str]:
    """Yield what may change from run to run, apart from the values: their labels stay the same."""
    if found:
        yield "# TYPE benchhub_case_info gauge"
        yield "# HELP benchhub_case_info How far a value can be trusted, and of which file it is."
    for one in found:
        told = {"status": str(one.case.status), "statistic": one.case.statistic}
        digest = {"model_sha256": one.case.case.variant.sha256}
        yield f"benchhub_case_info{_labels({**one.axes, **told, **digest})} 1"


def _run(run: Run) -> Iterator[str]:
    """Yield which run it is, and when it began, in seconds since 1970.

    A gauge of 1, not the type `info`: the textfile collector reads Prometheus' older text format,
    which has no such type.
    """
    plan = run.plan
    told = {"run_id": plan.run_id, "suite": plan.suite, "commit": plan.git_commit or ""}
    created_s = datetime.fromisoformat(plan.created).timestamp()
    yield "# TYPE benchhub_run_info gauge"
    yield "# HELP benchhub_run_info The run that these values are from."
    yield f"benchhub_run_info{_labels(told)} 1"
    yield "# TYPE benchhub_run_start_time_seconds gauge"
    yield "# UNIT benchhub_run_start_time_seconds seconds"
    yield "# HELP benchhub_run_start_time_seconds When it began, since 1970."
    yield f"benchhub_run_start_time_seconds {created_s!r}"


def _labels(values: Mapping[str, str]) -> str:
    parts = [f'{name}="{_escaped(value)}"' for name, value in values.items()]
    return "{" + ",".join(parts) + "}"


def _escaped(value: str) -> str:
    """Escape as the format's grammar wants it; other control characters have no place in it."""
    printable = "".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in value)
    return printable.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
