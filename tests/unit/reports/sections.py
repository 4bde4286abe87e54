"""One section of a page by itself, which is cheaper than the page."""

from __future__ import annotations

from benchhub.reports import page

from .conftest import Page


def section(name: str, **values: object) -> Page:
    """Render the template of a section with its values only."""
    text = "{% import 'macros.html.j2' as m with context %}{% include name ~ '.html.j2' %}"
    template = page.environment().from_string(text)
    return Page(template.render(name=name, sections=[(name, name)], **values))
