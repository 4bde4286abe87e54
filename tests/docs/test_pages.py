"""How commands are found in pages."""

from __future__ import annotations

import re

import click
import pytest

from .command_line import accept, accept_loosely
from .pages import ROOT, SYNOPSIS, Command, Written, blocks, inline, name_of, pages, steps

PAGE = """\
# A page

Some words, and `benchhub runs` within them.

    python3 -m venv .venv && .venv/bin/benchhub init && cd lab   # a comment
    adb logcat -d | benchhub explain -
    benchhub export csv latest > out.csv
    eval "$(benchhub completion bash)"

```console
$ benchhub run suites/quickstart.yaml \\
    --devices host
benchhub is not typed here
$ benchhub baseline set NAME [RUN]
```

```yaml title="suites/mine.yaml"
name: mine
```

```yaml
steps:
  - run: benchhub runs
  - run: |
      benchhub is not a command of one line
```

<!-- exit 3: the board is off -->

    benchhub devices doctor pi4

<!-- only planned: no such device -->

    benchhub gate suites/mine.yaml --devices pi4 --baseline HEAD
    benchhub delegates --device pi4

1. a list
    that goes on: benchhub runs

    benchhub runs
"""


def calls(text: str) -> list[Command]:
    return [step for step in steps("page.md", text) if isinstance(step, Command)]


def test_commands_are_found_where_a_reader_finds_them() -> None:
    assert [(one.line, one.text) for one in calls(PAGE)] == [
        (5, "benchhub init"),
        (6, "benchhub explain -"),
        (7, "benchhub export csv latest"),
        (8, "benchhub completion bash"),
        (11, "benchhub run suites/quickstart.yaml --devices host"),
        (14, "benchhub baseline set NAME '[RUN]'"),
        (23, "benchhub runs"),
        (30, "benchhub devices doctor pi4"),
        (34, "benchhub gate suites/mine.yaml --devices pi4 --baseline HEAD"),
        (35, "benchhub delegates --device pi4"),
        (40, "benchhub runs"),
    ]
    assert [one.line for one in calls(PAGE) if one.piped] == [6]
    assert [one.text for one in inline("page.md", PAGE)] == ["benchhub runs"]


def test_what_is_not_run_says_why() -> None:
    marked = {one.line: (one.only_parsed, one.only_planned, one.code) for one in calls(PAGE)}
    assert marked[14] == (SYNOPSIS, None, None)
    assert marked[30] == (None, None, 3)
    assert marked[34] == (None, "no such device", None)
    assert marked[35] == (None, None, None)  # it measures nothing, so it is run
    assert marked[40] == (None, None, None)  # a mark is for one block


def test_a_block_with_a_title_is_a_file() -> None:
    (file,) = (step for step in steps("page.md", PAGE) if isinstance(step, Written))
    assert (file.path, file.text) == ("suites/mine.yaml", "name: mine\n")
    assert len(list(blocks(PAGE))) == 7


@pytest.mark.parametrize(
    "words",
    [
        "rum suites/a.yaml",
        "run suites/a.yaml --device host",
        "run suites/a.yaml --rounds many",
        "devices doctor",
        "baseline put nightly",
        "schema board",
    ],
)
def test_a_command_that_is_not_there_is_refused(words: str) -> None:
    with pytest.raises(click.ClickException):
        accept(words.split())


def test_a_command_that_is_there_is_accepted() -> None:
    accept(["run", "suites/a.yaml", "--devices", "host,pi4", "--rounds", "3"])
    accept(["devices", "pi4", "@android"])
    accept(["baseline", "set", "nightly", "latest"])


@pytest.mark.parametrize(
    "words", ["run SUITE", "devices doctor", "schema KIND", "baseline show [NAME ...]"]
)
def test_a_synopsis_may_leave_things_out(words: str) -> None:
    accept_loosely(words.split())


@pytest.mark.parametrize("words", ["run SUITE [--device NAME]", "schema board", "index remake"])
def test_a_synopsis_names_what_there_is(words: str) -> None:
    with pytest.raises(click.ClickException):
        accept_loosely(words.split())


def test_every_page_is_in_the_site() -> None:
    listed = re.findall(r"^ +- [^:]+: (\S+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)
    there = [name_of(path).removeprefix("docs/") for path in pages()[1:]]
    assert sorted(there) == sorted(name for name in listed if not name.startswith("reference/"))


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_links_of_pages_outside_the_site_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text()
    links = re.findall(r"\]\((?!https?:)([^)#\s]+)", text)
    assert [link for link in links if not (ROOT / link).exists()] == []
