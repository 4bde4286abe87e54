"""The report of one run: a single HTML file that loads nothing and gives the same bytes each time.

The sentence first, then the picture, then the table, then the raw file. Values are prepared by the
modules beside this one, the templates only lay them out. Everything is escaped; the page's
Content-Security-Policy allows the page's own style sheet and scripts, by their hashes, and nothing
else, so there are no style attributes and no inline handlers.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

import benchhub
from benchhub.analysis.limits import told
from benchhub.analysis.phrases import metric_name
from benchhub.analysis.summary import RunSummary
from benchhub.reports import names, numbers
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
from benchhub.reports.sentences import ran_on
from benchhub.reports.variants import ModelVariants, variants

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


def render_html(summary: RunSummary, logs: Logs) -> str:
    """Render the report of a run, also of one that did not end.

    Args:
        summary: What the run found.
        logs: Returns what an invocation printed, by file name; asked for some invocations only.

    Returns:
        The page. It depends on nothing but the arguments and the version of benchhub.
    """
    anchors = names.anchors(summary)
    found = issues(summary, anchors)
    curves = scaling(summary)
    side_by_side = across(summary)
    surroundings = environment(summary)
    choices = _variants(summary)
    reached = rooflines(summary)
    absent = {
        "attention": not found,
        "variants": not choices,
        "threads": not curves.panels,
        "devices": not side_by_side,
    }
    environment_ = _environment()
    page = environment_.get_template("page.html.j2").render(
        **_assets(),
        version=benchhub.__version__,
        plan=summary.run.plan,
        sections=[pair for pair in SECTIONS if not absent.get(pair[0])],
        overview=overview(summary, anchors),
        issues=found,
        variants=choices,
        across=side_by_side,
        anchors=anchors,
        comparisons=[compare(device, anchors) for device in summary.devices],
        scaling=curves,
        charts=_charts(curves),
        operators=operators(summary, anchors, reached),
        rooflines=_rooflines(panels(summary, reached, anchors)),
        first_rows=FIRST_ROWS,
        cases=details(summary, anchors, logs),
        run_folder=run_folder(summary.run.plan).path.as_posix(),
        environment=surroundings,
        thermal_charts=[
            thermal_chart(one, f"heat-{i}") for i, one in enumerate(surroundings.thermals)
        ],
        marks=MEANING,
        Mark=Mark,
    )
    # A lone surrogate (from a broken file name) could not be written to a file.
    return page.encode("utf-8", "replace").decode("utf-8")


def _environment() -> Environment:
    environment_ = Environment(
        loader=PackageLoader("benchhub.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment_.filters.update(
        ms=numbers.ms,
        megabytes=numbers.megabytes,
        percent=numbers.percent,
        ratio=numbers.ratio,
        number=numbers.number,
        configuration=names.configuration,
        ran_as=names.ran_as,
        ran_on=ran_on,
        full=names.full,
        kernels=names.kernels,
        placement=names.placement,
        key=sort_key,
        breakable=breakable,
        limits=told,
        metric=metric_name,
        figure=numbers.figure,
        change=numbers.signed_change,
        cosine=numbers.cosine,
    )
    environment_.tests["share"] = numbers.is_share
    return environment_


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


def _assets() -> Mapping[str, Any]:
    """Return style sheet, scripts and the policy that allows exactly these."""
    folder = files("benchhub.reports") / "templates"
    css, early, js = (
        (folder / name).read_text(encoding="utf-8").strip()
        for name in ("report.css", "early.js", "report.js")
    )
    policy = (
        f"default-src 'none'; style-src {_hash(css)}; script-src {_hash(early)} {_hash(js)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    # The package's own files, not data: escaping would break them and their hashes.
    return {"css": Markup(css), "early": Markup(early), "js": Markup(js), "policy": Markup(policy)}  # noqa: S704


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def sort_key(value: float | None) -> str:
    """Return a number as the sort key of a cell; what is missing has none and sorts last."""
    return "" if value is None else f"{value:.6g}"


def breakable(name: str) -> Markup:
    """Return a name that may break after a slash."""
    return Markup("/<wbr>").join(escape(part) for part in name.split("/"))
