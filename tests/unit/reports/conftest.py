"""The invented runs, and a reading of pages that tests can ask questions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import ModuleType

import pytest

from benchhub.analysis.summary import summarise
from benchhub.records import Run
from benchhub.reports.html import render_html

from . import accelerated as accelerated_run
from . import invented as invented_runs
from . import lab as lab_run
from . import varied as varied_runs

VOID = {"meta", "link", "input", "br", "wbr"}


@pytest.fixture(scope="session")
def invented() -> ModuleType:
    """The factory of runs made of invented example numbers."""
    return invented_runs


@pytest.fixture(scope="session")
def accelerated() -> ModuleType:
    """A run in which everything happens to a delegate that can."""
    return accelerated_run


@pytest.fixture(scope="session")
def lab() -> ModuleType:
    """A run of four devices, of which one gets hot and one is lost."""
    return lab_run


@pytest.fixture(scope="session")
def varied() -> ModuleType:
    """Runs of many variants of a model."""
    return varied_runs


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text inside, in reading order, with single spaces."""
        return " ".join("".join(self.texts).split())

    def all(self, tag: str, css_class: str = "") -> list[Element]:
        """Return the elements below of that name, and of that class."""
        found = []
        for child in self.children:
            classes = child.attributes.get("class", "").split()
            if child.tag == tag and (not css_class or css_class in classes):
                found.append(child)
            found += child.all(tag, css_class)
        return found

    def walk(self) -> list[Element]:
        return [self, *(below for child in self.children for below in child.walk())]


class Page(HTMLParser):
    """A page as a tree; fails on elements that are not closed or closed wrongly."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]
        self.feed(html)
        self.close()
        assert len(self._open) == 1, f"not closed: {[one.tag for one in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        assert len(element.attributes) == len(attrs), f"an attribute twice in <{tag}>"
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.texts.append(data)

    @property
    def elements(self) -> list[Element]:
        return self.root.walk()[1:]

    def by_id(self, name: str) -> Element:
        (found,) = [one for one in self.elements if one.attributes.get("id") == name]
        return found

    def ids(self) -> Counter[str]:
        return Counter(one.attributes["id"] for one in self.elements if "id" in one.attributes)


@pytest.fixture(scope="session")
def read_page(invented: ModuleType) -> Callable[[Run], Page]:
    """A function from a run to its page."""

    def read(run: Run) -> Page:
        return Page(render_html(summarise(run), invented.logs))

    return read


@pytest.fixture(scope="session")
def page(read_page: Callable[[Run], Page], invented: ModuleType) -> Page:
    """The page of the run that has everything."""
    return read_page(invented.invented_run())
