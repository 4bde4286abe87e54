"""The comment: rendered by a real Markdown renderer, and looked at as HTML."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from html.parser import HTMLParser

from hypothesis import given, settings
from markdown_it import MarkdownIt

from benchhub.analysis.verdicts import Comparison
from benchhub.exports.markdown import COMMENT_BYTES, OPEN_ROWS, comment, marker
from benchhub.exports.verdict_text import one_line
from benchhub.records import Failure, Verdict

from .hostile import comparison, comparisons, many

TAGS = {
    *("h3", "p", "code", "table", "thead", "tbody", "tr", "th", "td", "strong"),
    *("ul", "li", "details", "summary", "sub", "br"),
}
COLUMNS = 8


class Page(HTMLParser):
    """Tags, rows of tables, and what is said in <code> and outside."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[object] = []
        self.rows: list[list[str]] = []
        self.codes: list[str] = []
        self.outside: list[str] = []
        self._code = self._cell = False
        self.feed(MarkdownIt("commonmark").enable("table").render(text))
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        self.attributes += [attrs] if attrs else []
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self._cell = True
            self.rows[-1].append("")
        if tag == "code":
            self._code = True
            self.codes.append("")

    def handle_endtag(self, tag: str) -> None:
        self._code = self._code and tag != "code"
        self._cell = self._cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._code:
            self.codes[-1] += data
        else:
            self.outside.append(data)
        if self._cell:
            self.rows[-1][-1] += data


def body(page: Page) -> list[list[str]]:
    return [row for row in page.rows if row[0] != "verdict"]


def test_the_worst_is_first_and_what_passes_is_folded() -> None:
    text = comment(comparison())
    page = Page(text)
    assert [row[0] for row in body(page)] == ["REGRESSED", "INCONCLUSIVE", "IMPROVED", "PASS"]
    first = body(page)[0]
    assert first[1:3] == ["digits/int8/xnnpack/t1", "host"]
    assert first[3] == "0.299 → 0.331 ms"
    assert first[4] == "+10.6 %"
    assert first[5] == "+10.0 % to +11.3 %"
    assert first[6:] == ["8 pairs", "< 0.0001"]
    open_part, folded = text.split("<details>")
    assert "| PASS |" in folded
    assert "| PASS |" not in open_part
    assert "REGRESSED: 1 of 4 cases" in text


def test_the_first_line_is_hidden_and_the_same_for_every_push() -> None:
    first = comment(comparison()).splitlines()[0]
    assert first == "<!-- benchhub: digits on host -->"
    later = replace(comparison(), run_ids=("A", "B"), cases=comparison().cases[:1])
    assert comment(later).splitlines()[0] == first
    assert marker(replace(comparison(), suite="other")) != first


def test_what_weakens_the_verdicts_is_said() -> None:
    weak = replace(
        comparison(),
        interleaved=False,
        forced=("the governor differs",),
        lost=(("pi4", Failure("refused", "no route to host", "", 3)),),
        unmatched=("new/int8/xnnpack/t1 is on the candidate only",),
    )
    text = html.unescape(comment(weak))
    for word in ("not measured side by side", "the governor differs", "no route to host"):
        assert word in text
    assert "new/int8/xnnpack/t1 is on the candidate only" in text
    assert "1 device lost" in text


def test_a_lab_failure_is_no_verdict_of_the_model() -> None:
    case = replace(comparison().cases[1], verdict=Verdict.INVALID, infrastructure=True)
    assert body(Page(comment(replace(comparison(), cases=(case,)))))[0][0] == "INVALID (lab)"


def test_without_cases() -> None:
    assert "Nothing was compared" in comment(replace(comparison(), cases=()))


def test_many_cases_are_cut_and_counted() -> None:
    total = 3_000
    text = comment(many(total))
    assert COMMENT_BYTES - 4_096 < len(text.encode()) < COMMENT_BYTES
    rows = body(Page(text))
    found = re.search(r"(\d+) more cases", text)
    assert found
    assert len(rows) + int(found[1]) == total
    assert [row[0] for row in rows[:OPEN_ROWS]] == ["REGRESSED"] * OPEN_ROWS
    assert "750 REGRESSED" in text
    assert all(len(row) == COLUMNS for row in rows)


def test_endless_texts_are_cut() -> None:
    endless = "|é🦆@x" * 50_000
    cases = tuple(
        replace(case, case_id=endless, device=endless, reason=endless, notes=(endless,) * 50)
        for case in comparison().cases
    )
    found = replace(comparison(), suite=endless, cases=cases, notes=(endless,) * 50)
    text = comment(found)
    assert len(text.encode()) < COMMENT_BYTES
    assert "| **REGRESSED** |" in text
    assert "and 38 more like these" in text


@settings(deadline=None, max_examples=60)
@given(found=comparisons())
def test_any_text_stays_text(found: Comparison) -> None:
    text = comment(found)
    assert len(text.encode()) < COMMENT_BYTES
    page = Page(text)
    assert set(page.tags) <= TAGS
    assert not page.attributes  # no link, no image, no handler
    assert all(len(row) == COLUMNS for row in page.rows)
    assert len(body(page)) == len(found.cases) or "Too long for this place" in text
    said = "".join(page.outside)
    assert not re.search(r"(^|\W)@\w", said)
    assert not re.search(r"#\d", said)
    assert "://" not in said
    if "Too long" not in text:
        for case in found.cases:
            name = one_line(case.case_id, 200) or "unnamed"
            assert " ".join(name.split()) in {" ".join(code.split()) for code in page.codes}
