"""Writes the table of docs/faults.md from the marks of the tests: `python -m tests.fault_docs`.

With --check it only says whether the page is as it would be written.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from .fault_table import MARK, Case, cases_of, files, matrix

PAGE = Path(__file__).parents[1] / "docs" / "faults.md"
BEGIN = "<!-- made by python -m tests.fault_docs -->\n"
END = "<!-- end -->\n"


class _Collected:
    """Keeps what the collected tests provoke."""

    def __init__(self) -> None:
        self.cases: set[Case] = set()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.cases = {case for item in session.items for case in cases_of(item)}


def collect() -> set[Case]:
    """Every case there is; nothing is run."""
    collected = _Collected()
    options = ["--collect-only", "-q", "-m", MARK, "-p", "no:cacheprovider", "-p", "no:xdist"]
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = pytest.main([*options, *files()], plugins=[collected])
    if code != pytest.ExitCode.OK:
        sys.exit(said.getvalue())
    return collected.cases


def table(cases: set[Case]) -> str:
    """The cases in Markdown."""
    head, rows = matrix(dict.fromkeys(cases, "✓"))
    lines = [head, ["---", *[":-:"] * (len(head) - 1)], *rows]
    body = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return f"{len(cases)} cases, of {len(rows)} faults:\n\n{body}"


def page(text: str, cases: set[Case]) -> str:
    """The page with that table in it."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table(cases)}\n{END}{after}"


def main(arguments: Sequence[str]) -> int:
    """Return 1 if the page is not as it should be and may not be written."""
    text = PAGE.read_text()
    wanted = page(text, collect())
    if text == wanted:
        return 0
    if "--check" in arguments:
        sys.stderr.write(f"{PAGE.name} is out of date: python -m tests.fault_docs\n")
        return 1
    PAGE.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
