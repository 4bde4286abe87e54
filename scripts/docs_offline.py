"""Check that a built site loads nothing from other hosts: `python scripts/docs_offline.py FOLDER`.

Links that a reader may click on lead anywhere; what a browser fetches by itself has to be in the
site. Every page also has to carry the policy that makes browsers refuse anything else, because
scripts could fetch what cannot be read from the pages.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

# What is fetched without a click: attributes by element; those of "" on any element.
FETCHED = {"": ("src", "srcset", "poster", "background"), "object": ("data",), "link": ("href",)}
# A `link` with one of these says where something is and fetches nothing.
NAMED_ONLY = {"alternate", "author", "canonical", "next", "prev"}
ELSEWHERE = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
IN_STYLES = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)", re.IGNORECASE)
POLICY = "content-security-policy"


class Page(HTMLParser):
    """Finds what a page fetches."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.policy = ""
        self._style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the element fetches."""
        told = {name: value or "" for name, value in attrs}
        self._style = tag == "style"
        if tag == "meta" and told.get("http-equiv", "").lower() == POLICY:
            self.policy = told.get("content", "")
        self.fetched += styles(told.get("style", ""))
        named = tag == "link" and set(told.get("rel", "").split()) <= NAMED_ONLY
        if not named:
            names = (*FETCHED[""], *FETCHED.get(tag, ()))
            self.fetched += [told[name] for name in names if name in told]

    def handle_endtag(self, tag: str) -> None:
        """Note where a style ends."""
        self._style = self._style and tag != "style"

    def handle_data(self, data: str) -> None:
        """Read a style."""
        if self._style:
            self.fetched += styles(data)


def styles(text: str) -> list[str]:
    """Return the addresses that a style sheet fetches."""
    return [first or second for first, second in IN_STYLES.findall(text)]


def problems(site: Path) -> Iterator[str]:
    """Yield a sentence for each thing that leaves the site, or could."""
    pages = 0
    for path in sorted(site.rglob("*")):
        where = path.relative_to(site)
        if path.suffix == ".html":
            pages += 1
            page = Page()
            page.feed(path.read_text(encoding="utf-8"))
            fetched = page.fetched
            if "default-src 'self'" not in page.policy:
                yield f"{where}: has no policy that forbids other hosts"
        elif path.suffix == ".css":
            fetched = styles(path.read_text(encoding="utf-8"))
        else:
            continue
        yield from (f"{where}: fetches {one}" for one in fetched if ELSEWHERE.match(one))
    if not pages:
        yield f"{site}: has no pages"


def main(site: Path) -> int:
    """Say what is wrong with the site; 0 if nothing is."""
    found = list(problems(site))
    print("\n".join(found) or f"{site}: loads nothing from other hosts.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
