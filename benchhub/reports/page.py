"""What every page is made with: templates, filters, style sheet, scripts and their policy.

Everything is escaped; a page's Content-Security-Policy allows its own style sheet and scripts, by
their hashes, and nothing else.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

import benchhub
from benchhub.analysis.limits import told
from benchhub.analysis.phrases import metric_name
from benchhub.reports import names, numbers
from benchhub.reports.op_changes import added
from benchhub.reports.sentences import ran_on
from benchhub.reports.unseen import seen

# A section has its own files; the first of each kind is what all share.
STYLES = (
    "report.css",
    "heat.css",
    "distributions.css",
    "operators.css",
    "placement.css",
    "telemetry.css",
    "runs.css",
)
SCRIPTS = ("report.js", "operators.js")


@functools.cache
def environment() -> Environment:
    """Return the templates with the filters that they use; compiling them is half of a page."""
    made = Environment(
        loader=PackageLoader("benchhub.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        ms=numbers.ms,
        megabytes=numbers.megabytes,
        percent=numbers.percent,
        ratio=numbers.ratio,
        number=numbers.number,
        configuration=names.configuration,
        ran_as=names.ran_as,
        ran_on=ran_on,
        full=names.full,
        identity=names.identity,
        kernels=names.kernels,
        placement=names.placement,
        key=sort_key,
        breakable=breakable,
        limits=told,
        metric=metric_name,
        figure=numbers.figure,
        change=numbers.signed_change,
        cosine=numbers.cosine,
        added=added,
    )
    made.tests["share"] = numbers.is_share
    return made


def render(template: str, **values: object) -> str:
    """Render a page from what its template needs, with assets and version; unseen text shows."""
    made = environment().get_template(template)
    return seen(made.render(**assets(), version=benchhub.__version__, **values))


@functools.cache
def assets() -> Mapping[str, Any]:
    """Return style sheet, scripts and the policy that allows exactly these."""
    css, early, js = _joined(STYLES), _joined(("early.js",)), _joined(SCRIPTS)
    policy = (
        f"default-src 'none'; style-src {_hash(css)}; script-src {_hash(early)} {_hash(js)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    # The package's own files, not data: escaping would break them and their hashes.
    return {"css": Markup(css), "early": Markup(early), "js": Markup(js), "policy": Markup(policy)}  # noqa: S704


@functools.cache
def made_with() -> str:
    """Return a digest of templates, styles and scripts: with others, pages come out otherwise."""
    found = sorted((files("benchhub.reports") / "templates").iterdir(), key=lambda one: one.name)
    return hashlib.sha256(b"\0".join(one.read_bytes() for one in found)).hexdigest()


def _joined(names: Sequence[str]) -> str:
    folder = files("benchhub.reports") / "templates"
    return "\n".join((folder / name).read_text(encoding="utf-8").strip() for name in names)


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def sort_key(value: float | None) -> str:
    """Return a number as the sort key of a cell; what is missing has none and sorts last."""
    return "" if value is None else f"{value:.6g}"


def breakable(name: str) -> Markup:
    """Return a name that may break after a slash."""
    return Markup("/<wbr>").join(escape(part) for part in name.split("/"))
