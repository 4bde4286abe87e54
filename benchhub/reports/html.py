"""The report of one run: a single HTML file that loads nothing and gives the same bytes each time.

The sentence first, then the picture, then the table, then the raw file. Values are prepared by the
modules beside this one, the templates only lay them out. Everything is escaped; the page's
Content-Security-Policy allows the page's own style sheet and scripts, by their hashes, and nothing
else, so there are no style attributes and no inline handlers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from benchhub.analysis.history import History
from benchhub.analysis.summary import RunSummary
from benchhub.analysis.verdicts import Comparison
from benchhub.reports import names, page
from benchhub.reports.across import across
from benchhub.reports.attention import issues
from benchhub.reports.case_logs import Logs
from benchhub.reports.cases import details
from benchhub.reports.charts import scaling_chart
from benchhub.reports.comparison import compare
from benchhub.reports.distributions import distributions
from benchhub.reports.environment import environment
from benchhub.reports.front_chart import front_chart
from benchhub.reports.fronts import Front, fronts
from benchhub.reports.heat import heat
from benchhub.reports.history_section import history_section, words
from benchhub.reports.invocations import run_folder
from benchhub.reports.marks import MEANING, Mark
from benchhub.reports.matrix import matrix
from benchhub.reports.overview import overview
from benchhub.reports.profiles import FIRST_ROWS, operators
from benchhub.reports.provenance import measured_files, run_again
from benchhub.reports.roofline_chart import roofline_chart
from benchhub.reports.rooflines import RooflinePanel, panels, rooflines
from benchhub.reports.scaling import Scaling, scaling
from benchhub.reports.strips import strips
from benchhub.reports.telemetry import telemetry
from benchhub.reports.telemetry_chart import MOST_SHADES, charts
from benchhub.reports.variants import ModelVariants, variants
from benchhub.reports.verdict_page import METHOD, context, verdict_page
from benchhub.reports.verdict_page import SECTIONS as VERDICT_SECTIONS

SECTIONS = (
    ("answer", "Answer"),
    ("attention", "Needs attention"),
    ("heat", "Speed-up"),
    ("variants", "Variants"),
    ("devices", "Devices"),
    ("comparison", "Configurations"),
    ("distributions", "Distributions"),
    ("threads", "Threads"),
    ("operators", "Operators"),
    ("placement", "Placement"),
    ("telemetry", "Telemetry"),
    ("cases", "Cases"),
    ("environment", "Environment"),
    ("history", "History"),
    ("appendix", "Appendix"),
)


# Of more processes the inside of each case is part of the page only when it is opened.
LARGE = 400

# Of a run that compares two sides, besides what only such a run has.
SHARED = (
    "attention",
    "heat",
    "distributions",
    "operators",
    "placement",
    "telemetry",
    "cases",
    "environment",
)
COMPARED = (
    *VERDICT_SECTIONS,
    *(pair for pair in SECTIONS if pair[0] in SHARED),
    METHOD,
    SECTIONS[-1],
)


def render_html(
    summary: RunSummary,
    logs: Logs,
    comparison: Comparison | None = None,
    history: History | None = None,
    home: str = "",
) -> str:
    """Render the report of a run, also of one that did not end.

    Args:
        summary: What the run found.
        logs: Returns what an invocation printed, by file name; asked for some invocations only.
        comparison: What a run that compares two sides says: its verdicts come first then, and what
            ranks its configurations is left out, but for the speed-up of the candidate.
        history: The runs of its suite up to this one; None where they are not looked at.
        home: Address of the page that lists all runs, in a site; empty outside of one.

    Returns:
        The page. It depends on nothing but the arguments and the version of benchhub.
    """
    anchors = names.anchors(summary)
    values = _values(summary, anchors, logs, comparison)
    past = history_section(history, summary.run.plan.run_id) if history else None
    values |= {"past": past, "home": home, **words()}
    name = "page.html.j2"
    sections: tuple[tuple[str, str], ...] = SECTIONS
    if comparison is not None:
        run = summary.run
        values |= context(verdict_page(comparison, run, run, anchors))
        values["about"] = f"run {run.plan.run_id}"
        name, sections = "verdict_page.html.j2", COMPARED
    absent = {
        "attention": not values["issues"],
        "changes": comparison is not None and not comparison.cases,
        "variants": not values["variants"],
        "threads": not values["scaling"].panels,
        "placement": not values["strips"].rows,
        "telemetry": not values["watches"],
        "devices": not values["across"],
        "heat": not values["heat"],
        "distributions": not values["distributions"],
        "history": past is None,
    }
    return page.render(
        name,
        **values,
        sections=[pair for pair in sections if not absent.get(pair[0])],
    )


def _values(
    summary: RunSummary,
    anchors: Mapping[tuple[str, str], str],
    logs: Logs,
    comparison: Comparison | None,
) -> dict[str, Any]:
    """Return what the sections of a run need, by name."""
    curves = scaling(summary)
    watches = telemetry(summary)
    reached = rooflines(summary)
    return {
        "plan": summary.run.plan,
        "overview": overview(summary, anchors),
        "issues": issues(summary, anchors),
        "variants": _variants(summary),
        "across": across(summary),
        "anchors": anchors,
        "heat": heat(summary, anchors),
        "distributions": distributions(summary, anchors),
        "comparisons": [compare(device, anchors) for device in summary.devices],
        "scaling": curves,
        "charts": _charts(curves),
        "operators": operators(summary, anchors, reached, comparison),
        "rooflines": _rooflines(panels(summary, reached, anchors)),
        "first_rows": FIRST_ROWS,
        "strips": strips(summary, anchors),
        "matrix": matrix(summary),
        "cases": details(summary, anchors, logs),
        "large": len(summary.run.invocations) > LARGE,
        "measured_files": measured_files(summary.run.plan),
        "run_again": run_again(summary.run.plan),
        "run_folder": run_folder(summary.run.plan).path.as_posix(),
        "environment": environment(summary),
        "watches": watches,
        "telemetry_charts": charts(watches),
        "most_ranges": MOST_SHADES,
        "marks": MEANING,
        "Mark": Mark,
    }


def _charts(curves: Scaling) -> list[Markup]:
    return [scaling_chart(panel, f"threads-{i}") for i, panel in enumerate(curves.panels)]


@dataclass(frozen=True, slots=True)
class _Variants:
    """A model's variants, and what stands against what on each device."""

    model: ModelVariants
    fronts: tuple[Front, ...]
    charts: tuple[Markup, ...]


def _variants(summary: RunSummary) -> tuple[_Variants, ...]:
    models = variants(summary)
    drawn = []
    for i, model in enumerate(models):
        found = fronts(model, named=len(models) > 1)
        charts = tuple(front_chart(front, f"front-{i}-{k}") for k, front in enumerate(found))
        drawn.append(_Variants(model, found, charts))
    return tuple(drawn)


def _rooflines(found: Sequence[RooflinePanel]) -> list[tuple[RooflinePanel, Markup]]:
    return [(panel, roofline_chart(panel, f"roof-{i}")) for i, panel in enumerate(found)]
