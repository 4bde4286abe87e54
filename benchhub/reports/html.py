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

import benchhub
from benchhub.analysis.summary import RunSummary
from benchhub.analysis.verdicts import Comparison
from benchhub.reports import names, page
from benchhub.reports.across import across
from benchhub.reports.attention import issues
from benchhub.reports.cases import Logs, details, run_folder
from benchhub.reports.charts import scaling_chart, thermal_chart
from benchhub.reports.comparison import compare
from benchhub.reports.environment import environment
from benchhub.reports.front_chart import front_chart
from benchhub.reports.fronts import Front, fronts
from benchhub.reports.marks import MEANING, Mark
from benchhub.reports.overview import overview
from benchhub.reports.profiles import FIRST_ROWS, operators
from benchhub.reports.roofline_chart import roofline_chart
from benchhub.reports.rooflines import RooflinePanel, panels, rooflines
from benchhub.reports.scaling import Scaling, scaling
from benchhub.reports.variants import ModelVariants, variants
from benchhub.reports.verdict_page import METHOD, context, verdict_page
from benchhub.reports.verdict_page import SECTIONS as VERDICT_SECTIONS

SECTIONS = (
    ("answer", "Answer"),
    ("attention", "Needs attention"),
    ("variants", "Variants"),
    ("devices", "Devices"),
    ("comparison", "Configurations"),
    ("threads", "Threads"),
    ("operators", "Operators"),
    ("cases", "Cases"),
    ("environment", "Environment"),
    ("appendix", "Appendix"),
)


# Of a run that compares two sides.
COMPARED = (
    *VERDICT_SECTIONS,
    *(pair for pair in SECTIONS if pair[0] in ("attention", "operators", "cases", "environment")),
    METHOD,
    SECTIONS[-1],
)


def render_html(summary: RunSummary, logs: Logs, comparison: Comparison | None = None) -> str:
    """Render the report of a run, also of one that did not end.

    Args:
        summary: What the run found.
        logs: Returns what an invocation printed, by file name; asked for some invocations only.
        comparison: What a run that compares two sides says: its verdicts come first then, and what
            ranks configurations against each other is left out.

    Returns:
        The page. It depends on nothing but the arguments and the version of benchhub.
    """
    anchors = names.anchors(summary)
    values = _values(summary, anchors, logs)
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
        "devices": not values["across"],
    }
    text = (
        page.environment()
        .get_template(name)
        .render(
            **page.assets(),
            **values,
            version=benchhub.__version__,
            sections=[pair for pair in sections if not absent.get(pair[0])],
        )
    )
    # A lone surrogate (from a broken file name) could not be written to a file.
    return text.encode("utf-8", "replace").decode("utf-8")


def _values(
    summary: RunSummary, anchors: Mapping[tuple[str, str], str], logs: Logs
) -> dict[str, Any]:
    """Return what the sections of a run need, by name."""
    curves = scaling(summary)
    surroundings = environment(summary)
    reached = rooflines(summary)
    return {
        "plan": summary.run.plan,
        "overview": overview(summary, anchors),
        "issues": issues(summary, anchors),
        "variants": _variants(summary),
        "across": across(summary),
        "anchors": anchors,
        "comparisons": [compare(device, anchors) for device in summary.devices],
        "scaling": curves,
        "charts": _charts(curves),
        "operators": operators(summary, anchors, reached),
        "rooflines": _rooflines(panels(summary, reached, anchors)),
        "first_rows": FIRST_ROWS,
        "cases": details(summary, anchors, logs),
        "run_folder": run_folder(summary.run.plan).path.as_posix(),
        "environment": surroundings,
        "thermal_charts": [
            thermal_chart(one, f"heat-{i}") for i, one in enumerate(surroundings.thermals)
        ],
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
